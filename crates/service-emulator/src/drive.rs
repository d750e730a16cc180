//! Google Drive, as a service account sees it: version 3 of its REST interface.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /drive/v3/files?q=…` | finds files, page by page |
//! | `GET /drive/v3/files/generateIds` | gives ids for files to come |
//! | `GET /drive/v3/files/{id}` | says what a file is; with `alt=media` its bytes |
//! | `POST /drive/v3/files` | makes a file without bytes, such as a folder |
//! | `GET /drive/v3/drives?q=…` | finds shared drives |
//! | `POST /upload/drive/v3/files`, `PATCH /upload/drive/v3/files/{id}` | begins an upload |
//! | `PUT /upload/drive/v3/sessions/{number}` | takes a piece of it, or says how much there is |
//!
//! Answers have the fields that were asked for. Files of shared drives are hidden from who does not
//! ask for them. Several files of one folder can have the same name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, patch, post, put};

mod answers;
mod query;
mod requests;
mod sessions;

use sessions::Session;

pub(crate) const FOLDER: &str = "application/vnd.google-apps.folder";
const TABLE: &str = "application/vnd.google-apps.spreadsheet";

/// A Drive. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Server(Arc<Mutex<Inside>>);

/// A file, folder or document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What tells it from all others.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime_type: String,
    /// The folder that it is in, or the shared drive.
    pub parent: Option<String>,
    /// The shared drive that it is in.
    pub drive: Option<String>,
    /// What it holds; folders and documents have no bytes.
    pub bytes: Option<Vec<u8>>,
    /// Whether it is in “shared with me”.
    pub is_shared: bool,
    /// Whether the account may change it and what is in it.
    pub is_writable: bool,
    /// Whether it is in the trash.
    pub is_trashed: bool,
}

/// What a Drive has, and what goes wrong in it.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    entries: BTreeMap<String, Entry>,
    /// Names of shared drives, by id.
    drives: BTreeMap<String, String>,
    sessions: Vec<Session>,
    n_ids: usize,
    page_size: Option<usize>,
    n_parts: usize,
    n_damaged: usize,
    is_full: bool,
}

impl Server {
    /// Somebody shares a new folder with the account; gives its id.
    pub fn share_folder(&self, name: &str) -> String {
        let id = self.add(name, FOLDER, None, None);
        self.change(&id, |entry| entry.is_shared = true);
        id
    }

    /// The account becomes a member of a new shared drive; gives its id.
    pub fn add_shared_drive(&self, name: &str) -> String {
        let mut inside = self.lock();
        let id = inside.new_id();
        inside.drives.insert(id.clone(), name.to_owned());
        id
    }

    /// Adds a folder to another; gives its id.
    pub fn add_folder(&self, parent: &str, name: &str) -> String {
        self.add(name, FOLDER, Some(parent), None)
    }

    /// Adds a file to a folder; gives its id.
    pub fn add_file(&self, parent: &str, name: &str, bytes: &[u8]) -> String {
        self.add(name, "text/csv", Some(parent), Some(bytes))
    }

    /// Adds a table of Google's own to a folder; gives its id.
    pub fn add_table(&self, parent: &str, name: &str) -> String {
        self.add(name, TABLE, Some(parent), None)
    }

    /// Changes something that is there.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.lock().entries.get_mut(id) {
            change(entry);
        }
    }

    /// Answers have at most so many files.
    pub fn set_page_size(&self, page_size: usize) {
        self.lock().page_size = Some(page_size);
    }

    /// Of the next `n_pieces` of uploads only a part is kept.
    pub fn keep_part_of(&self, n_pieces: usize) {
        self.lock().n_parts = n_pieces;
    }

    /// The bytes of the next `n_files` files that are uploaded are damaged.
    pub fn damage(&self, n_files: usize) {
        self.lock().n_damaged = n_files;
    }

    /// All uploads that are under way have to begin again.
    pub fn forget_sessions(&self) {
        for session in &mut self.lock().sessions {
            session.is_gone = true;
        }
    }

    /// The account has no space of its own.
    pub fn fill(&self) {
        self.lock().is_full = true;
    }

    /// Everything that is there, by id.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.values().cloned().collect()
    }

    /// The bytes of all files, by path; of several with one path those of the last.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let inside = self.lock();
        let with_bytes = |entry: &Entry| Some((inside.path(entry), entry.bytes.clone()?));
        inside.entries.values().filter_map(with_bytes).collect()
    }

    fn add(
        &self,
        name: &str,
        mime_type: &str,
        parent: Option<&str>,
        bytes: Option<&[u8]>,
    ) -> String {
        let mut inside = self.lock();
        let id = inside.new_id();
        let drive = parent.and_then(|parent| inside.drive_of(parent));
        inside.insert(Entry {
            id: id.clone(),
            name: name.to_owned(),
            mime_type: mime_type.to_owned(),
            parent: parent.map(str::to_owned),
            drive,
            bytes: bytes.map(<[u8]>::to_vec),
            is_shared: false,
            is_writable: true,
            is_trashed: false,
        });
        id
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn new_id(&mut self) -> String {
        self.n_ids += 1;
        format!("made-up-id-{:04}", self.n_ids)
    }

    fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.id.clone(), entry);
    }

    /// The shared drive that a folder is in, or is.
    fn drive_of(&self, folder: &str) -> Option<String> {
        match self.drives.contains_key(folder) {
            true => Some(folder.to_owned()),
            false => self.entries.get(folder)?.drive.clone(),
        }
    }

    fn path(&self, entry: &Entry) -> String {
        let above = entry.parent.as_ref().and_then(|parent| {
            let drive = || self.drives.get(parent).cloned();
            self.entries.get(parent).map(|entry| self.path(entry)).or_else(drive)
        });
        match above {
            Some(above) => format!("{above}/{}", entry.name),
            None => entry.name.clone(),
        }
    }
}

/// The paths of Drive.
pub fn router(server: Server) -> Router {
    Router::new()
        .route("/drive/v3/files", get(requests::list).post(requests::create))
        .route("/drive/v3/files/generateIds", get(requests::generate_ids))
        .route("/drive/v3/files/{id}", get(requests::file))
        .route("/drive/v3/drives", get(requests::drives))
        .route("/upload/drive/v3/files", post(sessions::begin_create))
        .route("/upload/drive/v3/files/{id}", patch(sessions::begin_update))
        .route("/upload/drive/v3/sessions/{number}", put(sessions::take))
        .layer(DefaultBodyLimit::disable())
        .with_state(server)
}
