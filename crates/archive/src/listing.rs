//! What of a data root belongs into a backup.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use data_root::{FileError, Operation, is_internal_name};

/// The directories and files of a data root, each directory before what is in it, names sorted by
/// their bytes.
///
/// Locks, temporary files and `.DS_Store` are not in it. Links are followed, so that an archive
/// holds the data and not a pointer to where it once was.
#[derive(Debug, Clone)]
pub struct Listing {
    pub(crate) entries: Vec<Entry>,
    /// What is neither file nor directory.
    pub left_out: Vec<LeftOut>,
}

/// Something that no archive can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is, relative to the data root.
    pub path: PathBuf,
    /// Why no archive can hold it.
    pub reason: LeftOutReason,
}

/// Why something is not in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// A pipe, socket or device.
    NoData,
    /// A link to a directory that it is in, whose files are in the archive already.
    Loop,
}

/// A directory or file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Relative to the data root; empty for the data root itself.
    pub(crate) path: PathBuf,
    /// Seconds since 1970. That of a directory is the latest of its files: its own changes with
    /// every temporary file.
    pub(crate) modified_secs: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File { n_bytes: u64 },
}

/// A walk through directories.
struct Walk {
    listing: Listing,
    /// The directories that lead to the current one, without links.
    above: Vec<PathBuf>,
}

impl Listing {
    /// How many files there are.
    pub fn n_files(&self) -> u64 {
        self.files().count() as u64
    }

    /// The sizes of all files together.
    pub fn n_bytes(&self) -> u64 {
        self.files().map(|(_, n_bytes)| n_bytes).sum()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.entries.iter().filter_map(|entry| match entry.kind {
            Kind::File { n_bytes } => Some((entry.path.as_path(), n_bytes)),
            Kind::Directory => None,
        })
    }
}

/// Lists the data root at `data_root`.
///
/// # Errors
///
/// [`FileError`] when a directory cannot be listed, or a link leads nowhere: what it should lead to
/// may be on a disk that is missing just now, so going on without it would lose data.
pub fn list_data_root(data_root: &Path) -> Result<Listing, FileError> {
    let listing = Listing { entries: Vec::new(), left_out: Vec::new() };
    let mut walk = Walk { listing, above: Vec::new() };
    walk.directory(data_root, PathBuf::new())?;
    Ok(walk.listing)
}

impl Walk {
    /// Adds the directory at `real`, which is called `path` in the archive, and all in it; gives
    /// the latest time.
    fn directory(&mut self, real: &Path, path: PathBuf) -> Result<u64, FileError> {
        let failed = |source| FileError::new(Operation::List, real, source);
        let without_links = real.canonicalize().map_err(failed)?;
        if self.above.contains(&without_links) {
            self.listing.left_out.push(LeftOut { path, reason: LeftOutReason::Loop });
            return Ok(0);
        }
        self.above.push(without_links);
        let place = self.listing.entries.len();
        self.listing.entries.push(Entry {
            path: path.clone(),
            modified_secs: 0,
            kind: Kind::Directory,
        });
        let mut latest_secs = 0;
        for name in names(real)? {
            let inside = path.join(&name);
            latest_secs = latest_secs.max(self.entry(&real.join(&name), inside)?);
        }
        self.listing.entries[place].modified_secs = latest_secs;
        self.above.pop();
        Ok(latest_secs)
    }

    fn entry(&mut self, real: &Path, path: PathBuf) -> Result<u64, FileError> {
        let metadata = std::fs::metadata(real)
            .map_err(|source| FileError::new(Operation::Read, real, source))?;
        if metadata.is_dir() {
            return self.directory(real, path);
        }
        if !metadata.is_file() {
            self.listing.left_out.push(LeftOut { path, reason: LeftOutReason::NoData });
            return Ok(0);
        }
        let modified_secs = modified_secs(&metadata);
        let kind = Kind::File { n_bytes: metadata.len() };
        self.listing.entries.push(Entry { path, modified_secs, kind });
        Ok(modified_secs)
    }
}

/// The sorted names in a directory that are backed up.
fn names(directory: &Path) -> Result<Vec<OsString>, FileError> {
    let failed = |source| FileError::new(Operation::List, directory, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !name.to_str().is_some_and(|name| name == ".DS_Store" || is_internal_name(name)) {
            names.push(name);
        }
    }
    names.sort_by(|left, right| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
    Ok(names)
}

fn modified_secs(metadata: &Metadata) -> u64 {
    let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since_1970.map_or(0, |duration| duration.as_secs())
}
