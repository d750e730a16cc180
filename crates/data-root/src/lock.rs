//! Locks between processes, and the one lock within this process that keeps sets of files whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::files::owner_only;
use crate::{FileError, Operation};

/// A lock file that this process has; dropping it, or the end of the process, gives it back.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

/// Held for reading while files get their final names.
static COMMITS: RwLock<()> = RwLock::new(());

/// Waits for files that are just now getting their final names, and lets no other file appear
/// while the guard lives.
///
/// For a process that is about to end on a signal: it never leaves half a set.
pub fn hold_commits() -> RwLockWriteGuard<'static, ()> {
    COMMITS.write().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn during_commit() -> RwLockReadGuard<'static, ()> {
    COMMITS.read().unwrap_or_else(PoisonError::into_inner)
}

impl FileLock {
    /// Takes the lock at `path`; `None` when another has it.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the lock file cannot be made or locked, also on a file system without
    /// locks ([`FileError::is_without_locks`]).
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>, FileError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file, path: path.to_path_buf() })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(FileError::new(Operation::Lock, path, source)),
        }
    }

    /// Takes the lock at `path` together with others who only look; `None` when somebody has it
    /// alone.
    pub(crate) fn try_shared(path: &Path) -> Result<Option<Self>, FileError> {
        let file = open(path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { file, path: path.to_path_buf() })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(FileError::new(Operation::Lock, path, source)),
        }
    }

    /// Takes the lock at `path`, waiting for whoever has it.
    ///
    /// # Errors
    ///
    /// As [`FileLock::try_exclusive`].
    pub fn exclusive(path: &Path) -> Result<Self, FileError> {
        let file = open(path)?;
        loop {
            match file.lock() {
                Ok(()) => return Ok(Self { file, path: path.to_path_buf() }),
                // The CPU profiler interrupts every thread many times a second.
                Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(FileError::new(Operation::Lock, path, source)),
            }
        }
    }

    /// Says in the lock file that `holder` has it, and on a second line the `token` of a run. The
    /// holder is only for messages, so a failure does not matter.
    pub(crate) fn sign(&self, holder: &str, token: Option<&str>) {
        let token = token.unwrap_or_default();
        let signature = format!("`{holder}` (process {})\n{token}", std::process::id());
        let _ = self.file.set_len(0).and_then(|()| (&self.file).write_all(signature.as_bytes()));
    }

    /// Who signed the lock at `path`.
    pub(crate) fn holder(path: &Path) -> Option<String> {
        signature(path).and_then(|signature| signature.lines().next().map(str::to_owned))
    }

    /// The token in the lock at `path`.
    pub(crate) fn token(path: &Path) -> Option<String> {
        signature(path).and_then(|signature| signature.lines().nth(1).map(str::to_owned))
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for FileLock {
    /// Closing the file would be late: a child process that is just being started has it, too.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// The name of this program.
pub(crate) fn this_program() -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    program.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}

fn signature(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn open(path: &Path) -> Result<File, FileError> {
    owner_only(OpenOptions::new().create(true).truncate(false).write(true))
        .open(path)
        .map_err(|source| FileError::new(Operation::Lock, path, source))
}
