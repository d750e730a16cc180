//! Removes old archives and profiles of this machine that are safe in a bucket.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_root::{FileError, Operation};
use google_services::storage::{
    BadGsUrl, GsUrl, ObjectMetadata, ObjectStorage, StorageError, crc32c_of,
};

use crate::upload::in_directory;

/// The files of one kind, and where they are kept.
#[derive(Debug, Clone, Copy)]
pub struct OldFiles<'a> {
    /// The directory on this machine.
    pub directory: &'a Path,
    /// What the names of the files begin with, e.g. `data-`.
    pub name_start: &'a str,
    /// What they end with, one of these, e.g. `.tar.gzip`.
    pub name_ends: &'a [&'a str],
    /// The bucket.
    pub bucket: &'a str,
    /// The folder in it.
    pub bucket_directory: &'a str,
    /// The file that is never removed.
    pub newest: &'a Path,
}

/// Old files could not be looked at or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OldFilesError {
    /// A file or directory on this machine cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The bucket cannot be looked at.
    #[error("could not find out whether old files are safe in their bucket")]
    Storage(#[from] StorageError),
    /// The bucket of the configuration is none.
    #[error(transparent)]
    BadUrl(#[from] BadGsUrl),
}

impl OldFilesError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Storage(error) => error.hint(),
            Self::BadUrl(_) => None,
        }
    }
}

/// Removes files that were last changed before `before` and whose bytes are in the bucket; gives
/// the paths of those.
///
/// A file counts as safe only when the bucket has an object of its name, be there a run id before
/// it, with its size and checksum. The others stay, with a warning.
///
/// # Errors
///
/// [`OldFilesError`].
pub fn remove_old(
    storage: &dyn ObjectStorage,
    files: &OldFiles<'_>,
    before: SystemTime,
) -> Result<Vec<PathBuf>, OldFilesError> {
    let old = files.find(before)?;
    if old.is_empty() {
        return Ok(Vec::new());
    }
    let objects =
        storage.list(&GsUrl::new(files.bucket, &in_directory(files.bucket_directory, ""))?)?;
    let mut removed = Vec::new();
    for (path, metadata) in old {
        match is_safe(storage, &objects, &path, &metadata)? {
            true => {
                data_root::remove(&path)?;
                tracing::info!(path = %path.display(), "Removed an old file; it is in the bucket.");
                removed.push(path);
            }
            false => tracing::warn!(
                path = %path.display(),
                "Kept an old file: the bucket has nothing of its name with its bytes."
            ),
        }
    }
    Ok(removed)
}

impl OldFiles<'_> {
    /// The old files, by name.
    fn find(&self, before: SystemTime) -> Result<Vec<(PathBuf, Metadata)>, FileError> {
        let mut old = Vec::new();
        for path in data_root::list(self.directory)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_of_this_kind = name.starts_with(self.name_start)
                && self.name_ends.iter().any(|end| name.ends_with(end));
            if !is_of_this_kind || path.file_name() == self.newest.file_name() {
                continue;
            }
            let failed = |source| FileError::new(Operation::Read, &path, source);
            let metadata = std::fs::symlink_metadata(&path).map_err(failed)?;
            if metadata.is_file() && metadata.modified().map_err(failed)? < before {
                old.push((path, metadata));
            }
        }
        Ok(old)
    }
}

fn is_safe(
    storage: &dyn ObjectStorage,
    objects: &[ObjectMetadata],
    path: &Path,
    metadata: &Metadata,
) -> Result<bool, OldFilesError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_of_name = |object: &&ObjectMetadata| {
        let found = object.url.object().rsplit('/').next().unwrap_or_default();
        found == name || found.ends_with(&format!("-{name}"))
    };
    let failed = |source| FileError::new(Operation::Read, path, source);
    let crc32c = crc32c_of(path).map_err(failed)?;
    for object in objects.iter().filter(is_of_name) {
        if object.size_bytes == metadata.len() && storage.crc32c(object)? == crc32c {
            return Ok(true);
        }
    }
    Ok(false)
}
