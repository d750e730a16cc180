//! The table itself.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use google_services::Credentials;
use google_services::documents::{
    self, Change, CollectionPath, DatabaseError, Document, DocumentDatabase, DocumentPath, Fields,
    NewFields, OpenError, Reads, Selection, Value, Write,
};

use crate::{ParticipantUuid, Urn, UuidTableError};

/// How many mappings are read or made at once; Firestore takes 500 writes in a transaction.
const BATCH_SIZE: usize = 400;

const TABLES: &str = "tables";
const MAPPINGS: &str = "mappings";
const UUID_FIELD: &str = "uuid";

/// A table of participant ids.
///
/// It can be shared between threads. What it has once read it remembers.
pub struct UuidTable {
    database: Box<dyn DocumentDatabase>,
    mappings: CollectionPath,
    prefix: String,
    known: Mutex<HashMap<String, ParticipantUuid>>,
}

/// Where the id of a person is.
struct Place {
    path: DocumentPath,
    /// Where it is when a table of the original has it; nothing is written there.
    of_original: Option<DocumentPath>,
}

/// The name of the database when it is on this machine.
const LOCAL_DATABASE: &str = "uuid_table";

impl UuidTable {
    /// The table called `name` where `credentials` say: in Firestore, or in the file
    /// `uuid_table.sqlite` of the local services. New ids will begin with `prefix`.
    ///
    /// # Errors
    ///
    /// [`UuidTableError`].
    pub fn open(
        credentials: &Credentials,
        name: &str,
        prefix: &str,
    ) -> Result<Self, UuidTableError> {
        let database =
            documents::open(credentials, LOCAL_DATABASE).map_err(|error| match error {
                OpenError::Credentials(error) => UuidTableError::Credentials(Arc::new(error)),
                OpenError::Database(error) => UuidTableError::of_database(&error),
            })?;
        Self::new(database, name, prefix)
    }

    /// The table called `name` in `database`; new ids will begin with `prefix`.
    ///
    /// # Errors
    ///
    /// [`UuidTableError::BadName`] when `name` cannot be the id of a document.
    pub fn new(
        database: Box<dyn DocumentDatabase>,
        name: &str,
        prefix: &str,
    ) -> Result<Self, UuidTableError> {
        let table = CollectionPath::top(TABLES)
            .document(name)
            .map_err(|_| UuidTableError::BadName { name: name.to_owned() })?;
        Ok(Self {
            database,
            mappings: table.collection(MAPPINGS),
            prefix: prefix.to_owned(),
            known: Mutex::default(),
        })
    }

    /// The ids of the people that `urns` address, in that order; who has none gets one.
    ///
    /// Tables of the original have people on Facebook under their bare ids: who is there, and not
    /// under `facebook:<id>`, keeps that id.
    ///
    /// # Errors
    ///
    /// [`UuidTableError`]. Ids that were given before it happened stay given.
    pub fn uuids(&self, urns: &[Urn]) -> Result<Vec<ParticipantUuid>, UuidTableError> {
        let unknown: BTreeSet<&Urn> = {
            let known = self.known();
            urns.iter().filter(|urn| !known.contains_key(urn.key())).collect()
        };
        let unknown: Vec<&Urn> = unknown.into_iter().collect();
        for batch in unknown.chunks(BATCH_SIZE) {
            let uuids = self.read_or_make(batch)?;
            let keys = batch.iter().map(|urn| urn.key().to_owned());
            self.known().extend(keys.zip(uuids));
        }
        let known = self.known();
        Ok(urns.iter().map(|urn| known[urn.key()].clone()).collect())
    }

    /// The people behind `uuids`; ids that are not in the table are left out.
    ///
    /// # Errors
    ///
    /// [`UuidTableError`].
    pub fn urns(
        &self,
        uuids: &[ParticipantUuid],
    ) -> Result<HashMap<ParticipantUuid, Urn>, UuidTableError> {
        let wanted: BTreeSet<&ParticipantUuid> = uuids.iter().collect();
        let mut mappings = self.all()?;
        mappings.retain(|(_, uuid)| wanted.contains(uuid));
        Ok(mappings.into_iter().map(|(urn, uuid)| (uuid, urn)).collect())
    }

    /// All people in the table with their ids, by key of the URN.
    ///
    /// # Errors
    ///
    /// [`UuidTableError`].
    pub fn all(&self) -> Result<Vec<(Urn, ParticipantUuid)>, UuidTableError> {
        let documents = self
            .database
            .snapshot()
            .and_then(|reads| reads.all(&self.mappings, Selection::Fields(&[UUID_FIELD])))
            .map_err(|error| UuidTableError::of_database(&error))?;
        documents
            .iter()
            .map(|document| Ok((Urn::of_key(document.path.id()), uuid_of(document)?)))
            .collect()
    }

    /// How many people are in the table.
    ///
    /// # Errors
    ///
    /// [`UuidTableError`].
    pub fn count(&self) -> Result<u64, UuidTableError> {
        self.database
            .snapshot()
            .and_then(|reads| reads.count(&self.mappings))
            .map_err(|error| UuidTableError::of_database(&error))
    }

    fn read_or_make(&self, urns: &[&Urn]) -> Result<Vec<ParticipantUuid>, UuidTableError> {
        let places: Vec<Place> =
            urns.iter().map(|urn| self.place(urn)).collect::<Result<_, _>>()?;
        let found = self
            .database
            .snapshot()
            .and_then(|reads| documents(&*reads, &places))
            .map_err(|error| UuidTableError::of_database(&error))?;
        if let Some(uuids) = all_uuids(&found)? {
            return Ok(uuids);
        }
        // Who made one meanwhile is not overruled: what is written was missing in the transaction.
        let new_uuids: Vec<ParticipantUuid> =
            places.iter().map(|_| ParticipantUuid::random(&self.prefix)).collect();
        let mut found = Vec::new();
        self.database
            .transact(&mut |reads| {
                found = documents(reads, &places)?;
                let missing = places.iter().zip(&new_uuids).zip(&found);
                let missing = missing.filter(|(_, document)| document.is_none());
                Ok(missing.map(|((place, uuid), _)| create(&place.path, uuid)).collect())
            })
            .map_err(|error| UuidTableError::of_database(&error))?;
        let found = found.iter().zip(new_uuids).map(|(document, new_uuid)| match document {
            Some(document) => uuid_of(document),
            None => Ok(new_uuid),
        });
        found.collect()
    }

    fn place(&self, urn: &Urn) -> Result<Place, UuidTableError> {
        let path = |key: &str| {
            let path = self.mappings.document(key);
            path.map_err(|error| UuidTableError::of_database(&error.into()))
        };
        let of_original = urn.key_of_original().map(path).transpose()?;
        Ok(Place { path: path(urn.key())?, of_original })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, ParticipantUuid>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for UuidTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UuidTable({} in {})", self.mappings, self.database.identity())
    }
}

/// The documents in these places, in the same order.
fn documents(reads: &dyn Reads, places: &[Place]) -> Result<Vec<Option<Document>>, DatabaseError> {
    let paths: Vec<DocumentPath> = places.iter().map(|place| place.path.clone()).collect();
    let mut found = reads.documents(&paths, Selection::Fields(&[UUID_FIELD]))?;
    let (missing, paths): (Vec<&mut Option<Document>>, Vec<DocumentPath>) = found
        .iter_mut()
        .zip(places)
        .filter(|(document, _)| document.is_none())
        .filter_map(|(document, place)| Some((document, place.of_original.clone()?)))
        .unzip();
    if !paths.is_empty() {
        let of_original = reads.documents(&paths, Selection::Fields(&[UUID_FIELD]))?;
        missing.into_iter().zip(of_original).for_each(|(document, it)| *document = it);
    }
    Ok(found)
}

fn create(path: &DocumentPath, uuid: &ParticipantUuid) -> Write {
    let fields = Fields::from([(UUID_FIELD.to_owned(), Value::from(uuid.as_str()))]);
    Write { path: path.clone(), change: Change::Create(NewFields::from(fields)) }
}

/// The ids in all documents; nothing when a document does not exist.
fn all_uuids(
    documents: &[Option<Document>],
) -> Result<Option<Vec<ParticipantUuid>>, UuidTableError> {
    documents.iter().map(|document| document.as_ref().map(uuid_of).transpose()).collect()
}

fn uuid_of(document: &Document) -> Result<ParticipantUuid, UuidTableError> {
    let uuid = document.fields.get(UUID_FIELD).and_then(Value::as_str);
    uuid.filter(|uuid| !uuid.is_empty()).map(ParticipantUuid::from).ok_or(UuidTableError::NoId)
}
