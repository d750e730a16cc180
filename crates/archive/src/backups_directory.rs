//! The directory with the backups: one writer at a time, and no litter of killed ones.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use data_root::{FileError, FileLock, Operation};
use tracing::info;

use crate::ArchiveError;

const LOCK_FILE: &str = ".backup.lock";
const TEMPORARY_PREFIX: &str = ".data-";
const TEMPORARY_SUFFIX: &str = ".pcve-tmp";

/// A backups directory that this process writes to, alone.
#[derive(Debug)]
pub(crate) struct BackupsDirectory {
    path: PathBuf,
    /// Held, never looked at; `None` where there are no locks.
    _lock: Option<FileLock>,
}

/// An archive without its final name; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Unfinished {
    temporary_path: PathBuf,
    final_path: PathBuf,
}

impl BackupsDirectory {
    /// Makes the directory `path` unless it is there, waits for whoever writes to it, and removes
    /// what killed processes left in it.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        data_root::create_directory(path)?;
        let _lock = lock(&path.join(LOCK_FILE))?;
        let directory = Self { path: path.to_path_buf(), _lock };
        directory.remove_leftovers()?;
        Ok(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the archive `name`.
    pub(crate) fn create(&self, name: &str) -> Result<(Unfinished, File), FileError> {
        let final_path = self.path.join(name);
        // Nobody else writes here, so the name need not be unique.
        let temporary_path = self.path.join(format!("{TEMPORARY_PREFIX}backup{TEMPORARY_SUFFIX}"));
        let file = owner_only(OpenOptions::new().write(true).create_new(true))
            .open(&temporary_path)
            .map_err(|source| FileError::new(Operation::Create, &final_path, source))?;
        Ok((Unfinished { temporary_path, final_path }, file))
    }

    fn remove_leftovers(&self) -> Result<(), FileError> {
        let failed = |source| FileError::new(Operation::List, &self.path, source);
        for entry in std::fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let is_leftover = name.to_str().is_some_and(|name| {
                name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX)
            });
            if is_leftover {
                data_root::remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

impl Unfinished {
    /// Where the archive will be.
    pub(crate) fn final_path(&self) -> &Path {
        &self.final_path
    }

    /// Waits until the disk has everything, and opens the archive to be read back from there.
    pub(crate) fn sync_and_reopen(&self, file: &File) -> Result<File, FileError> {
        file.sync_all()
            .map_err(|source| FileError::new(Operation::Sync, &self.final_path, source))?;
        forget_cached(file);
        data_root::open(&self.temporary_path)
    }

    /// The archive appears under its final name.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::AlreadyThere`] when another has the name: a backup never replaces a backup.
    /// One with the same bytes stays, and that is fine.
    pub(crate) fn commit(self) -> Result<(), ArchiveError> {
        if std::fs::symlink_metadata(&self.final_path).is_ok() {
            return match same_bytes(&self.temporary_path, &self.final_path)? {
                true => Ok(()),
                false => Err(ArchiveError::AlreadyThere { path: self.final_path.clone() }),
            };
        }
        std::fs::rename(&self.temporary_path, &self.final_path)
            .map_err(|source| FileError::new(Operation::Replace, &self.final_path, source))?;
        Ok(sync_directory(self.final_path.parent().unwrap_or(Path::new(".")))?)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a commit there is nothing; what cannot be removed now is removed by the next backup.
        let _ = std::fs::remove_file(&self.temporary_path);
    }
}

/// Options that make new files readable and writable by their owner only (0600).
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Waits until the disk knows which files `directory` has.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), FileError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        // Some network file systems cannot do this, and need not.
        Err(source) if source.kind() != io::ErrorKind::InvalidInput => {
            Err(FileError::new(Operation::Sync, directory, source))
        }
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<Option<FileLock>, FileError> {
    match FileLock::try_exclusive(path) {
        Ok(None) => {
            info!("Waiting for another backup into this directory.");
            FileLock::exclusive(path).map(Some)
        }
        Err(error) if error.is_without_locks() => Ok(None),
        taken => taken,
    }
}

fn same_bytes(left: &Path, right: &Path) -> Result<bool, FileError> {
    let n_bytes = |path: &Path| {
        std::fs::metadata(path)
            .map(|metadata| metadata.len())
            .map_err(|source| FileError::new(Operation::Read, path, source))
    };
    // The last member is a checksum of all before it, but reading both is sure.
    Ok(n_bytes(left)? == n_bytes(right)? && data_root::read(left)? == data_root::read(right)?)
}

/// Lets the next reader see what the disk has instead of what memory remembers.
#[cfg(target_os = "linux")]
fn forget_cached(file: &File) {
    // Only advice: without it, reading back checks less and works all the same.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn forget_cached(_file: &File) {}
