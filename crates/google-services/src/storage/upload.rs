//! Uploads that go on where they stopped.
//!
//! A session at Cloud Storage takes the file in pieces. After a failure the server is asked how
//! much it has, and the next piece is half as long, so that a bad line gets something through.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use data_root::{FileError, Operation};
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE};
use tracing::{debug, warn};

use super::cloud::{CloudStorage, SERVICE, check, metadata};
use super::error::Doing;
use crate::ServiceError;
use crate::storage::{
    GsUrl, ObjectMetadata, ObjectStorage as _, StorageError, UploadOptions, Uploaded,
};

/// Pieces are multiples of this, but for the last.
const SMALLEST_PIECE_BYTES: u64 = 256 * 1024;
const LARGEST_PIECE_BYTES: u64 = 16 * 1024 * 1024;

/// The status of an answer that says how much has arrived.
const RESUME_INCOMPLETE: u16 = 308;

/// One file on its way to one object.
pub(super) struct Upload<'a> {
    storage: &'a CloudStorage,
    url: &'a GsUrl,
    path: &'a Path,
    file: File,
    size_bytes: u64,
    options: UploadOptions<'a>,
}

/// What the server says to a piece, or when it is asked.
enum Answer {
    /// It has so many bytes.
    Has(u64),
    /// It has all.
    Done(ObjectMetadata),
    /// It does not know the session.
    Gone,
}

impl<'a> Upload<'a> {
    pub(super) fn new(
        storage: &'a CloudStorage,
        url: &'a GsUrl,
        path: &'a Path,
        options: UploadOptions<'a>,
    ) -> Result<Self, StorageError> {
        let file = data_root::open(path).map_err(Doing::Writing.file(url))?;
        let size_bytes = file.metadata().map(|metadata| metadata.len());
        let size_bytes = size_bytes.map_err(|source| {
            Doing::Writing.file(url)(FileError::new(Operation::Read, path, source))
        })?;
        Ok(Self { storage, url, path, file, size_bytes, options })
    }

    /// Uploads the file, unless the object has its bytes.
    pub(super) fn run(mut self) -> Result<Uploaded, StorageError> {
        let crc32c = crc32c_of(self.path).map_err(|error| self.unreadable(error))?;
        if let Some(there) = self.storage.metadata(self.url)?
            && there.size_bytes == self.size_bytes
            && there.crc32c == Some(crc32c)
        {
            return Ok(Uploaded::WasThere);
        }
        let written = self.send_all().map_err(Doing::Writing.at(self.url))?;
        self.forget_session();
        check(self.url, &written, self.size_bytes, || crc32c)?;
        Ok(Uploaded::Written)
    }

    fn send_all(&mut self) -> Result<ObjectMetadata, ServiceError> {
        let retries = self.storage.api.retries();
        let mut session = self.remembered_session();
        let mut offset = None;
        let mut piece_bytes = LARGEST_PIECE_BYTES;
        let mut pauses = retries.pauses();
        loop {
            let link = match &session {
                Some(link) => link.clone(),
                None => {
                    offset = Some(0);
                    session.insert(self.begin_session()?).clone()
                }
            };
            let answer = match offset {
                Some(offset) => self.send_piece(&link, offset, piece_bytes),
                None => self.ask(&link),
            };
            match answer {
                Ok(Answer::Done(written)) => return Ok(written),
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
                    session = None;
                }
                Err(error) if error.is_retryable() => {
                    let Some(pause) = pauses.next() else { return Err(error) };
                    warn!(%error, "A piece of an upload failed; going on after a pause.");
                    std::thread::sleep(pause);
                    offset = None;
                    let half = piece_bytes / 2 / SMALLEST_PIECE_BYTES * SMALLEST_PIECE_BYTES;
                    piece_bytes = half.max(SMALLEST_PIECE_BYTES);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn begin_session(&self) -> Result<Url, ServiceError> {
        let mut link =
            self.storage.api.url(["upload", "storage", "v1", "b", self.url.bucket(), "o"]);
        link.query_pairs_mut()
            .append_pair("uploadType", "resumable")
            .append_pair("name", self.url.object());
        let response = self.storage.api.send(|http| {
            http.post(link.clone())
                .header("x-upload-content-length", self.size_bytes)
                .header(CONTENT_LENGTH, 0)
        })?;
        let location = response.headers().get(LOCATION).and_then(|link| link.to_str().ok());
        let session = location.and_then(|link| link.parse::<Url>().ok());
        let session = session.ok_or_else(|| bad_answer("no session for an upload"))?;
        if let Some(path) = self.options.session_file {
            data_root::write(path, session.as_str().as_bytes())?;
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
        let api = &self.storage.api;
        let response = api.send_for_any_answer(|http| {
            http.put(session.clone())
                .header(CONTENT_RANGE, range)
                .header(CONTENT_LENGTH, piece.len())
                .body(piece)
        })?;
        match response.status().as_u16() {
            RESUME_INCOMPLETE => Ok(Answer::Has(n_arrived(&response)?)),
            404 | 410 => Ok(Answer::Gone),
            _ => Ok(Answer::Done(metadata(&api.read_success(response)?)?)),
        }
    }

    fn remembered_session(&self) -> Option<Url> {
        let text = data_root::read_to_string(self.options.session_file?).ok()?;
        text.parse().ok()
    }

    fn forget_session(&self) {
        if let Some(path) = self.options.session_file
            && let Err(error) = data_root::remove(path)
        {
            warn!(%error, "Could not remove the file of an upload that is done.");
        }
    }

    fn report(&self, n_bytes: u64) {
        if let Some(progress) = self.options.progress {
            progress(n_bytes);
        }
    }

    fn unreadable(&self, source: io::Error) -> StorageError {
        Doing::Writing.file(self.url)(FileError::new(Operation::Read, self.path, source))
    }
}

/// The CRC-32C of a file.
pub(super) fn crc32c_of(path: &Path) -> io::Result<u32> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; 1024 * 1024];
    let mut crc32c = 0;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(crc32c),
            n_bytes => crc32c = crc32c::crc32c_append(crc32c, &piece[..n_bytes]),
        }
    }
}

/// How many bytes an answer says have arrived: `Range: bytes=0-<last>`, or nothing for none.
fn n_arrived(response: &Response) -> Result<u64, ServiceError> {
    let Some(range) = response.headers().get(RANGE) else { return Ok(0) };
    let last = range.to_str().ok().and_then(|range| range.rsplit_once('-')?.1.parse::<u64>().ok());
    last.map(|last| last + 1).ok_or_else(|| bad_answer("a range that is none"))
}

fn bad_answer(problem: &str) -> ServiceError {
    ServiceError::BadAnswer { service: SERVICE, problem: problem.to_owned() }
}
