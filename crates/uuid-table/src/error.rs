//! The table could not be used.

use std::sync::Arc;

use google_services::documents::DatabaseError;
use google_services::{CredentialsError, ServiceError};

/// The table could not be used.
///
/// A [`DatabaseError`] can name a document, and here the name of a document leads to a person. So
/// it is not the source of this error; what can be said of it is said in the message.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum UuidTableError {
    /// The credentials of the table cannot be used.
    #[error(transparent)]
    Credentials(Arc<CredentialsError>),
    /// The name of the table cannot be part of a path.
    #[error("`{name}` cannot be the name of a table of ids")]
    BadName {
        /// The name in the configuration.
        name: String,
    },
    /// The database did not do it.
    #[error("the table of ids cannot be used: {problem}")]
    Database {
        /// What happened; it names no document.
        problem: String,
        /// Whether trying again can help.
        is_retryable: bool,
        /// What the operator can try.
        hint: Option<String>,
    },
    /// A mapping of the table has no id.
    #[error("the table of ids has a mapping without an id")]
    NoId,
}

impl UuidTableError {
    pub(crate) fn of_database(error: &DatabaseError) -> Self {
        Self::Database {
            problem: problem(error),
            is_retryable: error.is_retryable(),
            hint: error.hint(),
        }
    }

    /// Whether doing it again later can help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database { is_retryable: true, .. })
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Credentials(error) => error.hint(),
            Self::Database { hint, .. } => hint.clone(),
            Self::BadName { .. } => Some("correct `TableName` in the configuration".to_owned()),
            Self::NoId => {
                Some("each document below `mappings` needs a text in its field `uuid`".to_owned())
            }
        }
    }
}

/// What happened, without anything that could be the name of a document.
fn problem(error: &DatabaseError) -> String {
    match error {
        DatabaseError::Service(ServiceError::Refused { service, code, status, .. }) => {
            format!("{service} refused with {status} ({code})")
        }
        DatabaseError::Service(ServiceError::NoAnswer { service, .. }) => {
            format!("{service} does not answer")
        }
        DatabaseError::Service(_) => "the service gave an answer that cannot be understood".into(),
        DatabaseError::Contention { n_tries, .. } => {
            format!("others kept changing the same documents, {n_tries} times")
        }
        DatabaseError::Local { path, source } => match source.sqlite_error_code() {
            Some(code) => format!("database `{}`: {code:?}", path.display()),
            None => format!("database `{}`", path.display()),
        },
        DatabaseError::LocalFile(error) => error.to_string(),
        DatabaseError::LocalForm { path, found, expected } => {
            format!("database `{}` has the form {found}, expected {expected}", path.display())
        }
        _ => "a document cannot be understood, or cannot be made".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_no_document() {
        let number = "252610000000";
        let path = format!("tables/demo/mappings/{number}");
        let contention = DatabaseError::Contention {
            n_tries: 3,
            source: Box::new(DatabaseError::AlreadyExists { path: path.clone() }),
        };
        let refused = ServiceError::Refused {
            service: "Firestore",
            code: 409,
            status: "ALREADY_EXISTS".to_owned(),
            message: format!("Document already exists: {path}"),
            retry_after: None,
        };
        for error in
            [DatabaseError::AlreadyExists { path }, contention, DatabaseError::Service(refused)]
        {
            let error = UuidTableError::of_database(&error);
            let shown = format!("{error} {error:?} {:?}", error.hint());
            assert!(!shown.contains(number), "{shown}");
        }
    }
}
