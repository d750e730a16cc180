//! A database of documents: Firestore, or the same in an SQLite file.
//!
//! A document has an id, typed fields, and lives in a collection; a collection lives at the top or
//! below a document. Reads are consistent: all reads of one [`Reads`] see the database at one
//! moment. Writes happen in transactions, all or none of them.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

mod error;
mod firestore;
mod local;
mod path;
mod value;

pub use error::DatabaseError;
pub use firestore::Firestore;
pub use local::LocalDatabase;
pub use path::{BadDocumentId, CollectionPath, DocumentPath};
pub use value::{BadValue, Fields, Value, fields_from_typed_json, fields_to_typed_json};

use crate::{Credentials, CredentialsError};

/// A database of documents.
pub trait DocumentDatabase: fmt::Debug + Send + Sync {
    /// The database as it is now; later changes are not seen.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn snapshot(&self) -> Result<Box<dyn Reads + '_>, DatabaseError>;

    /// Reads at one moment, then writes, all or nothing, and only if the documents that are
    /// written are still as they were read.
    ///
    /// `body` reads and says what to write. It is called again when somebody else was faster, or
    /// when it is unknown whether its writes happened: so it must look for what it wants to write.
    /// What it relies on and only reads can change meanwhile; to rule that out it writes it too.
    /// The writes of its last call have happened when this returns; an empty list writes nothing.
    /// Gives the time of the writes.
    ///
    /// # Errors
    ///
    /// The error of `body`, or [`DatabaseError`]; no write happened then, unless the error is
    /// retryable.
    fn transact(&self, body: Body<'_>) -> Result<DateTime<Utc>, DatabaseError>;

    /// What tells this database from all others, e.g. a resource name; no secret.
    fn identity(&self) -> &str;

    /// How much earlier than its write the server time in a document can be.
    fn server_time_slack(&self) -> Duration;

    /// How many reads the database has counted for this process, as Firestore bills them: one for
    /// each document, also for one that is missing, and one per thousand counted documents.
    fn n_reads(&self) -> u64;
}

/// What a transaction does: reads, and says what to write.
pub type Body<'a> = &'a mut dyn FnMut(&dyn Reads) -> Result<Vec<Write>, DatabaseError>;

/// Reads that all see the database at one moment.
pub trait Reads {
    /// The moment. Known only after something was read.
    fn read_at(&self) -> Option<DateTime<Utc>>;

    /// The documents at `paths`, in that order; `None` for those that do not exist.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn documents(
        &self,
        paths: &[DocumentPath],
        selection: Selection<'_>,
    ) -> Result<Vec<Option<Document>>, DatabaseError>;

    /// All documents of a collection, by id.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn all(
        &self,
        collection: &CollectionPath,
        selection: Selection<'_>,
    ) -> Result<Vec<Document>, DatabaseError>;

    /// All documents of a collection whose `field` has the type of `bound` and is at least that,
    /// by the field.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn at_least(
        &self,
        collection: &CollectionPath,
        field: &str,
        bound: &Value,
    ) -> Result<Vec<Document>, DatabaseError>;

    /// The highest number that a document of the collection has in `field`, rounded up.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn highest(
        &self,
        collection: &CollectionPath,
        field: &str,
    ) -> Result<Option<i64>, DatabaseError>;

    /// How many documents a collection has.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn count(&self, collection: &CollectionPath) -> Result<u64, DatabaseError>;

    /// The ids of a collection, sorted; also of documents that do not exist but have collections
    /// below them. They can be newer than what else is read.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn ids(&self, collection: &CollectionPath) -> Result<Vec<String>, DatabaseError>;

    /// The collections directly below a document, sorted; it need not exist itself.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    fn collections_below(
        &self,
        document: &DocumentPath,
    ) -> Result<Vec<CollectionPath>, DatabaseError>;
}

/// Which fields of documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// All.
    AllFields,
    /// These.
    Fields(&'a [&'a str]),
    /// None: only whether the document exists.
    NoFields,
}

/// A document as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Where it is.
    pub path: DocumentPath,
    /// What it says.
    pub fields: Fields,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}

/// A change of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Which document.
    pub path: DocumentPath,
    /// What happens to it.
    pub change: Change,
}

/// What happens to a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is made; the transaction fails when it exists.
    Create(NewFields),
    /// It is made, or all its fields are replaced.
    Replace(NewFields),
    /// It is removed, if it exists. Collections below it stay.
    Delete,
}

/// What a document will say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewFields {
    /// What the writer knows.
    pub fields: Fields,
    /// The name of a field that the database sets to the time of the write.
    pub server_time: Option<&'static str>,
}

impl From<Fields> for NewFields {
    fn from(fields: Fields) -> Self {
        Self { fields, server_time: None }
    }
}

/// The database that belongs to `credentials`: Firestore of the account's project, or the SQLite
/// file `<local_name>.sqlite` in the root of the local services.
///
/// # Errors
///
/// [`OpenError`].
pub fn open(
    credentials: &Credentials,
    local_name: &str,
) -> Result<Box<dyn DocumentDatabase>, OpenError> {
    match credentials {
        Credentials::ServiceAccount(key) => Ok(Box::new(Firestore::of_account(key)?)),
        Credentials::Local(local) => {
            let path = local.root.join(format!("{local_name}.sqlite"));
            Ok(Box::new(LocalDatabase::open(&path)?))
        }
    }
}

/// A database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum OpenError {
    /// The credentials cannot be used.
    Credentials(#[from] CredentialsError),
    /// The database cannot be used.
    Database(#[from] DatabaseError),
}

impl OpenError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Credentials(error) => error.hint(),
            Self::Database(error) => error.hint(),
        }
    }
}
