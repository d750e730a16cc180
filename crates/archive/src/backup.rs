//! Makes an archive.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError, Operation};
use sha2::{Digest as _, Sha256};

use crate::backups_directory::BackupsDirectory;
use crate::checksums::{CHECKSUM_LIST, Checksums};
use crate::encryption::{PublicKey, SecretKeys, seal};
use crate::listing::{Entry, Kind, Listing};
use crate::member_writer::{MemberWriter, Sink};
use crate::read::{Destination, read_archive};
use crate::space::{archive_bytes, check_free_space};
use crate::{ArchiveError, OnBytes};

/// The directory of an archive that stands for the data root.
pub(crate) const DATA_DIRECTORY: &str = "data";

/// An archive that was written and read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Where it is.
    pub path: PathBuf,
    /// How large it is.
    pub n_bytes: u64,
}

/// The name of the archive of a run: `data-<run-id>.tar.gzip`, and `.age` after that when it is
/// encrypted to `keys`.
///
/// # Errors
///
/// [`FileError::BadName`] when that cannot be the name of a file.
pub fn archive_name(run_id: &str, keys: &[PublicKey]) -> Result<String, FileError> {
    let ending = if keys.is_empty() { "" } else { ".age" };
    let name = format!("data-{run_id}.tar.gzip{ending}");
    data_root::check_file_name(&name)?;
    Ok(name)
}

/// Writes the files of `listing` to the archive `name` in `backups_directory`, which is made unless
/// it is there, encrypted to `keys`; without keys it is not encrypted.
///
/// The archive appears after it was read back from the disk and compared with what was put in.
/// `on_bytes` is told about bytes of files as they are put in. The same files with the same times
/// give the same bytes, unless they are encrypted.
///
/// # Errors
///
/// [`ArchiveError`] when the directory is in the data root, the space does not suffice, a file
/// cannot be read or changes meanwhile, or another archive has the name. Nothing is left behind
/// then.
pub fn back_up(
    data_root: &DataRoot,
    listing: &Listing,
    backups_directory: &Path,
    name: &str,
    keys: &[PublicKey],
    on_bytes: OnBytes<'_>,
) -> Result<Archive, ArchiveError> {
    refuse_inside(data_root.path(), backups_directory)?;
    let directory = BackupsDirectory::open(backups_directory)?;
    check_free_space(directory.path(), archive_bytes(data_root.path(), listing)?)?;
    let (unfinished, file) = directory.create(name)?;
    let failed = |source| FileError::new(Operation::Write, unfinished.final_path(), source);
    let (sink, to_read_back) = match keys {
        [] => (Sink::Plain(file), SecretKeys::none()),
        keys => {
            let (sealed, to_read_back) = seal(file, keys).map_err(failed)?;
            (Sink::Sealed(sealed), to_read_back)
        }
    };
    let (file, put_in) =
        write_archive(data_root.path(), listing, sink, unfinished.final_path(), on_bytes)?;
    let written = unfinished.sync_and_reopen(&file)?;
    let failed = |source| FileError::new(Operation::Read, unfinished.final_path(), source);
    let n_bytes = written.metadata().map_err(failed)?.len();
    let found = read_archive(
        written,
        unfinished.final_path(),
        &to_read_back,
        Destination::Nowhere,
        &|_| {},
    )?;
    if found.checksums != put_in {
        return Err(ArchiveError::Unfaithful { archive: unfinished.final_path().to_path_buf() });
    }
    let path = unfinished.final_path().to_path_buf();
    unfinished.commit()?;
    Ok(Archive { path, n_bytes })
}

/// Refuses a backups directory in the data root, also by way of links; [`back_up`] does so too.
///
/// # Errors
///
/// [`ArchiveError::InsideDataRoot`], or [`FileError`] when a path cannot be followed.
pub fn refuse_inside(data_root: &Path, backups_directory: &Path) -> Result<(), ArchiveError> {
    let real = |path: &Path| {
        path.canonicalize().map_err(|source| FileError::new(Operation::List, path, source))
    };
    let real_data_root = real(data_root)?;
    let absolute = std::path::absolute(backups_directory)
        .map_err(|source| FileError::new(Operation::List, backups_directory, source))?;
    // What does not exist yet is no link, so the closest that exists decides.
    let closest = absolute.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    match real(closest)?.starts_with(&real_data_root) {
        true => Err(ArchiveError::InsideDataRoot {
            backups_directory: backups_directory.to_path_buf(),
            data_root: data_root.to_path_buf(),
        }),
        false => Ok(()),
    }
}

fn write_archive(
    data_root: &Path,
    listing: &Listing,
    sink: Sink,
    archive: &Path,
    on_bytes: OnBytes<'_>,
) -> Result<(File, Checksums), ArchiveError> {
    let failed = |source| ArchiveError::from(FileError::new(Operation::Write, archive, source));
    let mut writer = MemberWriter::new(sink).map_err(failed)?;
    let mut tar = tar::Builder::new(&mut writer);
    let mut checksums = Checksums::default();
    for entry in &listing.entries {
        let path = path_in_archive(&entry.path);
        let mut header = header(entry);
        match entry.kind {
            Kind::Directory => tar.append_data(&mut header, &path, io::empty()).map_err(failed)?,
            Kind::File { n_bytes } => {
                let mut content = Content::open(data_root.join(&entry.path), n_bytes, on_bytes)?;
                let appended = tar.append_data(&mut header, &path, &mut content);
                let digest = content.finish()?;
                appended.map_err(failed)?;
                checksums.add(&path, &digest).expect("a directory has each name once");
            }
        }
    }
    let list = checksums.to_bytes();
    let latest_secs = listing.entries.first().map_or(0, |root| root.modified_secs);
    let mut header = file_header(list.len() as u64, latest_secs);
    tar.append_data(&mut header, CHECKSUM_LIST, &list[..]).map_err(failed)?;
    tar.finish().map_err(failed)?;
    drop(tar);
    Ok((writer.finish().map_err(failed)?, checksums))
}

fn path_in_archive(path: &Path) -> PathBuf {
    match path.as_os_str().is_empty() {
        true => PathBuf::from(DATA_DIRECTORY),
        false => Path::new(DATA_DIRECTORY).join(path),
    }
}

fn header(entry: &Entry) -> tar::Header {
    match entry.kind {
        Kind::File { n_bytes } => file_header(n_bytes, entry.modified_secs),
        Kind::Directory => {
            let mut header = file_header(0, entry.modified_secs);
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o700);
            header
        }
    }
}

/// Of no owner, so that unpacking as another user gives the same; nobody but the owner gets in.
fn file_header(n_bytes: u64, modified_secs: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(modified_secs);
    header.set_size(n_bytes);
    header
}

/// A file that is read once, to its expected end, and hashed on the way.
struct Content<'a> {
    path: PathBuf,
    file: File,
    n_bytes_left: u64,
    hash: Sha256,
    failure: Option<FileError>,
    on_bytes: OnBytes<'a>,
}

impl<'a> Content<'a> {
    fn open(path: PathBuf, n_bytes: u64, on_bytes: OnBytes<'a>) -> Result<Self, FileError> {
        let file = data_root::open(&path)?;
        let hash = Sha256::new();
        Ok(Self { path, file, n_bytes_left: n_bytes, hash, failure: None, on_bytes })
    }

    /// The checksum of the file.
    ///
    /// # Errors
    ///
    /// What went wrong with reading; [`ArchiveError::Changed`] when the file was shorter or longer
    /// than expected.
    fn finish(mut self) -> Result<[u8; 32], ArchiveError> {
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        let more = self.file.read(&mut [0]);
        let more = more.map_err(|source| FileError::new(Operation::Read, &self.path, source))?;
        match self.n_bytes_left == 0 && more == 0 {
            true => Ok(self.hash.finalize().into()),
            false => Err(ArchiveError::Changed { path: self.path }),
        }
    }
}

impl Read for &mut Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_wanted = usize::try_from(self.n_bytes_left).unwrap_or(usize::MAX).min(buffer.len());
        let n_bytes = match self.file.read(&mut buffer[..n_wanted]) {
            Ok(n_bytes) => n_bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failure = Some(FileError::new(Operation::Read, &self.path, error));
                return Err(kind.into());
            }
        };
        self.hash.update(&buffer[..n_bytes]);
        self.n_bytes_left -= n_bytes as u64;
        (self.on_bytes)(n_bytes as u64);
        Ok(n_bytes)
    }
}
