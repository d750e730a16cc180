//! Something could not be done in Coda.

use google_services::documents::{BadDocumentId, DatabaseError};

use crate::Dataset;

/// Something could not be done in Coda.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodaError {
    /// The database did not do it.
    #[error("could not {doing} dataset `{dataset}` in Coda")]
    Database {
        /// What was to be done.
        doing: Doing,
        /// With which dataset.
        dataset: Dataset,
        /// Why not.
        source: Box<DatabaseError>,
    },
    /// The datasets could not be listed.
    #[error("could not list the datasets in Coda")]
    List(#[source] DatabaseError),
    /// The number of segments is not a number.
    #[error("dataset `{dataset}` in Coda: `segment_counts/{dataset}` has no valid `segment_count`")]
    BadSegmentCount {
        /// The dataset.
        dataset: Dataset,
    },
    /// A name that a dataset or message cannot have.
    #[error(transparent)]
    BadId(#[from] BadDocumentId),
    /// There is no such dataset.
    #[error("there is no dataset `{dataset}` in Coda")]
    NoDataset {
        /// The name that was asked for.
        dataset: Dataset,
    },
}

/// What is done with a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It is read.
    Reading,
    /// Something is written to it.
    Writing,
}

impl Doing {
    /// Makes errors of databases into errors about `dataset`.
    pub(crate) fn at(self, dataset: &Dataset) -> impl Fn(DatabaseError) -> CodaError + Copy + '_ {
        move |source| CodaError::Database {
            doing: self,
            dataset: dataset.clone(),
            source: Box::new(source),
        }
    }

    /// The role that a service account needs for it.
    fn role(self) -> &'static str {
        match self {
            Self::Reading => "`Cloud Datastore Viewer` (roles/datastore.viewer)",
            Self::Writing => "`Cloud Datastore User` (roles/datastore.user)",
        }
    }
}

impl std::fmt::Display for Doing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Reading => "read",
            Self::Writing => "write to",
        })
    }
}

impl CodaError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let needs = |role: &str| {
            Some(format!(
                "give the service account of the credentials the role {role} in the project that \
                 has Coda's Firestore"
            ))
        };
        match self {
            Self::Database { doing, source, .. } if source.is_permission_denied() => {
                needs(doing.role())
            }
            Self::List(source) if source.is_permission_denied() => needs(Doing::Reading.role()),
            Self::Database { source, .. } => source.hint(),
            Self::List(source) => source.hint(),
            Self::BadSegmentCount { dataset } => Some(format!(
                "look at `segment_counts/{dataset}` in the Firebase console: `segment_count` must \
                 be the number of segments, a whole number from 1"
            )),
            Self::BadId(_) => None,
            Self::NoDataset { .. } => Some("`coda-datasets <auth-file> list` shows all".to_owned()),
        }
    }

    /// Whether the trouble is the same for each dataset.
    pub fn is_about_all_datasets(&self) -> bool {
        match self {
            Self::Database { source, .. } => source.is_retryable() || source.is_permission_denied(),
            Self::List(_) => true,
            _ => false,
        }
    }
}
