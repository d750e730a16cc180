//! Brings back the files of an archive, all or none.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use data_root::{FileError, FileLock, Operation};

use crate::backups_directory::sync_directory;
use crate::encryption::SecretKeys;
use crate::read::{Destination, read_archive, verify};
use crate::space::{check_free_space, restored_bytes};
use crate::{ArchiveError, Contents, OnBytes};

/// Beside the directory to restore, so that a lock outlives the staging directory's new name.
const LOCK_ENDING: &str = "restore.lock";

/// Makes `directory` from the archive at `archive`, with one of `keys` when that is encrypted.
///
/// The archive is read twice: nothing is written before it was found whole. The directory appears
/// with all its files or not at all. `on_bytes` is told about bytes of files, each twice.
///
/// # Errors
///
/// [`ArchiveError`] when the archive is not whole, `directory` is there and not empty, or the disk
/// is full; nothing is left behind then.
pub fn restore(
    archive: &Path,
    directory: &Path,
    keys: &SecretKeys,
    on_bytes: OnBytes<'_>,
) -> Result<Contents, ArchiveError> {
    refuse_not_empty(directory)?;
    let contents = verify(archive, keys, on_bytes)?;
    let staging = Staging::create(directory)?;
    check_free_space(staging.beside(), restored_bytes(contents.n_bytes, contents.n_files))?;
    let file = data_root::open(archive)?;
    let to = Destination::Staging(&staging);
    let contents = read_archive(file, archive, keys, to, on_bytes)?;
    staging.commit()?;
    Ok(contents)
}

/// A directory in which files are gathered, beside the one that it becomes; removed when dropped.
pub(crate) struct Staging {
    path: PathBuf,
    final_path: PathBuf,
    lock_path: PathBuf,
    /// Held, never looked at; `None` where there are no locks.
    _lock: Option<FileLock>,
}

/// A file that is being restored.
pub(crate) struct RestoredFile {
    file: File,
    path: PathBuf,
}

impl Staging {
    fn create(final_path: &Path) -> Result<Self, ArchiveError> {
        let final_path = std::path::absolute(final_path)
            .map_err(|source| FileError::new(Operation::CreateDirectory, final_path, source))?;
        let (Some(above), Some(name)) = (final_path.parent(), final_path.file_name()) else {
            return Err(ArchiveError::NotEmpty { directory: final_path });
        };
        data_root::create_directory(above)?;
        let hidden = |ending: &str| {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{ending}"));
            above.join(hidden)
        };
        let lock_path = hidden(LOCK_ENDING);
        let path = hidden("restoring");
        let lock = match FileLock::try_exclusive(&lock_path) {
            Ok(None) => return Err(ArchiveError::BeingRestored { directory: final_path }),
            Err(error) if error.is_without_locks() => None,
            taken => taken?,
        };
        // What a killed process left.
        remove_directory(&path)?;
        let staging = Self { path, lock_path, _lock: lock, final_path: final_path.clone() };
        data_root::create_directory(&staging.path)?;
        Ok(staging)
    }

    fn beside(&self) -> &Path {
        self.final_path.parent().unwrap_or(Path::new("."))
    }

    /// Makes the directory `inside`, a path that does not leave this one.
    pub(crate) fn create_directory(&self, inside: &Path) -> Result<(), ArchiveError> {
        Ok(data_root::create_directory(&self.path.join(inside))?)
    }

    /// Begins the file `inside`.
    pub(crate) fn create_file(&self, inside: &Path) -> Result<RestoredFile, ArchiveError> {
        let path = self.path.join(inside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&path)
            .map_err(|source| FileError::new(Operation::Create, &path, source))?;
        Ok(RestoredFile { file, path })
    }

    fn commit(self) -> Result<(), ArchiveError> {
        refuse_not_empty(&self.final_path)?;
        sync_directories(&self.path)?;
        let failed = |source| FileError::new(Operation::Replace, &self.final_path, source);
        // An empty directory of the final name is replaced by this.
        std::fs::rename(&self.path, &self.final_path).map_err(failed)?;
        Ok(sync_directory(self.beside())?)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next restoration.
        let _ = remove_directory(&self.path);
        let _ = std::fs::remove_file(&self.lock_path);
    }
}

impl RestoredFile {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| FileError::new(Operation::Write, &self.path, source))
    }

    pub(crate) fn finish(self, modified_secs: u64) -> Result<(), FileError> {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(modified_secs)).unwrap_or(UNIX_EPOCH);
        self.file
            .set_modified(time)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| FileError::new(Operation::Sync, &self.path, source))
    }
}

fn refuse_not_empty(directory: &Path) -> Result<(), ArchiveError> {
    let is_free = match std::fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            // A link that leads nowhere is not free, either.
            std::fs::symlink_metadata(directory).is_err()
        }
        Err(source) if source.kind() == io::ErrorKind::NotADirectory => false,
        Err(source) => return Err(FileError::new(Operation::List, directory, source).into()),
    };
    match is_free {
        true => Ok(()),
        false => Err(ArchiveError::NotEmpty { directory: directory.to_path_buf() }),
    }
}

fn remove_directory(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new(Operation::Remove, path, source))
        }
        _ => Ok(()),
    }
}

fn sync_directories(directory: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::new(Operation::List, directory, source);
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(directory)
}
