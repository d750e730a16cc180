//! Google Drive over its REST interface, version 3.

use std::path::Path;

use reqwest::Url;
use reqwest::blocking::Response;
use serde_json::{Value as Json, json};

use super::upload::md5_of;
use crate::drive::{Drive, DriveError, Item, ItemId, ItemKind};
use crate::resumable::ResumableUpload;
use crate::{AccessTokens, ApiClient, Authorization, RetryPolicy, ServiceAccountKey, ServiceError};

const SERVICE: &str = "Google Drive";
/// Smaller scopes show only what the account itself made, not what is shared with it.
const SCOPE: &str = "https://www.googleapis.com/auth/drive";
const GOOGLE_URL: &str = "https://www.googleapis.com";
const EMULATOR_VARIABLE: &str = "DRIVE_EMULATOR_HOST";

const FOLDER: &str = "application/vnd.google-apps.folder";
/// The types of folders, documents, tables, shortcuts: what has no bytes.
const GOOGLE_TYPES: &str = "application/vnd.google-apps.";

/// As many as Drive gives.
const PAGE_SIZE: &str = "1000";

/// Drive at Google, or at an emulator.
#[derive(Debug, Clone)]
pub struct GoogleDrive {
    api: ApiClient,
    account: String,
}

impl GoogleDrive {
    /// What the account may see: at Google, or at the emulator that `DRIVE_EMULATOR_HOST` names.
    ///
    /// # Errors
    ///
    /// [`DriveError`] when the variable names no host.
    pub fn of_account(key: &ServiceAccountKey) -> Result<Self, DriveError> {
        let retries = RetryPolicy::default();
        let account = &key.client_email;
        match std::env::var(EMULATOR_VARIABLE).ok().filter(|host| !host.is_empty()) {
            Some(host) => {
                let url = if host.contains("://") { host } else { format!("http://{host}") };
                Self::new(&url, account, Authorization::Emulator, retries)
            }
            None => {
                let tokens = AccessTokens::new(key.clone(), SCOPE, retries);
                Self::new(GOOGLE_URL, account, Authorization::Tokens(tokens), retries)
            }
        }
    }

    /// What `account` may see at the server `url`.
    ///
    /// # Errors
    ///
    /// [`DriveError`] when `url` is no URL.
    pub fn new(
        url: &str,
        account: &str,
        authorization: Authorization,
        retries: RetryPolicy,
    ) -> Result<Self, DriveError> {
        let api = ApiClient::new(SERVICE, url, authorization, retries)?;
        Ok(Self { api, account: account.to_owned() })
    }

    /// All files that `query` finds, also in shared drives.
    fn find(&self, query: &str) -> Result<Vec<Json>, ServiceError> {
        let mut link = self.api.url(["drive", "v3", "files"]);
        link.query_pairs_mut()
            .append_pair("q", query)
            .append_pair("fields", "nextPageToken,files(id,name,mimeType,md5Checksum)")
            .append_pair("pageSize", PAGE_SIZE)
            .append_pair("includeItemsFromAllDrives", "true")
            .append_pair("supportsAllDrives", "true");
        self.pages(&link, "files")
    }

    /// The items under `key` of all pages of an answer.
    fn pages(&self, link: &Url, key: &str) -> Result<Vec<Json>, ServiceError> {
        let mut items = Vec::new();
        let mut page = link.clone();
        loop {
            let answer = self.api.get(&page)?;
            items.extend(answer[key].as_array().into_iter().flatten().cloned());
            match answer["nextPageToken"].as_str() {
                Some(token) => {
                    page = link.clone();
                    page.query_pairs_mut().append_pair("pageToken", token);
                }
                None => return Ok(items),
            }
        }
    }

    /// An id for something new. With it a request that is sent again makes nothing twice.
    fn new_id(&self) -> Result<String, ServiceError> {
        let mut link = self.api.url(["drive", "v3", "files", "generateIds"]);
        link.query_pairs_mut().append_pair("count", "1");
        let answer = self.api.get(&link)?;
        answer["ids"][0].as_str().map(str::to_owned).ok_or_else(|| bad_answer("no id"))
    }

    fn begin_create(&self, metadata: &Json, size_bytes: u64) -> Result<Response, ServiceError> {
        let link = self.upload_url(["upload", "drive", "v3", "files"]);
        self.api.send(|http| {
            http.post(link.clone()).header("x-upload-content-length", size_bytes).json(metadata)
        })
    }

    fn begin_update(&self, id: &str, size_bytes: u64) -> Result<Response, ServiceError> {
        let link = self.upload_url(["upload", "drive", "v3", "files", id]);
        self.api.send(|http| {
            http.patch(link.clone()).header("x-upload-content-length", size_bytes).json(&json!({}))
        })
    }

    fn upload_url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut link = self.api.url(segments);
        link.query_pairs_mut()
            .append_pair("uploadType", "resumable")
            .append_pair("supportsAllDrives", "true")
            .append_pair("fields", "id,md5Checksum");
        link
    }

    fn send_update(&self, id: &str, source: &Path, md5: &str) -> Result<(), DriveError> {
        let mut upload = ResumableUpload::new(&self.api, source, None)?;
        let size_bytes = upload.size_bytes();
        check(&upload.send(&|| self.begin_update(id, size_bytes))?, md5)
    }
}

impl Drive for GoogleDrive {
    fn shared_folders(&self, name: &str) -> Result<Vec<ItemId>, DriveError> {
        let name_is = format!("name = '{}'", escaped(name));
        let found = self.find(&format!(
            "sharedWithMe = true and trashed = false and mimeType = '{FOLDER}' and {name_is}"
        ))?;
        if !found.is_empty() {
            return ids_of(&found, name);
        }
        // A shared drive that the account is a member of is no folder in “shared with me”.
        let mut link = self.api.url(["drive", "v3", "drives"]);
        link.query_pairs_mut()
            .append_pair("q", &name_is)
            .append_pair("fields", "nextPageToken,drives(id,name)");
        ids_of(&self.pages(&link, "drives")?, name)
    }

    fn children(&self, folder: &ItemId) -> Result<Vec<Item>, DriveError> {
        let query = format!("'{}' in parents and trashed = false", escaped(&folder.0));
        let found = self.find(&query)?;
        Ok(found.iter().map(item).collect::<Result<_, _>>()?)
    }

    fn create_folder(&self, parent: &ItemId, name: &str) -> Result<ItemId, DriveError> {
        let id = self.new_id()?;
        let mut link = self.api.url(["drive", "v3", "files"]);
        link.query_pairs_mut().append_pair("supportsAllDrives", "true").append_pair("fields", "id");
        let folder = json!({ "id": id, "name": name, "mimeType": FOLDER, "parents": [parent.0] });
        match self.api.post(&link, &folder) {
            Ok(_) => Ok(ItemId(id)),
            // An earlier request made it, whose answer was lost.
            Err(error) if error.is_conflict() => Ok(ItemId(id)),
            Err(error) => Err(error.into()),
        }
    }

    fn create_file(&self, parent: &ItemId, name: &str, source: &Path) -> Result<(), DriveError> {
        let id = self.new_id()?;
        let md5 = md5_of(source)?;
        let mut upload = ResumableUpload::new(&self.api, source, None)?;
        let metadata = json!({
            "id": id,
            "name": name,
            "parents": [parent.0],
            "mimeType": media_type(name),
        });
        let size_bytes = upload.size_bytes();
        match upload.send(&|| self.begin_create(&metadata, size_bytes)) {
            Ok(created) => check(&created, &md5),
            Err(error) if error.is_conflict() => self.send_update(&id, source, &md5),
            Err(error) => Err(error.into()),
        }
    }

    fn update_file(&self, file: &ItemId, source: &Path) -> Result<(), DriveError> {
        self.send_update(&file.0, source, &md5_of(source)?)
    }

    fn account(&self) -> Option<&str> {
        Some(&self.account)
    }
}

/// Refuses a file that does not have the bytes that were sent.
fn check(written: &Json, md5: &str) -> Result<(), DriveError> {
    match written["md5Checksum"].as_str() {
        Some(written) if written == md5 => Ok(()),
        Some(_) => Err(DriveError::Damaged),
        None => Err(bad_answer("no checksum of a file").into()),
    }
}

fn item(json: &Json) -> Result<Item, ServiceError> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let read = || {
        let media_type = text("mimeType")?;
        let kind = match media_type.as_str() {
            FOLDER => ItemKind::Folder,
            google if google.starts_with(GOOGLE_TYPES) => ItemKind::Document,
            _ => ItemKind::File { md5: text("md5Checksum") },
        };
        Some(Item { id: ItemId(text("id")?), name: text("name")?, kind })
    };
    read().ok_or_else(|| bad_answer("a file lacks its id, name or type"))
}

/// The ids of those that are really called `name`: Drive finds more than it is asked for.
fn ids_of(found: &[Json], name: &str) -> Result<Vec<ItemId>, DriveError> {
    let id = |json: &Json| json["id"].as_str().map(|id| ItemId(id.to_owned()));
    let of_name = found.iter().filter(|json| json["name"].as_str() == Some(name));
    let ids: Option<Vec<ItemId>> = of_name.map(id).collect();
    Ok(ids.ok_or_else(|| bad_answer("a folder lacks its id"))?)
}

/// A text within quotes of a query.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") => "text/csv",
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn bad_answer(problem: &str) -> ServiceError {
    ServiceError::BadAnswer { service: SERVICE, problem: problem.to_owned() }
}
