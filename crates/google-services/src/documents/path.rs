//! Paths of collections and documents.

use std::fmt;

/// Where a collection is, e.g. `datasets/age/messages`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionPath(String);

/// Where a document is, e.g. `datasets/age`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentPath(String);

/// A text that cannot be the id of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{id}` cannot be the id of a document: {reason}")]
pub struct BadDocumentId {
    /// The text.
    pub id: String,
    /// Why not.
    pub reason: &'static str,
}

/// The longest id that Firestore takes.
const LONGEST_ID_BYTES: usize = 1500;

impl CollectionPath {
    /// The collection at the top that is called `name`.
    pub fn top(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The document with this id.
    ///
    /// # Errors
    ///
    /// [`BadDocumentId`] by the rules of Firestore: an id is not empty, `.`, `..` or `__…__`, has
    /// no `/` and at most 1,500 bytes.
    pub fn document(&self, id: &str) -> Result<DocumentPath, BadDocumentId> {
        let reason = if id.is_empty() {
            "it is empty"
        } else if id.contains('/') {
            "it contains a `/`"
        } else if LONGEST_ID_BYTES < id.len() {
            "it is longer than 1500 bytes"
        } else if matches!(id, "." | "..")
            || id.len() >= 4 && id.starts_with("__") && id.ends_with("__")
        {
            "it is reserved"
        } else {
            return Ok(DocumentPath(format!("{}/{id}", self.0)));
        };
        Err(BadDocumentId { id: id.to_owned(), reason })
    }

    /// The path as Firestore writes it, below the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the document that the collection is below, and the name of the collection.
    pub(crate) fn split(&self) -> (Option<&str>, &str) {
        match self.0.rsplit_once('/') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, &self.0),
        }
    }

    /// The name of the collection, e.g. `messages`.
    pub fn name(&self) -> &str {
        self.split().1
    }
}

impl DocumentPath {
    /// The collection that is called `name`, below this document.
    pub fn collection(&self, name: &str) -> CollectionPath {
        CollectionPath(format!("{}/{name}", self.0))
    }

    /// The path as Firestore writes it, below the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id: the last part.
    pub fn id(&self) -> &str {
        self.split().1
    }

    /// The path of the collection, and the id.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').expect("a document is in a collection")
    }

    /// The path in an answer of a database.
    pub(crate) fn from_database(path: &str) -> Option<Self> {
        path.contains('/').then(|| Self(path.to_owned()))
    }
}

impl fmt::Display for CollectionPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for CollectionPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for DocumentPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_ids_that_firestore_takes() {
        let collection = CollectionPath::top("datasets");
        for id in ["a", "EU PCVE", "__a", "é?#%:"] {
            assert_eq!(collection.document(id).unwrap().id(), id);
        }
        for id in ["", ".", "..", "a/b", "__a__", "____", &"x".repeat(1501)] {
            assert!(collection.document(id).is_err(), "id: {id:?}");
        }
    }
}
