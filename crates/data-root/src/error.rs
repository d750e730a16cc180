//! What can go wrong with a file, with the path in every message.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// A file operation that failed: what was tried, on which path, and why.
///
/// It travels inside an [`io::Error`] where a signature asks for one (writing through
/// [`std::io::Write`]), so the path is never lost; [`FileError::of`] gets it back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file or directory, or a directory on the way to it, does not exist.
    #[error("could not {operation} `{}`", .path.display())]
    Missing {
        /// What was tried.
        operation: Operation,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// This user may not do that, or the file system is mounted read-only.
    #[error("could not {operation} `{}`", .path.display())]
    NoPermission {
        /// What was tried.
        operation: Operation,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The disk, or this user's quota, is full.
    #[error(
        "could not {operation} `{}`: the disk is full{}{}",
        .path.display(), needed_space(*.needed_bytes), free_space(*.free_bytes)
    )]
    DiskFull {
        /// What was tried.
        operation: Operation,
        /// The final path of the file.
        path: PathBuf,
        /// How large the file was going to be at least, as far as it is known.
        needed_bytes: Option<u64>,
        /// What is left on the file system, when it says.
        free_bytes: Option<u64>,
        /// What the operating system said.
        source: io::Error,
    },
    /// A directory is needed and something else is there.
    #[error("`{}` is not a directory", .path.display())]
    NotADirectory {
        /// What is not a directory.
        path: PathBuf,
    },
    /// Another process works on this data root.
    #[error("data root `{}` is in use by {}", .path.display(), .holder.as_deref().unwrap_or("another process"))]
    InUse {
        /// The data root.
        path: PathBuf,
        /// Who works on it, e.g. "`generate-outputs` (process 4711)".
        holder: Option<String>,
    },
    /// A name from the configuration cannot be the name of a file.
    #[error("`{}` cannot be the name of a file: {reason}", .name.escape_debug())]
    BadName {
        /// The name as given.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A text file is not UTF-8.
    #[error("`{}`, line {line}: not valid UTF-8 (byte {offset_bytes} of the file)", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line with the first wrong byte, from 1.
        line: usize,
        /// How many bytes stand before the first wrong one.
        offset_bytes: usize,
    },
    /// A member of a set of files was dropped before it was complete, so the set cannot appear.
    #[error("`{}` was not written to its end, so nothing of its set of files was replaced", .path.display())]
    Unfinished {
        /// The final path of that member.
        path: PathBuf,
    },
    /// Two members of a set of files have the same path, so one would replace the other.
    #[error("`{}` would be written twice", .path.display())]
    Twice {
        /// Their final path.
        path: PathBuf,
    },
    /// Anything else that the operating system refused.
    #[error("could not {operation} `{}`", .path.display())]
    Io {
        /// What was tried.
        operation: Operation,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What was tried on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Opening a data root.
    OpenDataRoot,
    /// Reading a file, or opening it to read.
    Read,
    /// Listing a directory.
    List,
    /// Making a new file.
    Create,
    /// Making a directory.
    CreateDirectory,
    /// Writing.
    Write,
    /// Waiting until the disk has what was written.
    Sync,
    /// Giving a complete file its final name.
    Replace,
    /// Removing a file.
    Remove,
    /// Taking a lock.
    Lock,
}

impl FileError {
    /// Whether a lock was asked for where there are none: some network file systems. The pipeline
    /// works there all the same.
    pub fn is_without_locks(&self) -> bool {
        matches!(
            self,
            Self::Io { operation: Operation::Lock, source, .. }
                if source.kind() == io::ErrorKind::Unsupported
        )
    }

    /// The error that `source` means for `operation` on `path`.
    pub fn new(operation: Operation, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { operation, path, source },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { operation, path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::disk_full(operation, path, None, source)
            }
            io::ErrorKind::NotADirectory => Self::NotADirectory { path: not_a_directory(path) },
            _ => Self::Io { operation, path, source },
        }
    }

    /// The [`FileError`] inside an [`io::Error`] that a writer or reader of this crate gave.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { operation: Operation::OpenDataRoot, .. } => Some(
                "check the path; `2_fetch_raw_data.sh` makes the data root on its first run"
                    .to_owned(),
            ),
            Self::Missing { operation: Operation::Read | Operation::List, path, .. } => {
                Some(missing_hint(path))
            }
            Self::Missing { .. } => Some("make the directory first, or check the path".to_owned()),
            Self::NoPermission { path, .. } => Some(format!(
                "files of a data root are readable by their owner only: run as the user who owns \
                 them (`ls -ld '{}'` shows who that is)",
                closest_existing(path).display()
            )),
            Self::DiskFull { path, .. } => Some(format!(
                "free some space on the file system of `{}` and run this stage again; nothing was \
                 replaced",
                closest_existing(path).display()
            )),
            Self::NotADirectory { .. } => Some("give the path of a directory".to_owned()),
            Self::InUse { .. } => Some(
                "wait until it has finished; two runs cannot work on one data root at once"
                    .to_owned(),
            ),
            Self::BadName { .. } => {
                Some("change that name in the configuration or the coding plans".to_owned())
            }
            Self::NotUtf8 { .. } => Some("save the file again with the encoding UTF-8".to_owned()),
            Self::Twice { .. } => {
                Some("give each coding plan a file name of its own in the coding plans".to_owned())
            }
            Self::Unfinished { .. } | Self::Io { .. } => None,
        }
    }

    /// The same error, which says how large the file was going to be at least.
    pub(crate) fn needing(self, n_bytes: u64) -> Self {
        match self {
            Self::DiskFull { operation, path, source, .. } => {
                Self::disk_full(operation, path, Some(n_bytes), source)
            }
            other => other,
        }
    }

    /// The error as an [`io::Error`] of the same kind.
    pub(crate) fn into_io(self) -> io::Error {
        let kind = match &self {
            Self::Missing { source, .. }
            | Self::NoPermission { source, .. }
            | Self::DiskFull { source, .. }
            | Self::Io { source, .. } => source.kind(),
            Self::NotADirectory { .. } => io::ErrorKind::NotADirectory,
            Self::InUse { .. } => io::ErrorKind::ResourceBusy,
            Self::BadName { .. } | Self::Twice { .. } => io::ErrorKind::InvalidInput,
            Self::NotUtf8 { .. } => io::ErrorKind::InvalidData,
            Self::Unfinished { .. } => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }

    fn disk_full(
        operation: Operation,
        path: PathBuf,
        needed_bytes: Option<u64>,
        source: io::Error,
    ) -> Self {
        let free_bytes = free_bytes(closest_existing(&path));
        Self::DiskFull { operation, path, needed_bytes, free_bytes, source }
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::OpenDataRoot => "open data root",
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::CreateDirectory => "create directory",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Replace => "replace",
            Self::Remove => "remove",
            Self::Lock => "lock",
        })
    }
}

/// Which stage writes a missing file of a data root, or what else to try.
fn missing_hint(path: &Path) -> String {
    let writers = [
        ("Coded Coda Files", "run `1_coda_get.sh` first, it writes this file"),
        ("Raw Data", "run `2_fetch_raw_data.sh` first, it writes this file"),
        ("Outputs", "run `3_generate_outputs.sh` first, it writes this file"),
    ];
    let writer = writers
        .iter()
        .find(|(directory, _)| path.iter().rev().any(|part| part == OsStr::new(directory)));
    match writer {
        Some((_, hint)) => (*hint).to_owned(),
        None if path.is_relative() => match std::env::current_dir() {
            Ok(directory) => format!("check the path; it is relative to `{}`", directory.display()),
            Err(_) => "check the path".to_owned(),
        },
        None => "check the path".to_owned(),
    }
}

/// The first part of `path` that exists and is not a directory, or `path` itself.
fn not_a_directory(path: PathBuf) -> PathBuf {
    let mut parts: Vec<&Path> = path.ancestors().collect();
    parts.reverse();
    parts.into_iter().find(|part| part.is_file()).map(Path::to_path_buf).unwrap_or(path)
}

fn closest_existing(path: &Path) -> &Path {
    path.ancestors().find(|part| part.symlink_metadata().is_ok()).unwrap_or_else(|| Path::new("."))
}

#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let file_system = rustix::fs::statvfs(path).ok()?;
    Some(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

fn needed_space(needed_bytes: Option<u64>) -> String {
    needed_bytes
        .map(|n_bytes| format!(", this file needs at least {}", megabytes(n_bytes)))
        .unwrap_or_default()
}

fn free_space(free_bytes: Option<u64>) -> String {
    free_bytes.map(|n_bytes| format!(", {} are left", megabytes(n_bytes))).unwrap_or_default()
}

fn megabytes(n_bytes: u64) -> String {
    match n_bytes {
        0..1_000_000 => format!("{n_bytes} bytes"),
        _ => format!("{}.{} MB", n_bytes / 1_000_000, n_bytes % 1_000_000 / 100_000),
    }
}
