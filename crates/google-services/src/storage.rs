//! Objects in buckets: Cloud Storage, or directories on this machine.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, Utc};

mod cloud;
mod error;
mod local;
mod upload;
mod url;

pub use cloud::CloudStorage;
pub use error::StorageError;
pub use local::LocalStorage;
pub use upload::crc32c_of;
pub use url::{BadGsUrl, GsUrl};

use crate::Credentials;

/// Buckets with objects.
pub trait ObjectStorage: fmt::Debug + Send + Sync {
    /// What is known of an object; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    fn metadata(&self, url: &GsUrl) -> Result<Option<ObjectMetadata>, StorageError>;

    /// Writes the bytes of an object to `out`, and checks them.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; `out` may have got some of the bytes.
    fn download(&self, url: &GsUrl, out: &mut dyn Write) -> Result<(), StorageError>;

    /// The objects whose names begin with that of `prefix`, by name.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    fn list(&self, prefix: &GsUrl) -> Result<Vec<ObjectMetadata>, StorageError>;

    /// Makes or replaces an object with the bytes of a file, piece by piece, and checks that all
    /// arrived. Nothing is sent when the object has the same bytes.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; the object is as it was. [`StorageError::OtherBytes`] when there is
    /// another that is to be kept.
    fn upload(
        &self,
        url: &GsUrl,
        file: &Path,
        options: UploadOptions<'_>,
    ) -> Result<Uploaded, StorageError>;

    /// Makes or replaces a small object.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; the object is as it was.
    fn write(&self, url: &GsUrl, bytes: &[u8]) -> Result<(), StorageError>;

    /// The CRC-32C of the bytes of an object; where the service does not tell it, they are read.
    ///
    /// # Errors
    ///
    /// [`StorageError`], also when there is no such object.
    fn crc32c(&self, object: &ObjectMetadata) -> Result<u32, StorageError> {
        if let Some(crc32c) = object.crc32c {
            return Ok(crc32c);
        }
        let mut bytes = Crc32c(0);
        self.download(&object.url, &mut bytes)?;
        Ok(bytes.0)
    }

    /// The bytes of a small object.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    fn read(&self, url: &GsUrl) -> Result<Vec<u8>, StorageError> {
        let mut bytes = Vec::new();
        self.download(url, &mut bytes)?;
        Ok(bytes)
    }

    /// The text of a small object, e.g. a token; errors never show it.
    ///
    /// # Errors
    ///
    /// [`StorageError`], also when it is not UTF-8.
    fn read_text(&self, url: &GsUrl) -> Result<String, StorageError> {
        String::from_utf8(self.read(url)?).map_err(|_| StorageError::NotText { url: url.clone() })
    }
}

/// Takes bytes for their checksum only.
struct Crc32c(u32);

impl Write for Crc32c {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = crc32c::crc32c_append(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMetadata {
    /// Where it is.
    pub url: GsUrl,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// The CRC-32C of its bytes, where it is known without reading them.
    pub crc32c: Option<u32>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}

/// How a file is uploaded.
#[derive(Clone, Copy, Default)]
pub struct UploadOptions<'a> {
    /// A file that remembers where an upload stopped, so that another process can go on there.
    /// It is a secret while it exists, and removed at the end.
    pub session_file: Option<&'a Path>,
    /// Is told how many bytes have arrived.
    pub progress: Option<&'a dyn Fn(u64)>,
    /// What happens to an object that is there already.
    pub existing: Existing,
}

/// What happens to an object with other bytes that has the name of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// It is replaced.
    #[default]
    Replace,
    /// It is kept, and the upload fails.
    Keep,
}

/// What an upload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploaded {
    /// The object was written.
    Written,
    /// The object had the same bytes.
    WasThere,
}

/// The buckets that belong to `credentials`.
///
/// # Errors
///
/// [`StorageError`] when `STORAGE_EMULATOR_HOST` names no host.
pub fn open(credentials: &Credentials) -> Result<Box<dyn ObjectStorage>, StorageError> {
    match credentials {
        Credentials::ServiceAccount(key) => Ok(Box::new(CloudStorage::of_account(key)?)),
        Credentials::Local(local) => Ok(Box::new(LocalStorage::new(&local.root))),
    }
}

impl Credentials {
    /// Reads credentials that are an object in one of the buckets of these credentials.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; it never shows what the object says.
    pub fn read_from_bucket(&self, url: &GsUrl) -> Result<Self, StorageError> {
        let text = open(self)?.read_text(url)?;
        let base = match self {
            Self::Local(local) => Some(&*local.root),
            Self::ServiceAccount(_) => None,
        };
        Ok(Self::parse(&url.to_string(), &text, base)?)
    }
}

impl fmt::Debug for UploadOptions<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session_file, progress: _, existing } = self;
        out.debug_struct("UploadOptions")
            .field("session_file", session_file)
            .field("existing", existing)
            .finish()
    }
}
