//! Something could not be done in Drive.

use data_root::FileError;

use crate::drive::BadDrivePath;
use crate::{CredentialsError, ServiceError, StorageError};

/// Something could not be done in Drive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The credentials cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The credentials for Drive cannot be fetched from their bucket.
    #[error("could not get the credentials for Google Drive")]
    CredentialsInBucket(#[from] StorageError),
    /// A path in the configuration cannot be used.
    #[error(transparent)]
    Path(#[from] BadDrivePath),
    /// Two files were to go to one path.
    #[error("two files are to be uploaded to `{path}`")]
    SamePath {
        /// The path.
        path: String,
    },
    /// No folder of the name is shared with the account.
    #[error("no folder `{folder}` in Google Drive is shared with {account}")]
    NotShared {
        /// The name.
        folder: String,
        /// The account.
        account: String,
    },
    /// Nobody can know which one is meant.
    #[error("there are {n_found} {what} `{path}` in Google Drive, expected at most one")]
    Ambiguous {
        /// The path.
        path: String,
        /// How many there are.
        n_found: usize,
        /// `files` or `folders`.
        what: &'static str,
    },
    /// Where a file is to be, there is a folder, or the other way round.
    #[error("`{path}` in Google Drive is a {found}, expected a {expected}")]
    WrongKind {
        /// The path.
        path: String,
        /// `file` or `folder`.
        found: &'static str,
        /// `folder` or `file`.
        expected: &'static str,
    },
    /// One of the files could not be uploaded, or its folder could not be made or listed.
    #[error("could not upload to `{path}` in Google Drive")]
    Upload {
        /// The file or folder.
        path: String,
        /// Why not.
        source: Box<DriveError>,
    },
    /// Drive did not do it.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A file on this machine cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The bytes that arrived are not those that were sent.
    #[error("it was damaged on the way, its checksum is wrong")]
    Damaged,
}

impl DriveError {
    /// The same error, which says where it was met.
    pub(crate) fn at(self, path: &str) -> Self {
        Self::Upload { path: path.to_owned(), source: Box::new(self) }
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Credentials(error) => return error.hint(),
            Self::CredentialsInBucket(error) => return error.hint(),
            Self::Upload { source, .. } => return source.hint(),
            Self::File(error) => return error.hint(),
            Self::Service(error) => return service_hint(error),
            Self::Path(_) => "write paths under `DriveUpload` as `<shared folder>/<folder>/<name>`",
            Self::SamePath { .. } => "give each file its own path under `DriveUpload`",
            Self::NotShared { folder, account } => {
                return Some(format!(
                    "share the folder `{folder}` with {account} as an editor, or correct the path \
                     under `DriveUpload`"
                ));
            }
            Self::Ambiguous { .. } => {
                "rename or remove all but one of them in Drive; nothing was uploaded"
            }
            Self::WrongKind { .. } => {
                "correct the path under `DriveUpload`, or rename what is there; nothing was \
                 uploaded"
            }
            Self::Damaged => "run this again",
        };
        Some(hint.to_owned())
    }
}

fn service_hint(error: &ServiceError) -> Option<String> {
    let hint = match error {
        error if error.has_status("storageQuotaExceeded") => {
            "a service account has no space of its own: use a folder in a shared drive, and share \
             that with the account as a content manager"
        }
        error if error.has_status("accessNotConfigured") => {
            "enable the Google Drive API for the account's project in the Google Cloud console"
        }
        error if error.is_permission_denied() => {
            "share the folder with the service account as an editor, not only as a viewer"
        }
        error => return error.hint(),
    };
    Some(hint.to_owned())
}
