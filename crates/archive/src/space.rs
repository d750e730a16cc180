//! Whether there is enough space before anything is written.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use data_root::{FileError, Operation};
use rayon::prelude::*;

use crate::ArchiveError;
use crate::listing::Listing;
use crate::members;

/// How much of each file is compressed to guess the size of an archive.
const SAMPLE_BYTES: u64 = 256 * 1024;

/// For headers, padding, and what the file system keeps for itself.
const SPARE_BYTES: u64 = 1024 * 1024;

/// How much a tar file adds to each file: a header, padding, and a header for a long name.
const TAR_BYTES_PER_FILE: u64 = 3 * 1024;

/// Refuses when the file system of `directory` has less than `needed_bytes` left.
///
/// # Errors
///
/// [`ArchiveError::NotEnoughSpace`]; nothing when the file system does not say what it has.
pub(crate) fn check_free_space(directory: &Path, needed_bytes: u64) -> Result<(), ArchiveError> {
    match free_bytes(directory) {
        Some(free_bytes) if free_bytes < needed_bytes => Err(ArchiveError::NotEnoughSpace {
            directory: directory.to_path_buf(),
            needed_bytes,
            free_bytes,
        }),
        _ => Ok(()),
    }
}

/// How large an archive of `listing` probably becomes, a fifth more than a sample says.
///
/// # Errors
///
/// [`FileError`] when a file cannot be read.
pub(crate) fn archive_bytes(data_root: &Path, listing: &Listing) -> Result<u64, FileError> {
    let files: Vec<(&Path, u64)> = listing.files().collect();
    let compressed = files
        .par_iter()
        .map(|(path, n_bytes)| compressed_bytes(&data_root.join(path), *n_bytes))
        .try_reduce(|| 0, |left, right| Ok(left + right))?;
    Ok(compressed + compressed / 5 + SPARE_BYTES)
}

/// How much space the files of an archive need on a disk.
pub(crate) fn restored_bytes(n_bytes: u64, n_files: u64) -> u64 {
    n_bytes.saturating_add(n_files.saturating_mul(4096)).saturating_add(SPARE_BYTES)
}

/// From a piece in the middle: the beginnings of JSON and CSV files are not like the rest.
fn compressed_bytes(path: &Path, n_bytes: u64) -> Result<u64, FileError> {
    let sample = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(n_bytes.saturating_sub(SAMPLE_BYTES) / 2))?;
        let mut sample = Vec::new();
        file.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
        Ok(sample)
    };
    let sample = sample().map_err(|source| FileError::new(Operation::Read, path, source))?;
    let n_sampled_bytes = sample.len().max(1) as u128;
    let compressed =
        members::compress(&sample).len() as u128 * u128::from(n_bytes) / n_sampled_bytes;
    Ok(u64::try_from(compressed).unwrap_or(u64::MAX / 4) + TAR_BYTES_PER_FILE)
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let file_system = rustix::fs::statvfs(directory).ok()?;
    Some(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_directory: &Path) -> Option<u64> {
    None
}
