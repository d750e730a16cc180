//! One file that is whole or absent.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::files::{create_directory, owner_only, sync_directory};
use crate::lock::during_commit;
use crate::names::temporary_name;
use crate::whole_files::Members;
use crate::write_back::{WRITE_BACK_EVERY_BYTES, WrittenBack};
use crate::{FileError, Operation};

const BUFFER_BYTES: usize = 256 * 1024;

/// A file that is being written beside its final path, and gets its name when it is complete.
///
/// The temporary file is hidden, readable by its owner only (0600), and removed when the
/// `WholeFile` is dropped without [`WholeFile::commit`]. Writes are buffered; errors of writing
/// carry a [`FileError`] (see [`FileError::of`]).
#[derive(Debug)]
pub struct WholeFile {
    temporary: Temporary,
    final_path: PathBuf,
    file: Arc<WrittenBack>,
    buffer: Vec<u8>,
    n_bytes_written: u64,
    n_bytes_since_write_back: u64,
    /// A failed write, so that a caller who overlooked it cannot commit a file with a hole.
    failure: Option<io::ErrorKind>,
    set: Option<Arc<Members>>,
}

/// A complete, synced file that does not have its final name yet.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) temporary: Temporary,
    pub(crate) final_path: PathBuf,
    file: Arc<WrittenBack>,
    n_bytes: u64,
}

/// A path that is removed at the end, unless it was renamed before.
#[derive(Debug)]
pub(crate) struct Temporary(Option<PathBuf>);

/// Writes the file `path` in one go: whole or absent, 0600.
///
/// # Errors
///
/// Those of [`WholeFile::create`] and [`WholeFile::commit`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = WholeFile::create(path)?;
    file.write_buffered(bytes)?;
    file.commit()
}

impl WholeFile {
    /// Begins the file that will be at `final_path`; directories on the way to it are made.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the directory cannot be made or written to, or `final_path` is a
    /// directory.
    pub fn create(final_path: &Path) -> Result<Self, FileError> {
        Self::in_set(final_path, None)
    }

    pub(crate) fn in_set(final_path: &Path, set: Option<Arc<Members>>) -> Result<Self, FileError> {
        if final_path.is_dir() {
            let source = io::ErrorKind::IsADirectory.into();
            return Err(FileError::new(Operation::Replace, final_path, source));
        }
        if let Some(directory) = final_path.parent() {
            create_directory(directory)?;
        }
        let temporary_path = temporary_path(final_path);
        let file = owner_only(OpenOptions::new().write(true).create_new(true))
            .open(&temporary_path)
            .map_err(|source| FileError::new(Operation::Create, final_path, source))?;
        Ok(Self {
            temporary: Temporary(Some(temporary_path)),
            final_path: final_path.to_path_buf(),
            file: WrittenBack::new(file),
            buffer: Vec::new(),
            n_bytes_written: 0,
            n_bytes_since_write_back: 0,
            failure: None,
            set,
        })
    }

    /// Where the file will be.
    pub fn final_path(&self) -> &Path {
        &self.final_path
    }

    /// What was written so far, to be read from its beginning.
    ///
    /// # Errors
    ///
    /// [`FileError`] when what is left in memory cannot be written, or the file not be opened.
    pub fn read_back(&mut self) -> Result<File, FileError> {
        self.flush_buffer()?;
        let path = self.temporary.0.as_deref().unwrap_or(&self.final_path);
        File::open(path).map_err(|source| FileError::new(Operation::Read, &self.final_path, source))
    }

    /// The file is complete: it is synced and appears under its final name, replacing what was
    /// there. As a member of [`WholeFiles`](crate::WholeFiles) it appears with the others.
    ///
    /// # Errors
    ///
    /// [`FileError`], also for an earlier write that failed; what was there stays.
    pub fn commit(mut self) -> Result<(), FileError> {
        let set = self.set.take();
        let complete = self.into_complete()?;
        match set {
            Some(members) => {
                complete.file.start();
                members.add_complete(complete);
                Ok(())
            }
            None => complete.appear(Complete::give_final_name),
        }
    }

    /// As [`WholeFile::commit`], but something that is there meanwhile is not replaced: it stays,
    /// and this gives `false`. Not for members of a set.
    ///
    /// # Errors
    ///
    /// As [`WholeFile::commit`].
    pub fn commit_new(self) -> Result<bool, FileError> {
        self.into_complete()?.appear(Complete::give_new_name)
    }

    fn into_complete(mut self) -> Result<Complete, FileError> {
        self.flush_buffer()?;
        if let Some(kind) = self.failure {
            return Err(FileError::new(Operation::Write, &self.final_path, kind.into())
                .needing(self.n_bytes_written));
        }
        let Self { temporary, final_path, file, n_bytes_written, .. } = self;
        Ok(Complete { temporary, final_path, file, n_bytes: n_bytes_written })
    }

    fn write_buffered(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if BUFFER_BYTES < self.buffer.len() + bytes.len() {
            self.flush_buffer()?;
        }
        if BUFFER_BYTES <= bytes.len() {
            self.write_through(bytes)
        } else {
            self.buffer.extend_from_slice(bytes);
            Ok(())
        }
    }

    fn flush_buffer(&mut self) -> Result<(), FileError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = self.write_through(&buffer);
        buffer.clear();
        self.buffer = buffer;
        written
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if let Err(source) = self.file.file().write_all(bytes) {
            self.failure = Some(source.kind());
            return Err(FileError::new(Operation::Write, &self.final_path, source)
                .needing(self.n_bytes_written + bytes.len() as u64));
        }
        self.n_bytes_written += bytes.len() as u64;
        self.n_bytes_since_write_back += bytes.len() as u64;
        if WRITE_BACK_EVERY_BYTES <= self.n_bytes_since_write_back {
            self.n_bytes_since_write_back = 0;
            self.file.start();
        }
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_buffered(bytes).map_err(FileError::into_io)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_buffer().map_err(FileError::into_io)
    }
}

impl Complete {
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        self.file.finish().map_err(|source| {
            FileError::new(Operation::Sync, &self.final_path, source).needing(self.n_bytes)
        })
    }

    pub(crate) fn directory(&self) -> &Path {
        directory_of(&self.final_path)
    }

    /// The disk has the file, then it gets its name, then the disk has that too.
    fn appear<T>(
        self,
        give_name: impl FnOnce(Self) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        self.sync()?;
        let directory = self.directory().to_path_buf();
        let _whole = during_commit();
        let given = give_name(self)?;
        sync_directory(&directory)?;
        Ok(given)
    }

    pub(crate) fn give_final_name(self) -> Result<(), FileError> {
        self.temporary
            .rename(&self.final_path)
            .map_err(|source| FileError::new(Operation::Replace, &self.final_path, source))
    }

    /// Gives the final name unless something has it.
    fn give_new_name(self) -> Result<bool, FileError> {
        match self.temporary.link(&self.final_path) {
            Ok(()) => Ok(true),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // Not all file systems can give a second name; looking first is the best there.
            Err(_) if std::fs::symlink_metadata(&self.final_path).is_ok() => Ok(false),
            Err(_) => self.give_final_name().map(|()| true),
        }
    }
}

impl Temporary {
    /// A second name for the file at `path`, or nothing when there is none, or none can be given.
    pub(crate) fn second_name(path: &Path) -> Option<Self> {
        let second = temporary_path(path);
        std::fs::hard_link(path, &second).ok().map(|()| Self(Some(second)))
    }

    /// Gives the file a second name, unless something has that.
    fn link(&self, name: &Path) -> io::Result<()> {
        self.0.as_deref().map_or(Ok(()), |path| std::fs::hard_link(path, name))
    }

    pub(crate) fn rename(mut self, final_path: &Path) -> io::Result<()> {
        match &self.0 {
            Some(path) => std::fs::rename(path, final_path)?,
            None => return Ok(()),
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What stays here is removed when the data root is next opened.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The directory that has, or will have, the file at `path`.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// A path beside `final_path` that nobody else uses.
fn temporary_path(final_path: &Path) -> PathBuf {
    static N_FILES: AtomicU64 = AtomicU64::new(0);
    let n_files = N_FILES.fetch_add(1, Ordering::Relaxed);
    let name = final_path.file_name().unwrap_or_default().to_string_lossy();
    let unique = format!("{}-{n_files}", std::process::id());
    final_path.with_file_name(temporary_name(&name, &unique))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    /// Every write to `/dev/full` fails as on a full disk.
    #[test]
    fn a_full_disk_says_how_much_the_file_needs() {
        let mut file = file_on_full_disk();
        file.write_all(&[b'x'; 1000]).unwrap();
        let error = file.write_all(&[b'x'; 1_999_000]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("could not write `messages.csv`: the disk is full"), "{text}");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(FileError::of(&error).unwrap().hint().unwrap().starts_with("free some space"));
    }

    #[test]
    fn a_write_that_failed_and_was_overlooked_keeps_the_file_from_appearing() {
        let mut file = file_on_full_disk();
        let _ = file.write_all(&[b'x'; 1_000_000]);
        let text = file.commit().unwrap_err().to_string();
        assert!(text.contains("the disk is full"), "{text}");
    }

    fn file_on_full_disk() -> WholeFile {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        WholeFile {
            temporary: Temporary(None),
            final_path: PathBuf::from("messages.csv"),
            file: WrittenBack::new(full),
            buffer: Vec::new(),
            n_bytes_written: 0,
            n_bytes_since_write_back: 0,
            failure: None,
            set: None,
        }
    }
}
