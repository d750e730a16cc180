//! `std::fs` with the path in every error, and with nobody but the owner let in.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::names::is_internal_name;
use crate::{FileError, Operation};

/// All bytes of the file at `path`.
///
/// # Errors
///
/// [`FileError`] when it is missing, not a file, or may not be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|source| FileError::new(Operation::Read, path, source))
}

/// The text of the file at `path`.
///
/// # Errors
///
/// Those of [`read`], and [`FileError::NotUtf8`] with the line.
pub fn read_to_string(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|error| {
        let offset_bytes = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..offset_bytes];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        FileError::NotUtf8 { path: path.to_path_buf(), line, offset_bytes }
    })
}

/// The file at `path`, opened to be read piece by piece.
///
/// # Errors
///
/// [`FileError`] when it is missing, a directory, or may not be read.
pub fn open(path: &Path) -> Result<File, FileError> {
    let open = || {
        let file = File::open(path)?;
        // Opening a directory succeeds; only reading it would fail, without the path.
        match file.metadata()?.is_dir() {
            true => Err(io::ErrorKind::IsADirectory.into()),
            false => Ok(file),
        }
    };
    open().map_err(|source| FileError::new(Operation::Read, path, source))
}

/// A new, empty file at `path` for what grows line by line and is of use when it is cut short, such
/// as a log; directories on the way to it are made. Everything else is a [`crate::WholeFile`].
///
/// # Errors
///
/// [`FileError`] when it cannot be made.
pub fn create_log(path: &Path) -> Result<File, FileError> {
    if let Some(directory) = path.parent() {
        create_directory(directory)?;
    }
    owner_only(OpenOptions::new().create(true).write(true).truncate(true))
        .open(path)
        .map_err(|source| FileError::new(Operation::Create, path, source))
}

/// A new, empty file at `path` for what a stage puts aside while it works, under
/// [`crate::DataRoot::temporary_directory`]; directories on the way to it are made.
///
/// # Errors
///
/// [`FileError`] when it cannot be made, or something has the name.
pub fn create_temporary(path: &Path) -> Result<File, FileError> {
    if let Some(directory) = path.parent() {
        create_directory(directory)?;
    }
    owner_only(OpenOptions::new().create_new(true).write(true))
        .open(path)
        .map_err(|source| FileError::new(Operation::Create, path, source))
}

/// The paths of all files and directories in `directory`, sorted, without locks and temporary
/// files; none when `directory` does not exist.
///
/// # Errors
///
/// [`FileError`] when `directory` may not be listed or is not one.
pub fn list(directory: &Path) -> Result<Vec<PathBuf>, FileError> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(is_internal_name) {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    };
    match list() {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|source| FileError::new(Operation::List, directory, source)),
    }
}

/// Makes `directory`, and those above it that are missing, for their owner only (0700).
///
/// # Errors
///
/// [`FileError`] when that is not allowed, or something else has the name.
pub fn create_directory(directory: &Path) -> Result<(), FileError> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    let above = directory.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_directory(above)?;
    }
    match owner_only_directory(&mut DirBuilder::new()).create(directory) {
        Ok(()) => sync_directory(above.unwrap_or_else(|| Path::new("."))),
        // Another thread or process was faster.
        Err(_) if directory.is_dir() => Ok(()),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(FileError::NotADirectory { path: directory.to_path_buf() })
        }
        Err(source) => Err(FileError::new(Operation::CreateDirectory, directory, source)),
    }
}

/// Removes the file at `path` if it is there.
///
/// # Errors
///
/// [`FileError`] when that is not allowed, or `path` is a directory.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new(Operation::Remove, path, source))
        }
        _ => Ok(()),
    }
}

/// Waits until the disk knows which files `directory` has.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) -> Result<(), FileError> {
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        // Some network file systems cannot do this, and need not.
        Err(source) if source.kind() != io::ErrorKind::InvalidInput => {
            Err(FileError::new(Operation::Sync, directory, source))
        }
        _ => Ok(()),
    }
}

/// Elsewhere a directory cannot be opened as a file, and needs no sync.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_directory: &Path) -> Result<(), FileError> {
    Ok(())
}

/// Options that make new files readable and writable by their owner only (0600).
#[cfg(unix)]
pub(crate) fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
pub(crate) fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn owner_only_directory(builder: &mut DirBuilder) -> &mut DirBuilder {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700)
}

#[cfg(not(unix))]
fn owner_only_directory(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}
