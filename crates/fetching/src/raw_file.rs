//! Raw files: what the server said, kept so that the next fetch asks only for what is new.
//!
//! While a fetch is under way, each page is a file of its own in a directory beside the raw file.
//! At the end the raw file is replaced as a whole and the pages go. So a fetch that is cut off
//! loses at most the page it was at.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_root::{FileError, WholeFile, WholeFiles};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::misread::{Misread, read_json};

/// A list of records in a file, and the pages that will be part of it.
#[derive(Debug)]
pub struct RawFile {
    path: PathBuf,
    pages: PathBuf,
    n_pages: usize,
}

/// A raw file, or one of its pages, cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RawFileError {
    /// It does not hold what was written there.
    #[error("raw file `{}` cannot be read", .path.display())]
    Misread {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Misread,
    },
    /// The file cannot be read or written at all.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be written to.
    #[error("could not write raw data")]
    Write(#[from] io::Error),
}

impl RawFileError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Misread { path, .. } => {
                Some(format!("move `{}` away: what it held is then fetched anew", path.display()))
            }
            Self::File(error) => error.hint(),
            Self::Write(error) => FileError::of(error).and_then(FileError::hint),
        }
    }
}

impl RawFile {
    /// The raw file at `path`, be it there or not.
    pub fn new(path: PathBuf) -> Self {
        let pages = path.with_extension("pages");
        Self { path, pages, n_pages: 0 }
    }

    /// Whether an earlier fetch came to its end.
    pub fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// Whether an earlier fetch came to its end, or saved a page.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the pages cannot be listed.
    pub fn is_begun(&self) -> Result<bool, FileError> {
        Ok(self.is_there() || !self.page_files()?.is_empty())
    }

    /// The records of the file; none when it is not there.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn records<T: DeserializeOwned>(&self) -> Result<Vec<T>, RawFileError> {
        if self.is_there() { read_records(&self.path) } else { Ok(Vec::new()) }
    }

    /// Calls `on_records` with the records of the file, then with those of each page that an
    /// unfinished fetch left.
    ///
    /// # Errors
    ///
    /// [`RawFileError`], and those of `on_records`.
    pub fn read<T: DeserializeOwned, E: From<RawFileError>>(
        &mut self,
        mut on_records: impl FnMut(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_there() {
            on_records(self.records()?)?;
        }
        self.read_pages(on_records)
    }

    /// Calls `on_records` with the records of each page that an unfinished fetch left.
    ///
    /// # Errors
    ///
    /// [`RawFileError`], and those of `on_records`.
    pub fn read_pages<T: DeserializeOwned, E: From<RawFileError>>(
        &mut self,
        mut on_records: impl FnMut(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        for page in self.page_files().map_err(RawFileError::from)? {
            on_records(read_records(&page)?)?;
            self.n_pages = self.n_pages.max(page_number(&page).unwrap_or_default());
        }
        Ok(())
    }

    /// Saves a page, so that it need not be fetched again.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn save_page<T: Serialize>(&mut self, records: &[T]) -> Result<(), RawFileError> {
        let mut file = WholeFile::create(&self.next_page())?;
        write_records(records, &mut file)?;
        Ok(file.commit()?)
    }

    /// Removes the pages that an unfinished fetch left.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn remove_pages(&mut self) -> Result<(), FileError> {
        self.n_pages = 0;
        self.page_files()?.iter().try_for_each(|page| data_root::remove(page))
    }

    /// Writes the whole file as a member of `files`; when they appear, the pages go.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn write<'a, T: Serialize + 'a>(
        &self,
        records: impl IntoIterator<Item = &'a T>,
        files: &WholeFiles,
    ) -> Result<(), RawFileError> {
        let mut file = self.begin(files)?;
        write_records(records, &mut file)?;
        Ok(file.commit()?)
    }

    /// Removes the directory of the pages once it is empty.
    pub fn remove_empty_pages(&self) {
        // A directory that stays does no harm.
        let _ = std::fs::remove_dir(&self.pages);
    }

    /// The files that records are in: the raw file where it is there, then the pages that an
    /// unfinished fetch left.
    pub(crate) fn parts(&mut self) -> Result<Vec<PathBuf>, FileError> {
        let pages = self.page_files()?;
        self.n_pages = pages.iter().filter_map(|page| page_number(page)).max().unwrap_or_default();
        Ok(self.is_there().then(|| self.path.clone()).into_iter().chain(pages).collect())
    }

    /// Where the next page will be.
    pub(crate) fn next_page(&mut self) -> PathBuf {
        self.n_pages += 1;
        self.pages.join(format!("{:08}.json", self.n_pages))
    }

    /// Begins the whole file as a member of `files`; when they appear, the pages go.
    pub(crate) fn begin(&self, files: &WholeFiles) -> Result<WholeFile, FileError> {
        let file = files.create(&self.path)?;
        self.page_files()?.iter().for_each(|page| files.remove(page));
        Ok(file)
    }

    fn page_files(&self) -> Result<Vec<PathBuf>, FileError> {
        if !self.pages.is_dir() {
            return Ok(Vec::new());
        }
        let mut pages = data_root::list(&self.pages)?;
        pages.retain(|page| page.extension().is_some_and(|extension| extension == "json"));
        pages.sort();
        Ok(pages)
    }
}

fn page_number(page: &Path) -> Option<usize> {
    page.file_stem()?.to_str()?.parse().ok()
}

fn read_records<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RawFileError> {
    let bytes = data_root::read(path)?;
    read_json(&bytes).map_err(|source| RawFileError::Misread { path: path.to_path_buf(), source })
}

/// Writes a JSON list, one record a line.
fn write_records<'a, T: Serialize + 'a>(
    records: impl IntoIterator<Item = &'a T>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut separator: &[u8] = b"[\n";
    let mut line = Vec::new();
    for record in records {
        out.write_all(separator)?;
        separator = b",\n";
        line.clear();
        serde_json::to_writer(&mut line, record)?;
        out.write_all(&line)?;
    }
    let is_empty = separator == b"[\n";
    out.write_all(if is_empty { b"[]\n" } else { b"\n]\n" })
}
