//! Uploads that can be continued.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answers::{self, Parameters, Refusal};
use super::requests::AllParameters;
use super::{Entry, Inside, Server};

/// All pieces but the last are multiples of this.
const PIECE_BYTES: usize = 256 * 1024;

/// An upload that was begun.
#[derive(Debug)]
pub(crate) struct Session {
    target: Target,
    parameters: Parameters,
    bytes: Vec<u8>,
    /// What became of it.
    done: Option<Value>,
    pub(crate) is_gone: bool,
}

#[derive(Debug, Clone)]
enum Target {
    New(Entry),
    Existing(String),
}

/// What the `Content-Range` of a piece says.
struct ContentRange {
    /// Where the piece begins; `None` when it is only a question.
    from: Option<usize>,
    total: usize,
}

pub(crate) async fn begin_create(
    State(server): State<Server>,
    Query(parameters): AllParameters,
    headers: HeaderMap,
    Json(metadata): Json<Value>,
) -> Result<Response, Refusal> {
    let parameters = Parameters(parameters);
    let mut inside = server.lock();
    let entry = inside.new_entry(&metadata, &parameters)?;
    inside.begin(Target::New(entry), parameters, &headers)
}

pub(crate) async fn begin_update(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(parameters): AllParameters,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let parameters = Parameters(parameters);
    let mut inside = server.lock();
    if !inside.entry(&id, &parameters)?.is_writable {
        return Err(Refusal::NotAllowed);
    }
    inside.begin(Target::Existing(id), parameters, &headers)
}

pub(crate) async fn take(
    State(server): State<Server>,
    Path(number): Path<usize>,
    headers: HeaderMap,
    piece: Bytes,
) -> Result<Response, Refusal> {
    let range = content_range(&headers).ok_or(Refusal::BadRange)?;
    server.lock().take(number, &range, &piece)
}

impl Inside {
    fn begin(
        &mut self,
        target: Target,
        parameters: Parameters,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        if parameters.get("uploadType") != Some("resumable") {
            return Err(Refusal::NotResumable);
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let number = self.sessions.len();
        let link =
            format!("http://{}/upload/drive/v3/sessions/{number}", host.unwrap_or("127.0.0.1"));
        self.sessions.push(Session {
            target,
            parameters,
            bytes: Vec::new(),
            done: None,
            is_gone: false,
        });
        Ok((StatusCode::OK, [(header::LOCATION, link)]).into_response())
    }

    fn take(
        &mut self,
        number: usize,
        range: &ContentRange,
        piece: &[u8],
    ) -> Result<Response, Refusal> {
        let session = self.sessions.get_mut(number).ok_or(Refusal::NotFound)?;
        if session.is_gone {
            return Err(Refusal::NotFound);
        }
        if let Some(done) = &session.done {
            return Ok(Json(done.clone()).into_response());
        }
        if let Some(from) = range.from {
            let is_last = from + piece.len() == range.total;
            if from != session.bytes.len() || !is_last && !piece.len().is_multiple_of(PIECE_BYTES) {
                return Err(Refusal::BadRange);
            }
            match self.n_parts.checked_sub(1) {
                None => session.bytes.extend(piece),
                Some(n_left) => {
                    self.n_parts = n_left;
                    let n_kept = piece.len() / 2 / PIECE_BYTES * PIECE_BYTES;
                    session.bytes.extend(&piece[..n_kept]);
                }
            }
        }
        if session.bytes.len() < range.total {
            return Ok(incomplete(session.bytes.len()));
        }
        let answer = self.finish(number)?;
        Ok(Json(answer).into_response())
    }

    /// The file appears, or has new bytes.
    fn finish(&mut self, number: usize) -> Result<Value, Refusal> {
        let session = &mut self.sessions[number];
        let mut bytes = std::mem::take(&mut session.bytes);
        if let Some(n_left) = self.n_damaged.checked_sub(1) {
            self.n_damaged = n_left;
            bytes.push(0);
        }
        let parameters = session.parameters.clone();
        let mut entry = match session.target.clone() {
            Target::New(entry) if self.entries.contains_key(&entry.id) => {
                return Err(Refusal::IdInUse);
            }
            Target::New(entry) => entry,
            Target::Existing(id) => self.entries.get(&id).cloned().ok_or(Refusal::NotFound)?,
        };
        entry.bytes = Some(bytes);
        let answer = answers::file(&entry, &parameters);
        self.insert(entry);
        self.sessions[number].done = Some(answer.clone());
        Ok(answer)
    }
}

fn incomplete(n_bytes: usize) -> Response {
    let status = StatusCode::PERMANENT_REDIRECT;
    match n_bytes {
        0 => status.into_response(),
        n_bytes => (status, [(header::RANGE, format!("bytes=0-{}", n_bytes - 1))]).into_response(),
    }
}

/// `bytes 0-99/200`, or `bytes */200` as a question.
fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    let from = match range.split_once('-') {
        Some((from, _)) => Some(from.parse().ok()?),
        None => None,
    };
    Some(ContentRange { from, total: total.parse().ok()? })
}
