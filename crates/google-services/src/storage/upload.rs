//! Files to objects of Cloud Storage.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_root::{FileError, Operation};
use reqwest::blocking::Response;
use serde_json::json;

use super::cloud::{CloudStorage, check, metadata};
use super::error::Doing;
use crate::ServiceError;
use crate::resumable::{ResumableUpload, SessionMemory};
use crate::storage::{Existing, GsUrl, ObjectStorage as _, StorageError, UploadOptions, Uploaded};

/// Uploads the file at `path` to the object at `url`, unless that has its bytes.
pub(super) fn upload(
    storage: &CloudStorage,
    url: &GsUrl,
    path: &Path,
    options: UploadOptions<'_>,
) -> Result<Uploaded, StorageError> {
    let writing = Doing::Writing.at(url);
    let file_error = Doing::Writing.file(url);
    let mut upload =
        ResumableUpload::new(&storage.api, path, options.progress).map_err(file_error)?;
    let crc32c = crc32c_of(path)
        .map_err(|source| file_error(FileError::new(Operation::Read, path, source)))?;
    let size_bytes = upload.size_bytes();
    let memory = options.session_file.map(|session_file| SessionMemory {
        path: session_file,
        upload: format!("{url} at {}, {size_bytes} bytes, CRC {crc32c:08x}", storage.api.url([])),
    });
    upload = upload.remembered_in(memory);
    if let Some(found) = what_is_there(storage, url, size_bytes, crc32c, options.existing)? {
        // The upload came to its end, and its process did not hear of it.
        upload.forget_session();
        return Ok(found);
    }
    let begin = || begin_session(storage, url, size_bytes, crc32c, options.existing);
    match upload.send(&begin) {
        Ok(written) => {
            let written = metadata(&written).map_err(writing)?;
            check(url, &written, size_bytes, || crc32c)?;
            Ok(Uploaded::Written)
        }
        // Somebody was faster, perhaps this very upload, whose end this process did not hear of.
        Err(error) if error.is_precondition_failed() => {
            what_is_there(storage, url, size_bytes, crc32c, options.existing)?
                .ok_or_else(|| writing(error))
        }
        Err(error) => Err(writing(error)),
    }
}

/// Whether the object has the bytes already; `None` when it is to be written.
fn what_is_there(
    storage: &CloudStorage,
    url: &GsUrl,
    size_bytes: u64,
    crc32c: u32,
    existing: Existing,
) -> Result<Option<Uploaded>, StorageError> {
    let Some(there) = storage.metadata(url)? else { return Ok(None) };
    let is_same = there.size_bytes == size_bytes && there.crc32c == Some(crc32c);
    match (is_same, existing) {
        (true, _) => Ok(Some(Uploaded::WasThere)),
        (false, Existing::Replace) => Ok(None),
        (false, Existing::Keep) => Err(StorageError::OtherBytes { url: url.clone() }),
    }
}

fn begin_session(
    storage: &CloudStorage,
    url: &GsUrl,
    size_bytes: u64,
    crc32c: u32,
    existing: Existing,
) -> Result<Response, ServiceError> {
    let mut link = storage.api.url(["upload", "storage", "v1", "b", url.bucket(), "o"]);
    link.query_pairs_mut().append_pair("uploadType", "resumable").append_pair("name", url.object());
    if existing == Existing::Keep {
        // Generation 0 is that of an object that does not exist.
        link.query_pairs_mut().append_pair("ifGenerationMatch", "0");
    }
    // The service refuses bytes that do not have this checksum, so no damaged object appears.
    let checksum = json!({ "crc32c": STANDARD.encode(crc32c.to_be_bytes()) });
    storage.api.send(|http| {
        http.post(link.clone()).header("x-upload-content-length", size_bytes).json(&checksum)
    })
}

/// The CRC-32C of a file on this machine.
///
/// # Errors
///
/// When it cannot be read.
pub fn crc32c_of(path: &Path) -> io::Result<u32> {
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
