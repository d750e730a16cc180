//! A database that could not do something.

use std::path::PathBuf;

use data_root::FileError;

use crate::ServiceError;
use crate::documents::{BadDocumentId, BadValue};

/// A database could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Firestore did not do it.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A document that was to be made is there.
    #[error("the document `{path}` exists already")]
    AlreadyExists {
        /// Where.
        path: String,
    },
    /// Somebody wrote a document between the time it was read and the time it was to be written.
    #[error("a document changed after it was read")]
    Changed(#[source] ServiceError),
    /// Others wrote what a transaction had read, again and again.
    #[error("others kept changing the same documents, {n_tries} times")]
    Contention {
        /// How often it was tried.
        n_tries: usize,
        /// What the last try ended with.
        source: Box<DatabaseError>,
    },
    /// A document has a value that cannot be understood.
    #[error("document `{path}` cannot be understood")]
    BadDocument {
        /// Where.
        path: String,
        /// What is wrong.
        source: BadValue,
    },
    /// A text cannot be the id of a document.
    #[error(transparent)]
    BadId(#[from] BadDocumentId),
    /// The local database did not do it.
    #[error("could not use the database `{}`", .path.display())]
    Local {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The directory or file of the local database cannot be made.
    #[error(transparent)]
    LocalFile(#[from] FileError),
    /// The local database has another form than this version knows.
    #[error("the database `{}` has the form {found}, expected {expected}", .path.display())]
    LocalForm {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The form that this version writes.
        expected: i64,
    },
}

impl DatabaseError {
    /// Whether doing it again later can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service(error) => error.is_retryable() || error.has_status("ABORTED"),
            Self::Contention { .. } => true,
            Self::Local { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ),
            _ => false,
        }
    }

    /// Whether the account lacks a role.
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::Service(error) if error.is_permission_denied())
    }

    /// Whether a transaction should read again, because somebody else wrote meanwhile.
    pub(crate) fn is_conflict(&self) -> bool {
        match self {
            Self::AlreadyExists { .. } | Self::Changed(_) => true,
            Self::Service(error) => error.has_status("ABORTED"),
            _ => false,
        }
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Service(error) => return error.hint(),
            Self::LocalFile(error) => return error.hint(),
            Self::Changed(_) | Self::Contention { .. } => "run this again when fewer others write",
            Self::Local { source, path } => return local_hint(source, path),
            Self::LocalForm { .. } => "use the version of the pipeline that wrote the database",
            Self::AlreadyExists { .. } | Self::BadDocument { .. } | Self::BadId(_) => return None,
        };
        Some(hint.to_owned())
    }
}

fn local_hint(error: &rusqlite::Error, path: &std::path::Path) -> Option<String> {
    use rusqlite::ErrorCode;
    let hint = match error.sqlite_error_code()? {
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
            format!(
                "`{}` is not, or no longer, a database: restore it from a backup, or move it away \
                 to begin with an empty one",
                path.display()
            )
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process keeps the database; run this again when it is done".to_owned()
        }
        ErrorCode::DiskFull => "free some space, then run this again; nothing is lost".to_owned(),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
            format!("run as the user who owns `{}`; it must be writable", path.display())
        }
        _ => return None,
    };
    Some(hint)
}
