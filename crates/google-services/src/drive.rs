//! Files in Google Drive, or in a directory on this machine.
//!
//! What is uploaded goes into folders that people shared with the service account ([`DrivePath`]).
//! Files are updated in place, so that links to them and who may see them stay; folders on the way
//! are made; nothing is ever removed or renamed ([`upload`]).

use std::fmt;
use std::path::Path;

mod cloud;
mod error;
mod local;
mod path;
mod upload;

pub use cloud::GoogleDrive;
pub use error::DriveError;
pub use local::LocalDrive;
pub use path::{BadDrivePath, DrivePath};
pub use upload::{DriveFile, DriveUploads, files_below, upload};

use crate::Credentials;
use crate::storage::GsUrl;

/// Folders and files.
pub trait Drive: fmt::Debug + Send + Sync {
    /// The folders called `name` that are shared with the account: one, if all is well.
    ///
    /// # Errors
    ///
    /// [`DriveError`].
    fn shared_folders(&self, name: &str) -> Result<Vec<ItemId>, DriveError>;

    /// What is directly in a folder, without what is in the trash.
    ///
    /// # Errors
    ///
    /// [`DriveError`].
    fn children(&self, folder: &ItemId) -> Result<Vec<Item>, DriveError>;

    /// Makes a folder in another.
    ///
    /// # Errors
    ///
    /// [`DriveError`].
    fn create_folder(&self, parent: &ItemId, name: &str) -> Result<ItemId, DriveError>;

    /// Makes a file with the bytes of `source`, and checks that all arrived.
    ///
    /// # Errors
    ///
    /// [`DriveError`].
    fn create_file(&self, parent: &ItemId, name: &str, source: &Path) -> Result<(), DriveError>;

    /// Gives a file the bytes of `source`, and checks that all arrived. Its name, place and who may
    /// see it stay.
    ///
    /// # Errors
    ///
    /// [`DriveError`].
    fn update_file(&self, file: &ItemId, source: &Path) -> Result<(), DriveError>;

    /// With whom people share a folder, where that matters.
    fn account(&self) -> Option<&str>;
}

/// What tells a file or folder from all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub(crate) String);

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What tells it from all others.
    pub id: ItemId,
    /// Its name; others in its folder can have the same.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
}

/// What something in a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// A folder.
    Folder,
    /// A file with bytes.
    File {
        /// The MD5 of its bytes in lower-case hex, where Drive tells it.
        md5: Option<String>,
    },
    /// A document of Google's own, a shortcut: people's, never touched.
    Document,
}

/// The Drive that belongs to `credentials`.
///
/// # Errors
///
/// [`DriveError`] when `DRIVE_EMULATOR_HOST` names no host.
pub fn open(credentials: &Credentials) -> Result<Box<dyn Drive>, DriveError> {
    match credentials {
        Credentials::ServiceAccount(key) => Ok(Box::new(GoogleDrive::of_account(key)?)),
        Credentials::Local(local) => Ok(Box::new(LocalDrive::new(&local.root))),
    }
}

/// Uploads files of a stage to the Drive of its project; `on_files` is told how many more are done.
///
/// The credentials of Drive are at `drive_credentials_url` in a bucket of the credentials in
/// `credentials_file`.
///
/// # Errors
///
/// [`DriveError`]; files that are done stay done, and are skipped when this is tried again.
pub fn upload_for_stage(
    credentials_file: &Path,
    drive_credentials_url: &str,
    data_root: &Path,
    files: &[DriveFile],
    on_files: &(dyn Fn(u64) + Sync),
) -> Result<DriveUploads, DriveError> {
    let outer = Credentials::read(credentials_file)?;
    outer.check_outside(data_root)?;
    let url: GsUrl = drive_credentials_url.parse().map_err(crate::StorageError::from)?;
    let credentials = outer.read_from_bucket(&url)?;
    credentials.check_outside(data_root)?;
    upload(&*open(&credentials)?, files, on_files)
}
