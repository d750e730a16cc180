//! Cloud Storage over its JSON interface.

use std::io::{Read as _, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use reqwest::blocking::Response;
use reqwest::header::{ACCEPT_ENCODING, RANGE};
use serde_json::Value as Json;

use super::error::Doing;
use super::upload::upload;
use crate::storage::{GsUrl, ObjectMetadata, ObjectStorage, StorageError, UploadOptions, Uploaded};
use crate::{AccessTokens, ApiClient, Authorization, RetryPolicy, ServiceAccountKey, ServiceError};

pub(super) const SERVICE: &str = "Cloud Storage";
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";
const GOOGLE_URL: &str = "https://storage.googleapis.com";
const EMULATOR_VARIABLE: &str = "STORAGE_EMULATOR_HOST";

/// A whole object can take long; connections that hang are noticed by what they fail to send.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);

const PIECE_BYTES: usize = 1024 * 1024;

/// Buckets at Google, or at an emulator.
#[derive(Debug, Clone)]
pub struct CloudStorage {
    pub(super) api: ApiClient,
}

impl CloudStorage {
    /// The buckets that the account may use: at Google, or at the emulator that
    /// `STORAGE_EMULATOR_HOST` names.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the variable names no host.
    pub fn of_account(key: &ServiceAccountKey) -> Result<Self, StorageError> {
        let retries = RetryPolicy::default();
        match std::env::var(EMULATOR_VARIABLE).ok().filter(|host| !host.is_empty()) {
            Some(host) if host.contains("://") => {
                Self::new(&host, Authorization::Emulator, retries)
            }
            Some(host) => Self::new(&format!("http://{host}"), Authorization::Emulator, retries),
            None => {
                let tokens = AccessTokens::new(key.clone(), SCOPE, retries);
                Self::new(GOOGLE_URL, Authorization::Tokens(tokens), retries)
            }
        }
    }

    /// The buckets at the server `url`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when `url` is no URL.
    pub fn new(
        url: &str,
        authorization: Authorization,
        retries: RetryPolicy,
    ) -> Result<Self, StorageError> {
        let api = ApiClient::new(SERVICE, url, authorization, retries);
        Ok(Self { api: api.map_err(StorageError::Setup)? })
    }

    fn object_url(&self, url: &GsUrl) -> reqwest::Url {
        self.api.url(["storage", "v1", "b", url.bucket(), "o", url.object()])
    }

    /// Asks for the bytes of an object from `offset` on.
    fn get_from(&self, url: &GsUrl, offset: u64) -> Result<Response, StorageError> {
        let mut link = self.object_url(url);
        link.query_pairs_mut().append_pair("alt", "media");
        let response = self.api.send(|http| {
            http.get(link.clone())
                .timeout(DOWNLOAD_TIMEOUT)
                // The bytes as they are stored.
                .header(ACCEPT_ENCODING, "identity")
                .header(RANGE, format!("bytes={offset}-"))
        });
        response.map_err(Doing::Reading.at(url))
    }
}

impl ObjectStorage for CloudStorage {
    fn metadata(&self, url: &GsUrl) -> Result<Option<ObjectMetadata>, StorageError> {
        match self.api.get(&self.object_url(url)) {
            Ok(json) => metadata(&json).map(Some).map_err(Doing::Reading.at(url)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Doing::Reading.at(url)(error)),
        }
    }

    fn download(&self, url: &GsUrl, out: &mut dyn Write) -> Result<(), StorageError> {
        let reading = Doing::Reading.at(url);
        let Some(metadata) = self.metadata(url)? else {
            return Err(StorageError::Missing { url: url.clone() });
        };
        let mut n_done = 0;
        let mut crc32c = 0;
        let mut n_broken = 0;
        let mut piece = vec![0; PIECE_BYTES];
        while n_done < metadata.size_bytes {
            let mut response = self.get_from(url, n_done)?;
            // Who does not know ranges begins at the start.
            let mut n_to_skip = if response.status().as_u16() == 206 { 0 } else { n_done };
            let ended = loop {
                let n_bytes = match response.read(&mut piece) {
                    Ok(0) => break Ok(()),
                    Ok(n_bytes) => n_bytes,
                    Err(error) => break Err(error),
                };
                let n_skipped = usize::try_from(n_to_skip).unwrap_or(usize::MAX).min(n_bytes);
                n_to_skip -= n_skipped as u64;
                let new = &piece[n_skipped..n_bytes];
                out.write_all(new)
                    .map_err(|source| StorageError::Out { url: url.clone(), source })?;
                crc32c = crc32c::crc32c_append(crc32c, new);
                n_done += new.len() as u64;
            };
            if n_done < metadata.size_bytes {
                n_broken += 1;
                if self.api.retries().n_retries < n_broken {
                    let problem = match ended {
                        Ok(()) => "it ended too early".to_owned(),
                        Err(error) => format!("it broke off ({})", error.kind()),
                    };
                    return Err(reading(ServiceError::BadAnswer { service: SERVICE, problem }));
                }
            }
        }
        match metadata.crc32c {
            Some(expected) if expected != crc32c => Err(StorageError::Damaged { url: url.clone() }),
            _ => Ok(()),
        }
    }

    fn list(&self, prefix: &GsUrl) -> Result<Vec<ObjectMetadata>, StorageError> {
        let listing = Doing::Listing.at(prefix);
        let mut objects = Vec::new();
        let mut page_token = String::new();
        loop {
            let mut link = self.api.url(["storage", "v1", "b", prefix.bucket(), "o"]);
            link.query_pairs_mut()
                .append_pair("prefix", prefix.object())
                .append_pair("pageToken", &page_token);
            let answer = self.api.get(&link).map_err(listing)?;
            for item in answer["items"].as_array().into_iter().flatten() {
                objects.push(metadata(item).map_err(listing)?);
            }
            match answer["nextPageToken"].as_str() {
                Some(token) if !token.is_empty() => page_token = token.to_owned(),
                _ => break,
            }
        }
        objects.sort_by(|one, other| one.url.cmp(&other.url));
        Ok(objects)
    }

    fn upload(
        &self,
        url: &GsUrl,
        file: &Path,
        options: UploadOptions<'_>,
    ) -> Result<Uploaded, StorageError> {
        upload(self, url, file, options)
    }

    fn write(&self, url: &GsUrl, bytes: &[u8]) -> Result<(), StorageError> {
        let mut link = self.api.url(["upload", "storage", "v1", "b", url.bucket(), "o"]);
        link.query_pairs_mut().append_pair("uploadType", "media").append_pair("name", url.object());
        let written = self.api.json(|http| {
            http.post(link.clone())
                .header("content-type", "application/octet-stream")
                .body(bytes.to_vec())
        });
        let written = metadata(&written.map_err(Doing::Writing.at(url))?);
        check(url, &written.map_err(Doing::Writing.at(url))?, bytes.len() as u64, || {
            crc32c::crc32c(bytes)
        })
    }
}

/// Refuses an object that does not have the bytes that were sent.
pub(super) fn check(
    url: &GsUrl,
    written: &ObjectMetadata,
    size_bytes: u64,
    crc32c: impl FnOnce() -> u32,
) -> Result<(), StorageError> {
    let is_whole = written.size_bytes == size_bytes
        && written.crc32c.is_none_or(|written| written == crc32c());
    match is_whole {
        true => Ok(()),
        false => Err(StorageError::Damaged { url: url.clone() }),
    }
}

/// The metadata in an answer.
pub(super) fn metadata(json: &Json) -> Result<ObjectMetadata, ServiceError> {
    let read = || {
        let text = |key: &str| json[key].as_str();
        let url = GsUrl::new(text("bucket")?, text("name")?).ok()?;
        let crc32c = text("crc32c").and_then(|text| STANDARD.decode(text).ok());
        let crc32c = crc32c.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        let updated_at = text("updated").or_else(|| text("timeCreated"));
        let updated_at = updated_at.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Some(ObjectMetadata {
            url,
            size_bytes: text("size")?.parse().ok()?,
            crc32c,
            updated_at: updated_at?.to_utc(),
        })
    };
    read().ok_or_else(|| ServiceError::BadAnswer {
        service: SERVICE,
        problem: "the metadata of an object lack something".to_owned(),
    })
}
