//! Reading from the SQLite file, within one of its transactions.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};
use serde_json::Value as Json;

use super::{LocalDatabase, instant, last_write_micros};
use crate::documents::value::fields_from_typed_json;
use crate::documents::{
    BadValue, CollectionPath, DatabaseError, Document, DocumentPath, Reads, Selection, Value,
};

/// Reads within a transaction, which ends when this is dropped.
pub(super) struct LocalReads<'a> {
    database: &'a LocalDatabase,
    connection: Connection,
    read_at: DateTime<Utc>,
}

/// What queries select of a document.
const COLUMNS: &str = "collection, id, fields, updated_at_micros";

impl<'a> LocalReads<'a> {
    /// Reads over a connection whose transaction has begun.
    pub(super) fn begin(
        database: &'a LocalDatabase,
        connection: Connection,
    ) -> Result<Self, DatabaseError> {
        // The first read decides which moment the transaction sees.
        let read_at = instant(database.named(last_write_micros(&connection))?);
        Ok(Self { database, connection, read_at })
    }

    /// The connection, in its transaction.
    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    fn query(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        selection: Selection<'_>,
    ) -> Result<Vec<Document>, DatabaseError> {
        let rows = || {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(parameters, StoredDocument::of)?.collect::<Result<Vec<_>, _>>()
        };
        let rows = self.database.named(rows())?;
        self.database.count_reads(rows.len());
        rows.into_iter().map(|row| row.document(selection)).collect()
    }
}

impl Reads for LocalReads<'_> {
    fn read_at(&self) -> Option<DateTime<Utc>> {
        Some(self.read_at)
    }

    fn documents(
        &self,
        paths: &[DocumentPath],
        selection: Selection<'_>,
    ) -> Result<Vec<Option<Document>>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM documents WHERE collection = ?1 AND id = ?2");
        let mut statement = self.database.named(self.connection.prepare(&sql))?;
        let mut row = |path: &DocumentPath| {
            let (collection, id) = path.split();
            statement.query_one([collection, id], StoredDocument::of).optional()
        };
        self.database.count_reads(paths.len());
        let documents = paths.iter().map(|path| {
            let row = self.database.named(row(path))?;
            row.map(|row| row.document(selection)).transpose()
        });
        documents.collect()
    }

    fn all(
        &self,
        collection: &CollectionPath,
        selection: Selection<'_>,
    ) -> Result<Vec<Document>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM documents WHERE collection = ?1 ORDER BY id");
        self.query(&sql, &[&collection.as_str()], selection)
    }

    fn at_least(
        &self,
        collection: &CollectionPath,
        field: &str,
        bound: &Value,
    ) -> Result<Vec<Document>, DatabaseError> {
        let Json::Object(bound) = bound.to_typed_json() else { return Ok(Vec::new()) };
        // Whole numbers are compared as such, everything else as the text it is written in.
        let Some((kind, Json::String(bound))) = bound.into_iter().next() else {
            return Ok(Vec::new());
        };
        let column = match kind.as_str() {
            "integerValue" => "CAST(value AS INTEGER) >= CAST(?3 AS INTEGER)",
            _ => "value >= ?3",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM
               (SELECT *, json_extract(fields, ?2) AS value FROM documents WHERE collection = ?1)
             WHERE value IS NOT NULL AND {column} ORDER BY value, id"
        );
        let place = json_path(field, &kind);
        self.query(&sql, &[&collection.as_str(), &place, &bound], Selection::AllFields)
    }

    fn highest(
        &self,
        collection: &CollectionPath,
        field: &str,
    ) -> Result<Option<i64>, DatabaseError> {
        let (whole, other) = self.database.named(self.connection.query_one(
            "SELECT max(CAST(json_extract(fields, ?2) AS INTEGER)), max(json_extract(fields, ?3))
             FROM documents WHERE collection = ?1",
            [
                collection.as_str(),
                &json_path(field, "integerValue"),
                &json_path(field, "doubleValue"),
            ],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<f64>>(1)?)),
        ))?;
        self.database.count_reads(1);
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a double saturates")]
        Ok(whole.max(other.map(|number| number.ceil() as i64)))
    }

    fn count(&self, collection: &CollectionPath) -> Result<u64, DatabaseError> {
        let count = self.connection.query_one(
            "SELECT count(*) FROM documents WHERE collection = ?1",
            [collection.as_str()],
            |row| row.get::<_, i64>(0),
        );
        let count = self.database.named(count)?.unsigned_abs();
        self.database.count_reads(usize::try_from(count.div_ceil(1000).max(1)).unwrap_or(1));
        Ok(count)
    }

    fn ids(&self, collection: &CollectionPath) -> Result<Vec<String>, DatabaseError> {
        let below = format!("{}/", collection.as_str());
        let texts = |sql: &str, parameters: &[&dyn ToSql]| {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(parameters, |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        let own: rusqlite::Result<Vec<String>> =
            texts("SELECT id FROM documents WHERE collection = ?1", &[&collection.as_str()]);
        let mut ids: BTreeSet<String> = self.database.named(own)?.into_iter().collect();
        let collections: rusqlite::Result<Vec<String>> = texts(
            "SELECT DISTINCT collection FROM documents WHERE substr(collection, 1, length(?1)) = ?1",
            &[&below],
        );
        for other in self.database.named(collections)? {
            let id = other.strip_prefix(&below).and_then(|rest| rest.split('/').next());
            ids.extend(id.map(str::to_owned));
        }
        self.database.count_reads(ids.len().max(1));
        Ok(ids.into_iter().collect())
    }

    fn collections_below(
        &self,
        document: &DocumentPath,
    ) -> Result<Vec<CollectionPath>, DatabaseError> {
        let below = format!("{document}/");
        let names = || -> rusqlite::Result<BTreeSet<String>> {
            let mut statement = self.connection.prepare(
                "SELECT DISTINCT collection FROM documents
                 WHERE substr(collection, 1, length(?1)) = ?1",
            )?;
            let collections = statement.query_map([&below], |row| row.get::<_, String>(0))?;
            let first_part = |rest: &str| rest.split('/').next().map(str::to_owned);
            let mut names = BTreeSet::new();
            for collection in collections {
                names.extend(collection?.strip_prefix(&below).and_then(first_part));
            }
            Ok(names)
        };
        let names = self.database.named(names())?;
        Ok(names.iter().map(|name| document.collection(name)).collect())
    }
}

/// A row of the table.
struct StoredDocument {
    path: String,
    fields: String,
    updated_at_micros: i64,
}

impl StoredDocument {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (collection, id): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Self {
            path: format!("{collection}/{id}"),
            fields: row.get(2)?,
            updated_at_micros: row.get(3)?,
        })
    }

    fn document(self, selection: Selection<'_>) -> Result<Document, DatabaseError> {
        let Self { path, fields, updated_at_micros } = self;
        let fields = serde_json::from_str::<Json>(&fields)
            .map_err(|error| BadValue { found: format!("no JSON: {error}") })
            .and_then(|json| fields_from_typed_json(&json));
        let bad = |source| DatabaseError::BadDocument { path: path.clone(), source };
        let mut fields = fields.map_err(bad)?;
        match selection {
            Selection::AllFields => {}
            Selection::Fields(names) => fields.retain(|name, _| names.contains(&name.as_str())),
            Selection::NoFields => fields.clear(),
        }
        let path = DocumentPath::from_database(&path)
            .ok_or_else(|| bad(BadValue { found: "no path".to_owned() }))?;
        Ok(Document { path, fields, updated_at: instant(updated_at_micros) })
    }
}

/// Where SQLite finds the value of `field` with the type `kind`.
fn json_path(field: &str, kind: &str) -> String {
    format!(r#"$."{field}"."{kind}""#)
}
