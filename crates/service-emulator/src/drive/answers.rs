//! Answers in Drive's form: with the fields that were asked for, or an error.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use super::Entry;

/// Why Drive does not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotFound,
    NotAllowed,
    NoSpace,
    IdInUse,
    UnknownId,
    BadQuery,
    BadRange,
    NotResumable,
}

impl Refusal {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "notFound", "File not found."),
            Self::NotAllowed => (
                StatusCode::FORBIDDEN,
                "insufficientFilePermissions",
                "The user does not have sufficient permissions for this file.",
            ),
            Self::NoSpace => (
                StatusCode::FORBIDDEN,
                "storageQuotaExceeded",
                "The user's Drive storage quota has been exceeded.",
            ),
            Self::IdInUse => {
                (StatusCode::CONFLICT, "fileIdInUse", "A file already exists with the provided ID.")
            }
            Self::UnknownId => {
                (StatusCode::BAD_REQUEST, "invalid", "The provided file ID is not usable.")
            }
            Self::BadQuery => (StatusCode::BAD_REQUEST, "invalid", "Invalid Value"),
            Self::BadRange => (StatusCode::BAD_REQUEST, "badContent", "Invalid range."),
            Self::NotResumable => {
                (StatusCode::BAD_REQUEST, "badContent", "Only resumable uploads are emulated.")
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, reason, message) = self.parts();
        let error = json!({"domain": "global", "reason": reason, "message": message});
        let body = json!({"error": {
            "code": status.as_u16(),
            "message": message,
            "errors": [error],
        }});
        (status, Json(body)).into_response()
    }
}

/// The parameters of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(pub(crate) BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The fields of a file that are asked for.
    fn asks_for(&self, field: &str) -> bool {
        match self.get("fields") {
            None => ["kind", "id", "name", "mimeType"].contains(&field),
            Some("*") => true,
            Some(fields) => {
                fields.split(|it: char| !it.is_alphanumeric()).any(|asked| asked == field)
            }
        }
    }
}

/// A file with the fields that were asked for.
pub(crate) fn file(entry: &Entry, parameters: &Parameters) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| {
        if parameters.asks_for(name) {
            fields.insert(name.to_owned(), value);
        }
    };
    add("kind", json!("drive#file"));
    add("id", json!(entry.id));
    add("name", json!(entry.name));
    add("mimeType", json!(entry.mime_type));
    add("parents", json!(entry.parent.iter().collect::<Vec<_>>()));
    add("trashed", json!(entry.is_trashed));
    if let Some(drive) = &entry.drive {
        add("driveId", json!(drive));
    }
    if let Some(bytes) = &entry.bytes {
        add("size", json!(bytes.len().to_string()));
        add("md5Checksum", json!(md5(bytes)));
    }
    Value::Object(fields)
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
