//! Records that stay in their files: memory holds where each one is, and not what it says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use data_root::{FileError, Operation, WholeFile, WholeFiles};
use serde::Serialize;

use crate::RawFileError;
use crate::misread::{Misread, read_json};
use crate::raw_file::RawFile;

/// How a file begins that holds one record a line. The original's do not.
const ONE_A_LINE: &[u8] = b"[\n{";

/// A raw file and its pages, whose records are read when they are needed.
#[derive(Debug)]
pub struct StoredRecords {
    raw: RawFile,
    files: Vec<PathBuf>,
    open: Option<(u32, File)>,
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    file: u32,
    n_bytes: u32,
    offset: u64,
}

/// A raw file that is being written anew, record by record.
pub struct RecordWriter {
    file: WholeFile,
    is_empty: bool,
}

impl StoredRecords {
    /// The records of a raw file, be it there or not, and of the pages that an unfinished fetch left.
    pub fn new(raw: RawFile) -> Self {
        Self { raw, files: Vec::new(), open: None }
    }

    /// The raw file.
    pub fn raw(&self) -> &RawFile {
        &self.raw
    }

    /// Calls `on_record` with each record that is there: first those of the raw file, then those of
    /// the pages. Records of files that the original wrote are in no place that they can be read
    /// from again.
    ///
    /// # Errors
    ///
    /// [`RawFileError`], and those of `on_record`.
    pub fn scan<E: From<RawFileError>>(
        &mut self,
        mut on_record: impl FnMut(Option<RecordPlace>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for path in self.raw.parts().map_err(RawFileError::from)? {
            let number = self.add_file(path.clone());
            let mut lines = BufReader::new(data_root::open(&path).map_err(RawFileError::from)?);
            let beginning = lines.fill_buf().map_err(|error| could_not_read(&path, error))?;
            if beginning.starts_with(ONE_A_LINE) {
                scan_lines(&path, lines, number, &mut on_record)?;
            } else {
                drop(lines);
                let bytes = data_root::read(&path).map_err(RawFileError::from)?;
                let records: Vec<serde_json::Value> =
                    read_json(&bytes).map_err(|source| misread(&path, source))?;
                for record in records {
                    on_record(None, record.to_string().as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Saves a page, so that it need not be fetched again, and says where its records are.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn save_page<T: Serialize>(
        &mut self,
        records: &[T],
    ) -> Result<Vec<RecordPlace>, RawFileError> {
        let path = self.raw.next_page();
        let file = self.add_file(path.clone());
        let mut writer = RecordWriter { file: WholeFile::create(&path)?, is_empty: true };
        let mut places = Vec::with_capacity(records.len());
        let mut end = 0;
        for record in records {
            let line = serde_json::to_vec(record).map_err(io::Error::from)?;
            // After `[` and a line end, or a comma and a line end.
            let offset = end + 2;
            end = offset + line.len() as u64;
            places.push(RecordPlace { file, n_bytes: size(&line), offset });
            writer.push(&line)?;
        }
        writer.finish()?;
        Ok(places)
    }

    /// The bytes of a record.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn read(&mut self, place: RecordPlace) -> Result<Vec<u8>, RawFileError> {
        let path = &self.files[place.file as usize];
        let file = match self.open.take() {
            Some((number, file)) if number == place.file => file,
            _ => data_root::open(path)?,
        };
        let mut bytes = vec![0; place.n_bytes as usize];
        file.read_exact_at(&mut bytes, place.offset)
            .map_err(|error| could_not_read(path, error))?;
        self.open = Some((place.file, file));
        Ok(bytes)
    }

    /// That a record cannot be understood.
    pub fn misread(&self, place: RecordPlace, source: Misread) -> RawFileError {
        misread(&self.files[place.file as usize], source)
    }

    /// Begins the whole file anew as a member of `files`; when they appear, the pages go.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn rewrite(&self, files: &WholeFiles) -> Result<RecordWriter, RawFileError> {
        let file = self.raw.begin(files)?;
        Ok(RecordWriter { file, is_empty: true })
    }

    fn add_file(&mut self, path: PathBuf) -> u32 {
        self.files.push(path);
        u32::try_from(self.files.len() - 1).expect("files are numbered with eight digits")
    }
}

impl RecordWriter {
    /// Writes a record, JSON without line ends.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn push(&mut self, record: &[u8]) -> Result<(), RawFileError> {
        self.file.write_all(if self.is_empty { b"[\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(self.file.write_all(record)?)
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// [`RawFileError`].
    pub fn finish(mut self) -> Result<(), RawFileError> {
        self.file.write_all(if self.is_empty { b"[]\n" } else { b"\n]\n" })?;
        Ok(self.file.commit()?)
    }
}

/// Calls `on_record` with each line of a file between `[` and `]`.
fn scan_lines<E: From<RawFileError>>(
    path: &Path,
    mut lines: impl BufRead,
    file: u32,
    on_record: &mut impl FnMut(Option<RecordPlace>, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut line = Vec::new();
    let mut offset = 0;
    loop {
        line.clear();
        let n_read =
            lines.read_until(b'\n', &mut line).map_err(|error| could_not_read(path, error))?;
        match line.trim_ascii_end() {
            b"[" => {}
            b"]" => return Ok(()),
            // The end is missing.
            b"" => return Err(misread(path, Misread::CutShort).into()),
            record => {
                let record = record.strip_suffix(b",").unwrap_or(record);
                on_record(Some(RecordPlace { file, n_bytes: size(record), offset }), record)?;
            }
        }
        offset += n_read as u64;
    }
}

fn size(record: &[u8]) -> u32 {
    u32::try_from(record.len()).expect("no server gives four gigabytes at once")
}

fn misread(path: &Path, source: Misread) -> RawFileError {
    RawFileError::Misread { path: path.to_path_buf(), source }
}

fn could_not_read(path: &Path, source: io::Error) -> RawFileError {
    FileError::new(Operation::Read, path, source).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_again_whichever_file_they_are_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flow_raw.json");
        let mut stored = StoredRecords::new(RawFile::new(path.clone()));
        let places = stored.save_page(&["a", "bc"]).unwrap();
        let later = stored.save_page(&["d"]).unwrap();
        assert_eq!(stored.read(later[0]).unwrap(), b"\"d\"");
        assert_eq!(stored.read(places[1]).unwrap(), b"\"bc\"");
        assert_eq!(stored.read(places[0]).unwrap(), b"\"a\"");
    }

    #[test]
    fn files_of_the_original_are_read_too() {
        check("[{\"id\": 1},\n {\"id\": 2}]", &[(false, "{\"id\":1}"), (false, "{\"id\":2}")]);
        check("[\n{\"id\":1},\n{\"id\":2}\n]\n", &[(true, "{\"id\":1}"), (true, "{\"id\":2}")]);
        check("[]\n", &[]);
    }

    #[test]
    fn a_file_that_ends_in_the_middle_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flow_raw.json");
        std::fs::write(&path, "[\n{\"id\":1},\n").unwrap();
        let mut stored = StoredRecords::new(RawFile::new(path.clone()));
        let error = stored.scan(|_, _| Ok::<_, RawFileError>(())).unwrap_err();
        assert!(error.to_string().contains("flow_raw.json"), "{error}");
    }

    #[track_caller]
    fn check(text: &str, expected: &[(bool, &str)]) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flow_raw.json");
        std::fs::write(&path, text).unwrap();
        let mut stored = StoredRecords::new(RawFile::new(path));
        let mut found = Vec::new();
        let on_record = |place: Option<RecordPlace>, record: &[u8]| {
            found.push((place, String::from_utf8(record.to_vec()).unwrap()));
            Ok::<_, RawFileError>(())
        };
        stored.scan(on_record).unwrap();
        let seen: Vec<(bool, &str)> =
            found.iter().map(|(place, text)| (place.is_some(), text.as_str())).collect();
        assert_eq!(seen, expected);
        for (place, text) in &found {
            let again = place.map(|place| stored.read(place).unwrap());
            assert_eq!(again.unwrap_or(text.clone().into_bytes()), text.as_bytes());
        }
    }
}
