//! What does not fit in memory: sorted tables and lines of raw data in files under the data root.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError, Operation};
use processing::{Record, SortedRecords, SortedTables, TableSource, merged};
use serde::{Deserialize, Serialize};
use stage_runner::Failure;

/// How much of a file is read or written at once.
const BUFFER_BYTES: usize = 128 << 10;

/// More files than this are merged into one before the outputs are.
const MAX_RUNS: usize = 100;

/// A directory for what is put aside; it goes away with this value, and after a crash with the
/// next run.
pub(crate) struct Aside {
    directory: PathBuf,
    n_files: usize,
}

impl Aside {
    /// For a process that has the data root for itself.
    pub(crate) fn new(data_root: &DataRoot) -> Self {
        Self { directory: data_root.temporary_directory(), n_files: 0 }
    }

    /// For one of several jobs at work in the same data root; `name` is that of this one alone.
    pub(crate) fn of_job(data_root: &DataRoot, name: &str) -> Self {
        let directory = data_root.temporary_directory().join(name);
        // Of an earlier try that was killed.
        let _ = std::fs::remove_dir_all(&directory);
        Self { directory, n_files: 0 }
    }

    /// A path for another file.
    pub(crate) fn next_path(&mut self) -> PathBuf {
        self.n_files += 1;
        self.directory.join(format!("{}", self.n_files))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What stays here is removed when the data root is next opened.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Sorted tables in a file, one after the other.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) path: PathBuf,
    pub(crate) sections: Vec<Section>,
}

/// Where a table is in the file of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Section {
    pub(crate) n_records: usize,
    pub(crate) start_bytes: u64,
    pub(crate) n_bytes: u64,
}

impl Run {
    /// Writes sorted tables to `out`; `path` is where they will be read.
    pub(crate) fn write(
        path: PathBuf,
        out: &mut impl Write,
        tables: impl Iterator<Item = io::Result<SortedRecords>>,
    ) -> io::Result<Self> {
        let mut out = Counted { out, n_bytes: 0 };
        let mut sections = Vec::new();
        for records in tables {
            let start_bytes = out.n_bytes;
            let mut n_records = 0;
            for record in records? {
                record?.write_to(&mut out)?;
                n_records += 1;
            }
            sections.push(Section { n_records, start_bytes, n_bytes: out.n_bytes - start_bytes });
        }
        Ok(Self { path, sections })
    }
}

impl TableSource for Run {
    fn n_records(&self, table: usize) -> usize {
        self.sections[table].n_records
    }

    fn records(&mut self, table: usize) -> io::Result<SortedRecords> {
        let Section { start_bytes, n_bytes, .. } = self.sections[table];
        if n_bytes == 0 {
            return Ok(Box::new(std::iter::empty()));
        }
        let mut file = data_root::open(&self.path).map_err(io::Error::other)?;
        file.seek(SeekFrom::Start(start_bytes))?;
        let input = BufReader::with_capacity(BUFFER_BYTES, file.take(n_bytes));
        Ok(Box::new(Records { input, path: self.path.clone() }))
    }
}

struct Records {
    input: BufReader<io::Take<File>>,
    path: PathBuf,
}

impl Iterator for Records {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let failed = |source| io::Error::other(FileError::new(Operation::Read, &self.path, source));
        Record::read_from(&mut self.input).map_err(failed).transpose()
    }
}

/// Sorted tables of all groups of people so far.
#[derive(Default)]
pub(crate) struct Runs {
    runs: Vec<Run>,
}

impl Runs {
    /// Puts tables aside.
    pub(crate) fn put_aside(
        &mut self,
        aside: &mut Aside,
        mut tables: SortedTables,
    ) -> Result<(), Failure> {
        let n_tables = tables.tables.len();
        self.runs.push(write_run(aside, (0..n_tables).map(|table| tables.records(table)))?);
        if MAX_RUNS <= self.runs.len() {
            self.merge_into_one(aside, n_tables)?;
        }
        Ok(())
    }

    fn merge_into_one(&mut self, aside: &mut Aside, n_tables: usize) -> Result<(), Failure> {
        let paths: Vec<PathBuf> = self.runs.iter().map(|run| run.path.clone()).collect();
        let mut sources = std::mem::take(self).into_sources();
        let run = write_run(aside, (0..n_tables).map(|table| merged(&mut sources, table)))?;
        self.runs.push(run);
        Ok(paths.iter().try_for_each(|path| data_root::remove(path))?)
    }

    pub(crate) fn into_sources(self) -> Vec<Box<dyn TableSource>> {
        self.runs.into_iter().map(|run| Box::new(run) as Box<dyn TableSource>).collect()
    }

    pub(crate) fn n_runs(&self) -> usize {
        self.runs.len()
    }
}

fn write_run(
    aside: &mut Aside,
    tables: impl Iterator<Item = io::Result<SortedRecords>>,
) -> Result<Run, FileError> {
    let path = aside.next_path();
    let mut out = create(&path)?;
    let failed = |source| FileError::new(Operation::Write, &path, source);
    let run = Run::write(path.clone(), &mut out, tables).map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(run)
}

/// A new file for what is put aside.
pub(crate) fn create(path: &Path) -> Result<BufWriter<File>, FileError> {
    Ok(BufWriter::with_capacity(BUFFER_BYTES, data_root::create_temporary(path)?))
}

struct Counted<'a, W> {
    out: &'a mut W,
    n_bytes: u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.out.write(bytes)?;
        self.n_bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
