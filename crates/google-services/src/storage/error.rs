//! Something could not be done with an object.

use std::io;

use data_root::FileError;

use crate::storage::{BadGsUrl, GsUrl};
use crate::{CredentialsError, ServiceError};

/// Something could not be done with an object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Cloud Storage did not do it.
    #[error("could not {doing} `{url}`")]
    Service {
        /// What was to be done.
        doing: Doing,
        /// With which object.
        url: GsUrl,
        /// Why not.
        source: Box<ServiceError>,
    },
    /// There is no such object.
    #[error("there is no `{url}`")]
    Missing {
        /// Where it should be.
        url: GsUrl,
    },
    /// A file on this machine cannot be used.
    #[error("could not {doing} `{url}`")]
    File {
        /// What was to be done.
        doing: Doing,
        /// With which object.
        url: GsUrl,
        /// Why not.
        source: FileError,
    },
    /// What was downloaded cannot be written.
    #[error("could not write what was downloaded from `{url}`")]
    Out {
        /// The object.
        url: GsUrl,
        /// Why not.
        source: io::Error,
    },
    /// The bytes that arrived are not those that were sent.
    #[error("`{url}` was damaged on the way, its checksum is wrong")]
    Damaged {
        /// The object.
        url: GsUrl,
    },
    /// There is an object with other bytes, and it is to be kept.
    #[error("there is another `{url}` already, with other bytes")]
    OtherBytes {
        /// The object that stays.
        url: GsUrl,
    },
    /// The object is not a text.
    #[error("`{url}` is not a text in UTF-8")]
    NotText {
        /// The object.
        url: GsUrl,
    },
    /// The name of the object leads out of its bucket, or cannot be that of a file.
    #[error("`{url}` cannot be the name of a file")]
    BadName {
        /// The object.
        url: GsUrl,
    },
    /// The service cannot be used at all.
    #[error("could not use Cloud Storage")]
    Setup(#[source] ServiceError),
    /// The object holds credentials that cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A text is no URL of an object.
    #[error(transparent)]
    BadUrl(#[from] BadGsUrl),
}

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It is read.
    Reading,
    /// It is written.
    Writing,
    /// Objects are listed.
    Listing,
}

impl Doing {
    /// Makes errors of the service into errors about `url`.
    pub(crate) fn at(self, url: &GsUrl) -> impl Fn(ServiceError) -> StorageError + Copy + '_ {
        move |source| match (self, source.is_not_found()) {
            (Self::Reading, true) => StorageError::Missing { url: url.clone() },
            _ => StorageError::Service { doing: self, url: url.clone(), source: Box::new(source) },
        }
    }

    /// Makes errors of files into errors about `url`.
    pub(crate) fn file(self, url: &GsUrl) -> impl Fn(FileError) -> StorageError + Copy + '_ {
        move |source| match (self, &source) {
            (Self::Reading, FileError::Missing { .. }) => {
                StorageError::Missing { url: url.clone() }
            }
            _ => StorageError::File { doing: self, url: url.clone(), source },
        }
    }
}

impl std::fmt::Display for Doing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Reading => "read",
            Self::Writing => "write",
            Self::Listing => "list",
        })
    }
}

impl StorageError {
    /// Whether doing it again later can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service { source, .. } => source.is_retryable(),
            Self::Damaged { .. } => true,
            _ => false,
        }
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Service { doing, url, source } if source.is_permission_denied() => {
                let role = match doing {
                    Doing::Reading | Doing::Listing => {
                        "`Storage Object Viewer` (roles/storage.objectViewer)"
                    }
                    Doing::Writing => "`Storage Object User` (roles/storage.objectUser)",
                };
                let bucket = url.bucket();
                Some(format!(
                    "give the service account of the credentials the role {role} on the bucket \
                     `{bucket}`"
                ))
            }
            Self::Service { url, source, .. } if source.is_not_found() => {
                Some(format!("check the name of the bucket `{}`", url.bucket()))
            }
            Self::Service { source, .. } => source.hint(),
            Self::Setup(source) => source.hint(),
            Self::Missing { url } => Some(format!(
                "check the URL; with local credentials `gs://{0}/…` is `buckets/{0}/…` below their \
                 `root`",
                url.bucket()
            )),
            Self::File { source, .. } => source.hint(),
            Self::Damaged { .. } => Some("run this again".to_owned()),
            Self::OtherBytes { .. } => Some(
                "it was kept; look at it, then rename or remove it, or upload under another name"
                    .to_owned(),
            ),
            Self::Credentials(error) => error.hint(),
            Self::Out { .. } | Self::NotText { .. } | Self::BadName { .. } | Self::BadUrl(_) => {
                None
            }
        }
    }
}
