//! Firestore over its REST interface.
//!
//! REST, because it says exactly which type a value has, at which time something was read and
//! under which precondition something is written, over the HTTP client that the pipeline has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::{Value as Json, json};
use tracing::debug;

use crate::documents::value::{fields_to_typed_json, format_timestamp, parse_timestamp};
use crate::documents::{Body, Change, DatabaseError, DocumentDatabase, NewFields, Reads, Write};
use crate::{AccessTokens, ApiClient, Authorization, RetryPolicy, ServiceAccountKey, ServiceError};

mod read;

use read::{FirestoreReads, Seen};

const SERVICE: &str = "Firestore";
const SCOPE: &str = "https://www.googleapis.com/auth/datastore";
const GOOGLE_URL: &str = "https://firestore.googleapis.com";
const EMULATOR_VARIABLE: &str = "FIRESTORE_EMULATOR_HOST";

/// How often a transaction is tried while others write the same documents.
const MOST_TRIES: usize = 60;

/// The longest pause before that.
const LONGEST_CONFLICT_PAUSE: Duration = Duration::from_secs(2);

/// How often, when what it wants to make exists; a body that looks for it needs two.
const MOST_TRIES_TO_CREATE: usize = 4;

/// The server time of a write is that of its request, which can wait; other programs' transactions
/// can take 270 seconds.
const SERVER_TIME_SLACK: Duration = Duration::from_secs(600);

/// The database `(default)` of a Firestore project.
#[derive(Debug, Clone)]
pub struct Firestore {
    api: ApiClient,
    /// `projects/<project>/databases/(default)`.
    name: String,
    identity: String,
    n_reads: Arc<AtomicU64>,
}

impl Firestore {
    /// The database of the account's project: at Google, or at the emulator that
    /// `FIRESTORE_EMULATOR_HOST` names.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when the variable names no host.
    pub fn of_account(key: &ServiceAccountKey) -> Result<Self, DatabaseError> {
        let retries = RetryPolicy::default();
        match std::env::var(EMULATOR_VARIABLE).ok().filter(|host| !host.is_empty()) {
            Some(host) => Self::at_emulator(&host, &key.project_id, retries),
            None => {
                let tokens = AccessTokens::new(key.clone(), SCOPE, retries);
                let authorization = Authorization::Tokens(tokens);
                Self::new(GOOGLE_URL, &key.project_id, authorization, retries)
            }
        }
    }

    /// The database of `project` at the emulator at `host`, e.g. `127.0.0.1:8085`.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when `host` is no host.
    pub fn at_emulator(
        host: &str,
        project: &str,
        retries: RetryPolicy,
    ) -> Result<Self, DatabaseError> {
        let url = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
        Self::new(&url, project, Authorization::Emulator, retries)
    }

    /// The database of `project` at the server `url`.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when `url` is no URL.
    pub fn new(
        url: &str,
        project: &str,
        authorization: Authorization,
        retries: RetryPolicy,
    ) -> Result<Self, DatabaseError> {
        let api = ApiClient::new(SERVICE, url, authorization, retries)?;
        let name = format!("projects/{project}/databases/(default)");
        let identity = match url {
            GOOGLE_URL => format!("firestore:{name}"),
            other => format!("firestore:{name} at {other}"),
        };
        Ok(Self { api, name, identity, n_reads: Arc::default() })
    }

    /// The URL of a method, on the documents or on one of them.
    fn url(&self, below: Option<&str>, method: &str) -> Url {
        let path = format!("v1/{}/documents", self.name);
        let below = below.into_iter().flat_map(|path| path.split('/'));
        let mut segments: Vec<String> = path.split('/').chain(below).map(str::to_owned).collect();
        if let (Some(last), false) = (segments.last_mut(), method.is_empty()) {
            *last = format!("{last}:{method}");
        }
        self.api.url(segments.iter().map(String::as_str))
    }

    /// The whole resource name of a document.
    fn resource(&self, path: &str) -> String {
        format!("{}/documents/{path}", self.name)
    }

    fn count_reads(&self, n: u64) {
        self.n_reads.fetch_add(n, Ordering::Relaxed);
    }

    /// One try: reads without locks, then writes what the body wants if nothing of that has
    /// changed since.
    ///
    /// Locks would stay for a minute after a process that was killed in between.
    fn try_transaction(&self, body: Body<'_>) -> Result<DateTime<Utc>, DatabaseError> {
        let reads = FirestoreReads::at_first_read(self);
        let writes = body(&reads)?;
        if writes.is_empty() {
            return Ok(reads.read_at().unwrap_or_default());
        }
        let writes: Vec<Json> =
            writes.iter().map(|write| self.write_to_json(write, reads.seen(&write.path))).collect();
        let request = json!({ "writes": writes });
        match self.api.post_once(&self.url(None, "commit"), &request) {
            Ok(committed) => time(&committed["commitTime"]),
            Err(error) if error.has_status("ALREADY_EXISTS") => {
                Err(DatabaseError::AlreadyExists { path: refused_path(&error) })
            }
            Err(error) if error.has_status("FAILED_PRECONDITION") => {
                Err(DatabaseError::Changed(error))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The write, which happens only if the document is as it was `seen`.
    fn write_to_json(&self, write: &Write, seen: Option<Seen>) -> Json {
        let name = self.resource(write.path.as_str());
        let update = |new: &NewFields| {
            let mut json = json!({
                "update": { "name": name, "fields": fields_to_typed_json(&new.fields) }
            });
            if let Some(field) = new.server_time {
                json["updateTransforms"] =
                    json!([{ "fieldPath": field, "setToServerValue": "REQUEST_TIME" }]);
            }
            json
        };
        let (mut json, seen) = match &write.change {
            Change::Create(new) => (update(new), Some(Seen::Missing)),
            Change::Replace(new) => (update(new), seen),
            Change::Delete => (json!({ "delete": name }), seen),
        };
        match seen {
            Some(Seen::Missing) => json["currentDocument"] = json!({ "exists": false }),
            Some(Seen::UpdatedAt(time)) => {
                json["currentDocument"] = json!({ "updateTime": timestamp_json(&time) });
            }
            None => {}
        }
        json
    }
}

impl DocumentDatabase for Firestore {
    fn snapshot(&self) -> Result<Box<dyn Reads + '_>, DatabaseError> {
        Ok(Box::new(FirestoreReads::at_first_read(self)))
    }

    fn transact(&self, body: Body<'_>) -> Result<DateTime<Utc>, DatabaseError> {
        let retries = self.api.retries();
        let mut pauses = retries.pauses();
        let mut n_tries = 0;
        loop {
            let error = match self.try_transaction(&mut *body) {
                Ok(written_at) => return Ok(written_at),
                Err(error) => error,
            };
            n_tries += 1;
            let is_conflict = error.is_conflict();
            let most_tries = match &error {
                DatabaseError::AlreadyExists { .. } => MOST_TRIES_TO_CREATE,
                _ if is_conflict => MOST_TRIES,
                _ if error.is_retryable() => 1 + retries.n_retries,
                _ => return Err(error),
            };
            if most_tries <= n_tries {
                return Err(match is_conflict {
                    true => DatabaseError::Contention { n_tries, source: Box::new(error) },
                    false => error,
                });
            }
            debug!(is_conflict, n_tries, "Trying a transaction again.");
            // Conflicts pass sooner than troubles of the service.
            let longest = if is_conflict { LONGEST_CONFLICT_PAUSE } else { Duration::MAX };
            std::thread::sleep(pauses.next().unwrap_or(retries.longest_pause).min(longest));
        }
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn server_time_slack(&self) -> Duration {
        SERVER_TIME_SLACK
    }

    fn n_reads(&self) -> u64 {
        self.n_reads.load(Ordering::Relaxed)
    }
}

fn text(json: &Json, problem: &str) -> Result<String, DatabaseError> {
    json.as_str().map(str::to_owned).ok_or_else(|| bad_answer(problem))
}

fn time(json: &Json) -> Result<DateTime<Utc>, DatabaseError> {
    json.as_str().and_then(parse_timestamp).ok_or_else(|| bad_answer("no time"))
}

fn bad_answer(problem: &str) -> DatabaseError {
    ServiceError::BadAnswer { service: SERVICE, problem: problem.to_owned() }.into()
}

/// The path that the server names in its message, or all of the message.
fn refused_path(error: &ServiceError) -> String {
    let ServiceError::Refused { message, .. } = error else { return String::new() };
    let after = message.split_once("path=").or_else(|| message.split_once("/documents/"));
    let path = after.map_or(&**message, |(_, path)| path);
    path.trim_start_matches('/').trim_end_matches('}').to_owned()
}

/// The JSON of a timestamp as requests carry it.
fn timestamp_json(instant: &DateTime<Utc>) -> Json {
    Json::String(format_timestamp(instant))
}
