//! The database of documents in an SQLite file, for one machine and any number of processes.
//!
//! A document is a row with its fields in the typed JSON of Firestore. The file has a clock that
//! each transaction moves on, so that server times never repeat and never go back.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::documents::value::fields_to_typed_json;
use crate::documents::{
    Body, Change, DatabaseError, DocumentDatabase, NewFields, Reads, Value, Write,
};

mod read;

use read::LocalReads;

/// The form of the tables, in SQLite's `user_version`.
const FORM: i64 = 1;

/// How long a process waits for others that write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// How long it waits before it asks again, where SQLite itself does not wait.
const PAUSE_WHILE_BUSY: Duration = Duration::from_millis(5);

const TABLES: &str = "
    CREATE TABLE documents (
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        fields TEXT NOT NULL,
        updated_at_micros INTEGER NOT NULL,
        PRIMARY KEY (collection, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE clock (identity TEXT NOT NULL, last_write_micros INTEGER NOT NULL) STRICT;
    INSERT INTO clock VALUES ('local:' || lower(hex(randomblob(16))), 0);
    PRAGMA user_version = 1;
";

/// A database in a file.
#[derive(Debug, Clone)]
pub struct LocalDatabase {
    path: PathBuf,
    identity: String,
    n_reads: Arc<AtomicU64>,
}

impl LocalDatabase {
    /// Opens the database in the file at `path`, or makes an empty one; only its owner can read
    /// it.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when the file cannot be made or is no such database.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        if let Some(directory) = path.parent() {
            data_root::create_directory(directory)?;
        }
        create_for_owner(path)?;
        let database =
            Self { path: path.to_path_buf(), identity: String::new(), n_reads: Arc::default() };
        let identity = database.prepare_file()?;
        Ok(Self { identity, ..database })
    }

    /// Makes the tables unless they are there, and gives the identity.
    fn prepare_file(&self) -> Result<String, DatabaseError> {
        let mut connection = self.connect()?;
        let mut prepare = || -> rusqlite::Result<(i64, String)> {
            // Readers and a writer do not wait for one another.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let form = |connection: &Connection| {
                connection.pragma_query_value(None, "user_version", |row| row.get(0))
            };
            if form(&transaction)? == 0 {
                transaction.execute_batch(TABLES)?;
            }
            let form: i64 = form(&transaction)?;
            let identity = match form {
                FORM => {
                    transaction.query_one("SELECT identity FROM clock", [], |row| row.get(0))?
                }
                _ => String::new(),
            };
            transaction.commit()?;
            Ok((form, identity))
        };
        let began = Instant::now();
        let prepared = loop {
            match prepare() {
                // Another process makes the file at the same time: SQLite does not wait for that.
                Err(error) if is_busy(&error) && began.elapsed() < BUSY_TIMEOUT => {
                    std::thread::sleep(PAUSE_WHILE_BUSY);
                }
                prepared => break prepared,
            }
        };
        match self.named(prepared)? {
            (FORM, identity) => Ok(identity),
            (found, _) => {
                Err(DatabaseError::LocalForm { path: self.path.clone(), found, expected: FORM })
            }
        }
    }

    fn connect(&self) -> Result<Connection, DatabaseError> {
        let connect = || {
            let connection = Connection::open(&self.path)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // A transaction that has ended survives a power cut.
            connection.pragma_update(None, "synchronous", "FULL")?;
            Ok(connection)
        };
        self.named(connect())
    }

    fn named<T>(&self, result: rusqlite::Result<T>) -> Result<T, DatabaseError> {
        result.map_err(|source| DatabaseError::Local { path: self.path.clone(), source })
    }

    fn count_reads(&self, n: usize) {
        self.n_reads.fetch_add(n as u64, Ordering::Relaxed);
    }

    /// Moves the clock on and gives its time, in microseconds since 1970.
    fn tick(&self, connection: &Connection) -> Result<i64, DatabaseError> {
        let now_micros = Utc::now().timestamp_micros();
        self.named(connection.query_one(
            "UPDATE clock SET last_write_micros = max(?1, last_write_micros + 1)
             RETURNING last_write_micros",
            [now_micros],
            |row| row.get(0),
        ))
    }

    fn write(
        &self,
        connection: &Connection,
        write: &Write,
        now_micros: i64,
    ) -> Result<(), DatabaseError> {
        let (collection, id) = write.path.split();
        let fields = |new: &NewFields| {
            let mut fields = new.fields.clone();
            if let Some(field) = new.server_time {
                fields.insert(field.to_owned(), Value::Timestamp(instant(now_micros)));
            }
            fields_to_typed_json(&fields).to_string()
        };
        match &write.change {
            Change::Create(new) => {
                let n_rows = self.named(connection.execute(
                    "INSERT INTO documents VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                    params![collection, id, fields(new), now_micros],
                ))?;
                match n_rows {
                    0 => Err(DatabaseError::AlreadyExists { path: write.path.to_string() }),
                    _ => Ok(()),
                }
            }
            Change::Replace(new) => self
                .named(connection.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3, ?4)",
                    params![collection, id, fields(new), now_micros],
                ))
                .map(drop),
            Change::Delete => self
                .named(connection.execute(
                    "DELETE FROM documents WHERE collection = ?1 AND id = ?2",
                    params![collection, id],
                ))
                .map(drop),
        }
    }
}

impl DocumentDatabase for LocalDatabase {
    fn snapshot(&self) -> Result<Box<dyn Reads + '_>, DatabaseError> {
        let connection = self.connect()?;
        self.named(connection.execute_batch("BEGIN"))?;
        Ok(Box::new(LocalReads::begin(self, connection)?))
    }

    fn transact(&self, body: Body<'_>) -> Result<DateTime<Utc>, DatabaseError> {
        let connection = self.connect()?;
        // The one writer at a time: nobody else can get in between, so the body runs once.
        self.named(connection.execute_batch("BEGIN IMMEDIATE"))?;
        let reads = LocalReads::begin(self, connection)?;
        let writes = body(&reads)?;
        let connection = reads.into_connection();
        let now_micros = self.tick(&connection)?;
        if writes.is_empty() {
            return Ok(instant(now_micros));
        }
        writes.iter().try_for_each(|write| self.write(&connection, write, now_micros))?;
        self.named(connection.execute_batch("COMMIT"))?;
        Ok(instant(now_micros))
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    /// None: the clock and the writes are of one piece.
    fn server_time_slack(&self) -> Duration {
        Duration::ZERO
    }

    fn n_reads(&self) -> u64 {
        self.n_reads.load(Ordering::Relaxed)
    }
}

fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// SQLite gives its side files the permissions of the database.
fn create_for_owner(path: &Path) -> Result<(), DatabaseError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let created = options.open(path);
    created.map(drop).map_err(|source| {
        data_root::FileError::new(data_root::Operation::Create, path, source).into()
    })
}

fn last_write_micros(connection: &Connection) -> rusqlite::Result<i64> {
    let micros = connection
        .query_one("SELECT last_write_micros FROM clock", [], |row| row.get(0))
        .optional()?;
    Ok(micros.unwrap_or_default())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
