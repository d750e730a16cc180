//! The fetch of one flow.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use data_root::{DataRoot, WholeFiles};
use fetching::{RawFile, Time};
use traced_data::serialize_line;

use crate::answers::Archive;
use crate::archives::DoneArchive;
use crate::convert::{Converter, Skip};
use crate::error::RapidProError;
use crate::records::RawRun;
use crate::stored_runs::StoredRuns;

use super::cursor;

/// A flow while it is fetched.
pub(super) struct FlowFetch<'a> {
    pub(super) name: &'a str,
    pub(super) uuid: String,
    /// The archives whose runs are here.
    pub(super) done_archives: Vec<DoneArchive>,
    /// Why the flow keeps its old files.
    pub(super) failure: Option<RapidProError>,
    runs: StoredRuns,
    archives: RawFile,
}

/// What was written of a flow.
pub(super) struct Written {
    pub(super) path: PathBuf,
    /// How many runs are new or changed.
    pub(super) n_new_runs: u64,
    pub(super) n_runs: u64,
    pub(super) skipped: BTreeMap<Skip, u64>,
}

impl<'a> FlowFetch<'a> {
    /// Begins where the last fetch of the flow ended, or was cut off.
    pub(super) fn open(
        name: &'a str,
        uuid: &str,
        data_root: &DataRoot,
    ) -> Result<Self, RapidProError> {
        let runs = StoredRuns::open(&data_root.raw_server_file(name)?)?;
        let mut archives = RawFile::new(data_root.raw_server_file(&format!("{name}_archives"))?);
        let mut done_archives = Vec::new();
        // Who moved the raw file away wants all of it again.
        if runs.is_begun()? {
            archives.read(|done: Vec<DoneArchive>| {
                done_archives.extend(done);
                Ok::<_, RapidProError>(())
            })?;
        }
        let uuid = uuid.to_owned();
        Ok(Self { name, uuid, runs, done_archives, failure: None, archives })
    }

    /// From when on the server is asked.
    pub(super) fn cursor(&self) -> Option<Time> {
        cursor(self.runs.latest_listed())
    }

    /// Whether the archive can have runs that are not here.
    pub(super) fn wants(&self, archive: &Archive) -> bool {
        self.failure.is_none()
            && !self.done_archives.contains(&archive.done())
            && self.cursor().is_none_or(|cursor| archive.reaches(cursor))
    }

    /// Adds a page, and saves what is new in it.
    pub(super) fn add_page(&mut self, page: Vec<RawRun>) -> Result<(), RapidProError> {
        self.runs.add(page)
    }

    /// All runs of the archive are here: it is not wanted again.
    pub(super) fn has_all_of(&mut self, archive: &Archive) -> Result<(), RapidProError> {
        let done = archive.done();
        if self.runs.is_begun()? {
            self.archives.save_page(std::slice::from_ref(&done))?;
        }
        self.done_archives.push(done);
        Ok(())
    }

    /// Replaces the files of the flow. Runs of contacts that were deleted leave them.
    pub(super) fn write(
        mut self,
        converter: &Converter<'_>,
        data_root: &DataRoot,
    ) -> Result<Written, RapidProError> {
        let path = data_root.raw_data_file(self.name)?;
        let files = WholeFiles::new();
        self.archives.write(&self.done_archives, &files)?;
        let mut file = files.create(&path)?;
        let mut written = Written { path, n_new_runs: 0, n_runs: 0, skipped: BTreeMap::new() };
        let mut line = Vec::new();
        let n_new_runs = self.runs.rewrite(&files, |run| match converter.convert(run) {
            Ok(object) => {
                line.clear();
                serialize_line(object.history(), &mut line);
                file.write_all(&line)?;
                written.n_runs += 1;
                Ok(true)
            }
            Err(skip) => {
                *written.skipped.entry(skip).or_default() += 1;
                Ok(skip != Skip::DeletedContact)
            }
        })?;
        written.n_new_runs = n_new_runs;
        file.commit()?;
        files.commit()?;
        self.runs.remove_empty_pages();
        self.archives.remove_empty_pages();
        Ok(written)
    }
}
