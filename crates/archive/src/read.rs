//! Reads an archive to its end and compares every file with the checksum list.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Component, Path};

use data_root::{FileError, Operation};
use sha2::{Digest as _, Sha256};

use crate::backup::DATA_DIRECTORY;
use crate::checksums::{CHECKSUM_LIST, Checksums};
use crate::encryption::{self, SecretKeys};
use crate::member_reader::MemberReader;
use crate::restore::Staging;
use crate::{ArchiveError, OnBytes};

const BUFFER_BYTES: usize = 256 * 1024;

/// No list of real data roots comes close; a forged one must not fill the memory.
const LONGEST_LIST_BYTES: u64 = 256 * 1024 * 1024;

/// What is in an archive that was found whole.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Contents {
    /// How many files it has, without the checksum list.
    pub n_files: u64,
    /// The sizes of these files together.
    pub n_bytes: u64,
    pub(crate) checksums: Checksums,
}

/// Where files go as they are read.
#[derive(Clone, Copy)]
pub(crate) enum Destination<'a> {
    /// They are only looked at.
    Nowhere,
    Staging(&'a Staging),
}

/// What was read so far.
struct Reading<'a> {
    archive: &'a Path,
    destination: Destination<'a>,
    on_bytes: OnBytes<'a>,
    contents: Contents,
    list: Option<Checksums>,
}

/// Reads the archive at `archive`, with one of `keys` when it is encrypted, and says what is in it;
/// `on_bytes` is told about bytes of files.
///
/// # Errors
///
/// [`ArchiveError`] when it cannot be read, is cut short, or any bit of it is not as it was
/// written; the message says where, and which file it concerns. Also when no key opens it.
pub fn verify(
    archive: &Path,
    keys: &SecretKeys,
    on_bytes: OnBytes<'_>,
) -> Result<Contents, ArchiveError> {
    read_archive(data_root::open(archive)?, archive, keys, Destination::Nowhere, on_bytes)
}

/// Reads the archive in `file`, which errors call `archive`.
pub(crate) fn read_archive(
    file: File,
    archive: &Path,
    keys: &SecretKeys,
    destination: Destination<'_>,
    on_bytes: OnBytes<'_>,
) -> Result<Contents, ArchiveError> {
    let failed = |source| FileError::new(Operation::Read, archive, source);
    let mut input = BufReader::with_capacity(BUFFER_BYTES, file);
    let is_encrypted = input.fill_buf().map_err(failed)?.starts_with(encryption::MAGIC);
    let input = match is_encrypted {
        true => encryption::unseal(input, keys, archive)?,
        false => Box::new(input),
    };
    let mut reader = MemberReader::new(input, archive).map_err(failed)?;
    let contents = Contents { n_files: 0, n_bytes: 0, checksums: Checksums::default() };
    let mut reading = Reading { archive, destination, on_bytes, contents, list: None };
    let read = reading.read(&mut reader);
    // When the bytes are wrong, all that follows from them is beside the point.
    if let Some(failure) = reader.failure() {
        return Err(match &read {
            Err(Met { within: Some(path), .. }) => failure.while_reading(path),
            _ => failure,
        });
    }
    match read {
        Ok(()) => reading.finish(),
        Err(Met { error, .. }) => Err(error),
    }
}

/// An error, and the file of the archive at which it was met.
struct Met {
    error: ArchiveError,
    within: Option<std::path::PathBuf>,
}

impl Reading<'_> {
    fn read(&mut self, reader: &mut MemberReader) -> Result<(), Met> {
        let mut last = None;
        let mut tar = tar::Archive::new(&mut *reader);
        let entries = tar.entries().map_err(|error| self.broken(&error, last.as_deref()))?;
        for entry in entries {
            let mut entry = entry.map_err(|error| self.broken(&error, last.as_deref()))?;
            let path = entry.path().map_err(|error| self.broken(&error, last.as_deref()))?;
            let path = path.into_owned();
            self.entry(&path, &mut entry)
                .map_err(|error| Met { error, within: Some(path.clone()) })?;
            last = Some(path);
        }
        // The tar file ends before the archive does; the end of the archive says whether all of it
        // is as it was written.
        io::copy(reader, &mut io::sink())
            .map(|_n_bytes| ())
            .map_err(|error| self.broken(&error, last.as_deref()))
    }

    fn entry(
        &mut self,
        path: &Path,
        entry: &mut tar::Entry<'_, impl Read>,
    ) -> Result<(), ArchiveError> {
        let is_file = entry.header().entry_type() == tar::EntryType::Regular;
        if path == Path::new(CHECKSUM_LIST) && is_file && self.list.is_none() {
            return self.read_list(entry);
        }
        if self.list.is_some() {
            return Err(self.wrong_file(path, "stands after the checksum list"));
        }
        let Some(inside) = path_in_data_root(path) else {
            return Err(self.wrong_file(path, "is not a path in a data root"));
        };
        match entry.header().entry_type() {
            tar::EntryType::Directory => match self.destination {
                Destination::Nowhere => Ok(()),
                Destination::Staging(staging) => staging.create_directory(inside),
            },
            tar::EntryType::Regular => self.read_file(path, inside, entry),
            _ => Err(self.wrong_file(path, "is neither a file nor a directory")),
        }
    }

    fn read_file(
        &mut self,
        path: &Path,
        inside: &Path,
        entry: &mut tar::Entry<'_, impl Read>,
    ) -> Result<(), ArchiveError> {
        let mut file = match self.destination {
            Destination::Nowhere => None,
            Destination::Staging(staging) => Some(staging.create_file(inside)?),
        };
        let mut hash = Sha256::new();
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let n_bytes =
                entry.read(&mut buffer).map_err(|error| self.broken(&error, None).error)?;
            if n_bytes == 0 {
                break;
            }
            hash.update(&buffer[..n_bytes]);
            if let Some(file) = &mut file {
                file.write(&buffer[..n_bytes])?;
            }
            self.contents.n_bytes += n_bytes as u64;
            (self.on_bytes)(n_bytes as u64);
        }
        if let Some(file) = file {
            file.finish(entry.header().mtime().unwrap_or(0))?;
        }
        self.contents.n_files += 1;
        self.contents
            .checksums
            .add(path, &hash.finalize())
            .ok_or_else(|| self.wrong_file(path, "is there twice"))
    }

    fn read_list(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<(), ArchiveError> {
        if LONGEST_LIST_BYTES < entry.size() {
            return Err(self.no_list("it is too long"));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| self.broken(&error, None).error)?;
        self.list = Checksums::from_bytes(&bytes);
        match self.list {
            Some(_) => Ok(()),
            None => Err(self.no_list("it is not in the form of `sha256sum`")),
        }
    }

    /// All was read; is it what the list says?
    fn finish(self) -> Result<Contents, ArchiveError> {
        let Some(list) = &self.list else { return Err(self.no_list("it is missing")) };
        match list.first_difference(&self.contents.checksums) {
            None => Ok(self.contents),
            Some(difference) => Err(ArchiveError::WrongFile {
                archive: self.archive.to_path_buf(),
                file: difference.file,
                reason: difference.reason,
            }),
        }
    }

    /// The tar file is not one, though every byte is as it was written.
    fn broken(&self, error: &io::Error, within: Option<&Path>) -> Met {
        tracing::debug!(%error, "Could not read the tar file of an archive.");
        Met {
            error: ArchiveError::WrongFile {
                archive: self.archive.to_path_buf(),
                file: within.unwrap_or(Path::new(DATA_DIRECTORY)).display().to_string(),
                reason: "is not stored as tar files store it",
            },
            within: within.map(Path::to_path_buf),
        }
    }

    fn wrong_file(&self, path: &Path, reason: &'static str) -> ArchiveError {
        let file = path.display().to_string();
        ArchiveError::WrongFile { archive: self.archive.to_path_buf(), file, reason }
    }

    fn no_list(&self, reason: &'static str) -> ArchiveError {
        ArchiveError::ChecksumList { archive: self.archive.to_path_buf(), reason }
    }
}

/// The part of a path after `data/`, when it stays in there.
fn path_in_data_root(path: &Path) -> Option<&Path> {
    let inside = path.strip_prefix(DATA_DIRECTORY).ok()?;
    inside.components().all(|part| matches!(part, Component::Normal(_))).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_data_root_are_refused() {
        for path in ["/etc/passwd", "../x", "data/../x", "data/a/../../../x", "x", "database/x"] {
            assert_eq!(path_in_data_root(Path::new(path)), None, "{path}");
        }
        let inside = path_in_data_root(Path::new("data/Raw Data/a.jsonl"));
        assert_eq!(inside, Some(Path::new("Raw Data/a.jsonl")));
    }
}
