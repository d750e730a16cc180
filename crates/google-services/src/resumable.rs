//! Uploads that go on where they stopped, as Cloud Storage and Drive take them.
//!
//! A session at the service takes the file in pieces. After a failure the service is asked how
//! much it has, and the next piece is half as long, so that a bad line gets something through.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use data_root::{FileError, Operation};
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE};
use serde_json::{Value as Json, json};
use tracing::{debug, warn};

use crate::{ApiClient, ServiceError};

/// Pieces are multiples of this, but for the last.
const SMALLEST_PIECE_BYTES: u64 = 256 * 1024;
const LARGEST_PIECE_BYTES: u64 = 16 * 1024 * 1024;

/// The status of an answer that says how much has arrived.
const RESUME_INCOMPLETE: u16 = 308;

/// One file on its way to a service.
pub(crate) struct ResumableUpload<'a> {
    api: &'a ApiClient,
    path: &'a Path,
    file: File,
    size_bytes: u64,
    memory: Option<SessionMemory<'a>>,
    progress: Option<&'a dyn Fn(u64)>,
}

/// A file that remembers a session, so that another process can go on.
///
/// Whoever has the link in it can write to the object, so it is a secret while it exists.
#[derive(Debug, Clone)]
pub(crate) struct SessionMemory<'a> {
    /// Where it is.
    pub(crate) path: &'a Path,
    /// What is uploaded where; a session of another upload is not taken up.
    pub(crate) upload: String,
}

/// What the service says to a piece, or when it is asked.
enum Answer {
    /// It has so many bytes.
    Has(u64),
    /// It has all, and describes what it made of them.
    Done(Json),
    /// It does not know the session.
    Gone,
}

impl<'a> ResumableUpload<'a> {
    /// The upload of the file at `path` to the service of `api`; `progress` is told how many bytes
    /// have arrived.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the file cannot be opened.
    pub(crate) fn new(
        api: &'a ApiClient,
        path: &'a Path,
        progress: Option<&'a dyn Fn(u64)>,
    ) -> Result<Self, FileError> {
        let file = data_root::open(path)?;
        let size_bytes = file.metadata().map(|metadata| metadata.len());
        let size_bytes =
            size_bytes.map_err(|source| FileError::new(Operation::Read, path, source))?;
        Ok(Self { api, path, file, size_bytes, memory: None, progress })
    }

    /// The same upload, which can be continued by another process.
    pub(crate) fn remembered_in(self, memory: Option<SessionMemory<'a>>) -> Self {
        Self { memory, ..self }
    }

    /// How large the file is.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Sends the file in a session that `begin` asks for, and gives what the service says of it.
    ///
    /// `begin` is called again when a session has expired.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], after trying again while that gets something through.
    pub(crate) fn send(
        &mut self,
        begin: &dyn Fn() -> Result<Response, ServiceError>,
    ) -> Result<Json, ServiceError> {
        let sent = self.send_pieces(begin)?;
        self.forget_session();
        Ok(sent)
    }

    fn send_pieces(
        &mut self,
        begin: &dyn Fn() -> Result<Response, ServiceError>,
    ) -> Result<Json, ServiceError> {
        let retries = self.api.retries();
        let mut session = self.remembered_session();
        let mut offset = None;
        let mut piece_bytes = LARGEST_PIECE_BYTES;
        let mut pauses = retries.pauses();
        loop {
            let link = match &session {
                Some(link) => link.clone(),
                None => {
                    offset = Some(0);
                    session.insert(self.session(&begin()?)?).clone()
                }
            };
            let answer = match offset {
                Some(offset) => self.send_piece(&link, offset, piece_bytes),
                None => self.ask(&link),
            };
            match answer {
                Ok(Answer::Done(sent)) => return Ok(sent),
                Ok(Answer::Has(n_bytes)) => {
                    if offset.is_some_and(|before| before < n_bytes) {
                        pauses = retries.pauses();
                        piece_bytes = (piece_bytes * 2).min(LARGEST_PIECE_BYTES);
                    }
                    offset = Some(n_bytes);
                    self.report(n_bytes);
                }
                Ok(Answer::Gone) => {
                    debug!("An upload session has expired; beginning again.");
                    let Some(_) = pauses.next() else { return Err(self.bad_answer(EXPIRES)) };
                    session = None;
                }
                Err(error) if error.is_retryable() => {
                    let Some(pause) = pauses.next() else { return Err(error) };
                    let reason = error.without_details();
                    warn!(reason, "A piece of an upload failed; going on after a pause.");
                    std::thread::sleep(pause);
                    offset = None;
                    let half = piece_bytes / 2 / SMALLEST_PIECE_BYTES * SMALLEST_PIECE_BYTES;
                    piece_bytes = half.max(SMALLEST_PIECE_BYTES);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The session in the answer to a request for one.
    fn session(&self, response: &Response) -> Result<Url, ServiceError> {
        let location = response.headers().get(LOCATION).and_then(|link| link.to_str().ok());
        let session = location.and_then(|link| link.parse::<Url>().ok());
        let session = session.ok_or_else(|| self.bad_answer("no session for an upload"))?;
        if let Some(memory) = &self.memory {
            memory.remember(&session);
        }
        Ok(session)
    }

    fn send_piece(
        &mut self,
        session: &Url,
        offset: u64,
        piece_bytes: u64,
    ) -> Result<Answer, ServiceError> {
        let mut piece = Vec::new();
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| {
            let n_bytes = piece_bytes.min(self.size_bytes.saturating_sub(offset));
            (&mut self.file).take(n_bytes).read_to_end(&mut piece)
        });
        read.map_err(|source| FileError::new(Operation::Read, self.path, source))?;
        let range = match offset + piece.len() as u64 {
            end if end == offset => format!("bytes */{}", self.size_bytes),
            end => format!("bytes {offset}-{}/{}", end - 1, self.size_bytes),
        };
        self.put(session, range, piece)
    }

    /// Asks how much has arrived.
    fn ask(&self, session: &Url) -> Result<Answer, ServiceError> {
        self.put(session, format!("bytes */{}", self.size_bytes), Vec::new())
    }

    fn put(&self, session: &Url, range: String, piece: Vec<u8>) -> Result<Answer, ServiceError> {
        let response = self.api.send_for_any_answer(|http| {
            http.put(session.clone())
                .header(CONTENT_RANGE, range)
                .header(CONTENT_LENGTH, piece.len())
                .body(piece)
        })?;
        match response.status().as_u16() {
            RESUME_INCOMPLETE => Ok(Answer::Has(self.n_arrived(&response)?)),
            404 | 410 => Ok(Answer::Gone),
            _ => Ok(Answer::Done(self.api.read_success(response)?)),
        }
    }

    /// How many bytes an answer says have arrived: `Range: bytes=0-<last>`, or nothing for none.
    fn n_arrived(&self, response: &Response) -> Result<u64, ServiceError> {
        let Some(range) = response.headers().get(RANGE) else { return Ok(0) };
        let last =
            range.to_str().ok().and_then(|range| range.rsplit_once('-')?.1.parse::<u64>().ok());
        last.map(|last| last + 1).ok_or_else(|| self.bad_answer("a range that is none"))
    }

    fn remembered_session(&self) -> Option<Url> {
        self.memory.as_ref().and_then(SessionMemory::recall)
    }

    /// Removes what is remembered of the upload.
    pub(crate) fn forget_session(&self) {
        if let Some(memory) = &self.memory
            && let Err(error) = data_root::remove(memory.path)
        {
            warn!(%error, "Could not remove the file of an upload that is done.");
        }
    }

    fn report(&self, n_bytes: u64) {
        if let Some(progress) = self.progress {
            progress(n_bytes);
        }
    }

    fn bad_answer(&self, problem: &str) -> ServiceError {
        ServiceError::BadAnswer { service: self.api.service(), problem: problem.to_owned() }
    }
}

const EXPIRES: &str = "each upload session has expired before it was used";

impl SessionMemory<'_> {
    fn remember(&self, session: &Url) {
        let text = json!({ "Upload": self.upload, "Session": session.as_str() }).to_string();
        if let Err(error) = data_root::write(self.path, text.as_bytes()) {
            warn!(%error, "If this is interrupted, the upload will begin at its start again.");
        }
    }

    fn recall(&self) -> Option<Url> {
        let text = data_root::read_to_string(self.path).ok()?;
        let remembered: Json = serde_json::from_str(&text).ok()?;
        match remembered["Upload"].as_str() == Some(&self.upload) {
            true => remembered["Session"].as_str()?.parse().ok(),
            false => None,
        }
    }
}
