//! Backups that Coda's `backup.py` wrote: one JSON object per dataset,
//! `{"dataset_id", "segments": {"<segment>": {"users", "schemes", "messages", "metrics"}}}`.
//!
//! They hold the time of the last change as a text. It becomes a timestamp again: Coda's own tools
//! stop at a text, and downloads of what changed would not see the message.

use std::collections::BTreeMap;

use google_services::documents::{Fields, Value};
use serde_json::Value as Json;

use super::file::{BackupFileError, Reader};
use super::{Backup, SegmentBackup};
use crate::message::{LAST_UPDATED, MESSAGE_ID, instant, text};

pub(super) fn read(reader: &Reader<'_>, json: &Json) -> Result<Backup, BackupFileError> {
    let dataset = json["dataset_id"].as_str().ok_or_else(|| reader.missing("`dataset_id`"))?;
    let by_id = reader.object("`segments`", &json["segments"])?;
    let mut segments = Vec::new();
    for number in 1..=by_id.len() {
        let id = match number {
            1 => dataset.to_owned(),
            number => format!("{dataset}_{number}"),
        };
        let segment = by_id.get(&id).ok_or_else(|| reader.missing(&format!("segment `{id}`")))?;
        segments.push(read_segment(reader, segment)?);
    }
    if segments.is_empty() {
        return Err(reader.missing("any segment"));
    }
    Ok(Backup { dataset: dataset.to_owned(), count_document: None, segments })
}

fn read_segment(reader: &Reader<'_>, json: &Json) -> Result<SegmentBackup, BackupFileError> {
    let mut messages = documents(reader, &json["messages"], MESSAGE_ID)?;
    for message in messages.values_mut() {
        if let Some(instant) = message.get(LAST_UPDATED).and_then(instant) {
            message.insert(LAST_UPDATED.to_owned(), Value::from(instant));
        }
    }
    let mut collections = BTreeMap::from([
        ("messages".to_owned(), messages),
        ("code_schemes".to_owned(), documents(reader, &json["schemes"], "SchemeID")?),
    ]);
    if let Value::Map(metrics) = Value::from_plain_json(&json["metrics"]) {
        let metrics = BTreeMap::from([("messages".to_owned(), metrics)]);
        collections.insert("metrics".to_owned(), metrics);
    }
    collections.retain(|_, documents| !documents.is_empty());
    let users = Value::from_plain_json(&json["users"]);
    let document = Some(Fields::from([("users".to_owned(), users)]));
    Ok(SegmentBackup { document, collections })
}

/// A list of objects as documents, by the id that each has under `key`.
fn documents(
    reader: &Reader<'_>,
    json: &Json,
    key: &str,
) -> Result<BTreeMap<String, Fields>, BackupFileError> {
    let list = json.as_array().ok_or_else(|| reader.missing("a list of a segment"))?;
    list.iter()
        .map(|item| {
            let Value::Map(fields) = Value::from_plain_json(item) else {
                return Err(reader.missing("an object"));
            };
            match text(&fields, key).to_owned() {
                id if id.is_empty() => Err(reader.missing(&format!("`{key}`"))),
                id => Ok((id, fields)),
            }
        })
        .collect()
}
