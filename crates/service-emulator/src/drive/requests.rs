//! Finding files, and making folders.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answers::{self, Parameters, Refusal};
use super::query::{self, Condition};
use super::{Entry, Inside, Server};

/// As many files as Drive gives when it is not told otherwise.
const PAGE_SIZE: usize = 100;
const LARGEST_PAGE_SIZE: usize = 1000;

pub(crate) type AllParameters = Query<BTreeMap<String, String>>;

pub(crate) async fn list(
    State(server): State<Server>,
    Query(parameters): AllParameters,
) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters(parameters);
    let condition = condition(&parameters)?;
    let inside = server.lock();
    let sees_drives =
        parameters.is_true("includeItemsFromAllDrives") && parameters.is_true("supportsAllDrives");
    let found: Vec<Value> = inside
        .entries
        .values()
        .filter(|entry| sees_drives || entry.drive.is_none())
        .filter(|entry| condition.holds_for(entry))
        .map(|entry| answers::file(entry, &parameters))
        .collect();
    let mut answer = page(&inside, &parameters, &found, "files")?;
    answer["incompleteSearch"] = json!(false);
    Ok(Json(answer))
}

pub(crate) async fn drives(
    State(server): State<Server>,
    Query(parameters): AllParameters,
) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters(parameters);
    let condition = condition(&parameters)?;
    let inside = server.lock();
    let found = inside.drives.iter().filter(|(_, name)| condition.holds_for_name(name));
    let found = found.map(|(id, name)| json!({"kind": "drive#drive", "id": id, "name": name}));
    Ok(Json(page(&inside, &parameters, &found.collect::<Vec<_>>(), "drives")?))
}

pub(crate) async fn generate_ids(
    State(server): State<Server>,
    Query(parameters): AllParameters,
) -> Result<Json<Value>, Refusal> {
    let count = parameters.get("count").map_or(Ok(10), |count| count.parse());
    let count: usize = count.map_err(|_| Refusal::BadQuery)?;
    let mut inside = server.lock();
    let ids: Vec<String> = (0..count).map(|_| inside.new_id()).collect();
    Ok(Json(json!({"kind": "drive#generatedIds", "space": "drive", "ids": ids})))
}

pub(crate) async fn file(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(parameters): AllParameters,
) -> Result<Response, Refusal> {
    let parameters = Parameters(parameters);
    let inside = server.lock();
    let entry = inside.entry(&id, &parameters)?;
    match (parameters.get("alt"), &entry.bytes) {
        (Some("media"), Some(bytes)) => {
            Ok(([(CONTENT_TYPE, entry.mime_type.clone())], bytes.clone()).into_response())
        }
        (Some("media"), None) => Err(Refusal::NotAllowed),
        _ => Ok(Json(answers::file(entry, &parameters)).into_response()),
    }
}

pub(crate) async fn create(
    State(server): State<Server>,
    Query(parameters): AllParameters,
    Json(metadata): Json<Value>,
) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters(parameters);
    let mut inside = server.lock();
    let entry = inside.new_entry(&metadata, &parameters)?;
    let answer = answers::file(&entry, &parameters);
    inside.insert(entry);
    Ok(Json(answer))
}

impl Inside {
    /// What has this id, for who may see it.
    pub(crate) fn entry(&self, id: &str, parameters: &Parameters) -> Result<&Entry, Refusal> {
        let entry = self.entries.get(id).ok_or(Refusal::NotFound)?;
        match entry.drive.is_none() || parameters.is_true("supportsAllDrives") {
            true => Ok(entry),
            false => Err(Refusal::NotFound),
        }
    }

    /// What the metadata of a request would make.
    pub(crate) fn new_entry(
        &mut self,
        metadata: &Value,
        parameters: &Parameters,
    ) -> Result<Entry, Refusal> {
        let text = |key: &str| metadata[key].as_str().map(str::to_owned);
        let parent = metadata["parents"][0].as_str().ok_or(Refusal::NotFound)?;
        let drive = self.drive_of(parent);
        if !self.drives.contains_key(parent) && !self.entry(parent, parameters)?.is_writable {
            return Err(Refusal::NotAllowed);
        }
        if drive.is_some() && !parameters.is_true("supportsAllDrives") {
            return Err(Refusal::NotFound);
        }
        if self.is_full && drive.is_none() {
            return Err(Refusal::NoSpace);
        }
        let id = match text("id") {
            Some(id) if self.entries.contains_key(&id) => return Err(Refusal::IdInUse),
            Some(id) if !self.gave(&id) => return Err(Refusal::UnknownId),
            Some(id) => id,
            None => self.new_id(),
        };
        Ok(Entry {
            id,
            name: text("name").unwrap_or_else(|| "Untitled".to_owned()),
            mime_type: text("mimeType").unwrap_or_else(|| "application/octet-stream".to_owned()),
            parent: Some(parent.to_owned()),
            drive,
            bytes: None,
            is_shared: false,
            is_writable: true,
            is_trashed: false,
        })
    }

    /// Whether an id is one that this Drive made up.
    fn gave(&self, id: &str) -> bool {
        let number = id.strip_prefix("made-up-id-").and_then(|number| number.parse().ok());
        number.is_some_and(|number: usize| (1..=self.n_ids).contains(&number))
    }
}

fn condition(parameters: &Parameters) -> Result<Condition, Refusal> {
    match parameters.get("q") {
        None | Some("") => Ok(Condition::Always),
        Some(text) => query::parse(text).ok_or(Refusal::BadQuery),
    }
}

/// A page of what was found, under `key`; its token is where the next one begins.
fn page(
    inside: &Inside,
    parameters: &Parameters,
    found: &[Value],
    key: &str,
) -> Result<Value, Refusal> {
    let number = |name, default| {
        parameters.get(name).map_or(Ok(default), str::parse).map_err(|_| Refusal::BadQuery)
    };
    let begin: usize = number("pageToken", 0)?;
    let asked = number("pageSize", PAGE_SIZE)?;
    let size = asked.min(inside.page_size.unwrap_or(LARGEST_PAGE_SIZE));
    let end = begin.saturating_add(size).min(found.len());
    let mut answer = json!({ key: found.get(begin..end).unwrap_or_default() });
    if end < found.len() {
        answer["nextPageToken"] = json!(end.to_string());
    }
    Ok(answer)
}
