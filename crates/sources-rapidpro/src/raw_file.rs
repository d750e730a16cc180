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

use crate::answers;
use crate::error::RapidProError;

/// A list of records in a file, and the pages that will be part of it.
#[derive(Debug)]
pub(crate) struct RawFile {
    path: PathBuf,
    pages: PathBuf,
    n_pages: usize,
}

impl RawFile {
    /// The raw file at `path`, be it there or not.
    pub(crate) fn new(path: PathBuf) -> Self {
        let pages = path.with_extension("pages");
        Self { path, pages, n_pages: 0 }
    }

    /// Whether an earlier fetch came to its end.
    pub(crate) fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// Whether an earlier fetch came to its end, or saved a page.
    pub(crate) fn is_begun(&self) -> Result<bool, FileError> {
        Ok(self.is_there() || !self.page_files()?.is_empty())
    }

    /// Calls `on_records` with the records of the file, then with those of each page that an
    /// unfinished fetch left.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        mut on_records: impl FnMut(Vec<T>) -> Result<(), RapidProError>,
    ) -> Result<(), RapidProError> {
        if self.is_there() {
            on_records(read_records(&self.path)?)?;
        }
        for page in self.page_files()? {
            on_records(read_records(&page)?)?;
            let number = page.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            self.n_pages = self.n_pages.max(number.unwrap_or_default());
        }
        Ok(())
    }

    /// Saves a page, so that it need not be fetched again.
    pub(crate) fn save_page<T: Serialize>(&mut self, records: &[T]) -> Result<(), RapidProError> {
        self.n_pages += 1;
        let page = self.pages.join(format!("{:08}.json", self.n_pages));
        let mut file = WholeFile::create(&page)?;
        write_records(records, &mut file)?;
        Ok(file.commit()?)
    }

    /// Writes the whole file as a member of `files`; when they appear, the pages go.
    pub(crate) fn write<'a, T: Serialize + 'a>(
        &self,
        records: impl IntoIterator<Item = &'a T>,
        files: &WholeFiles,
    ) -> Result<(), RapidProError> {
        let mut file = files.create(&self.path)?;
        write_records(records, &mut file)?;
        file.commit()?;
        for page in self.page_files()? {
            files.remove(&page);
        }
        Ok(())
    }

    /// Removes the directory of the pages once it is empty.
    pub(crate) fn remove_empty_pages(&self) {
        // A directory that stays does no harm.
        let _ = std::fs::remove_dir(&self.pages);
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

fn read_records<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RapidProError> {
    let bytes = data_root::read(path)?;
    answers::read(&bytes)
        .map_err(|source| RapidProError::RawFile { path: path.to_path_buf(), source })
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
