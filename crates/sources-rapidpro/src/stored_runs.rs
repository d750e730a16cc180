//! Runs that were fetched before and are fetched now, each once, in its latest version.
//!
//! Runs stay in the raw file and its pages. In memory is only what tells them apart and puts them
//! in order, about a hundred bytes of each.

use std::collections::HashMap;
use std::path::Path;

use data_root::WholeFiles;
use fetching::{RawFile, RawFileError, RecordPlace, RecordWriter, StoredRecords, Time, read_json};
use md5::{Digest as _, Md5};
use serde::Deserialize;

use crate::answers::is_uuid;
use crate::error::RapidProError;
use crate::merge::newer_version;
use crate::records::{RawRun, Reference};

/// How many runs of a file of the original become a page.
const N_PER_PAGE: usize = 250;

/// The runs of a flow.
#[derive(Debug)]
pub(crate) struct StoredRuns {
    records: StoredRecords,
    index: Index,
}

/// What tells runs apart.
#[derive(Debug, Default)]
struct Index {
    entries: Vec<Entry>,
    by_uuid: HashMap<u128, usize>,
    /// Of runs without a UUID: by id, and by contact and time of creation.
    by_id: HashMap<i64, usize>,
    by_start: HashMap<(u128, Time), usize>,
}

/// A run, without what it says.
#[derive(Debug)]
struct Entry {
    modified_on: Time,
    id: Option<i64>,
    uuid: Option<u128>,
    is_archived: bool,
    /// Whether this fetch brought it, or a new version of it.
    is_news: bool,
    /// Nowhere yet while the page that it is on is being put together.
    place: Option<RecordPlace>,
}

/// The part of a record that an [`Entry`] is made of.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    uuid: Option<Box<str>>,
    #[serde(default)]
    id: Option<i64>,
    contact: Reference,
    created_on: Time,
    modified_on: Time,
    #[serde(default)]
    is_archived: bool,
}

impl StoredRuns {
    /// The runs in the raw file at `path` and in the pages that an unfinished fetch left.
    ///
    /// # Errors
    ///
    /// [`RapidProError`] when a file cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, RapidProError> {
        let misread = |source| RawFileError::Misread { path: path.to_path_buf(), source };
        let mut records = StoredRecords::new(RawFile::new(path.to_path_buf()));
        let mut index = Index::default();
        let mut of_original: Vec<RawRun> = Vec::new();
        records.scan(|place, bytes| {
            match place {
                Some(place) => index.add_stored(&read_json(bytes).map_err(misread)?, place),
                None => {
                    let run: RawRun = read_json(bytes).map_err(misread)?;
                    of_original.push(if run.uuid.is_none() { run.of_original() } else { run });
                }
            }
            Ok::<_, RapidProError>(())
        })?;
        let mut runs = Self { records, index };
        while !of_original.is_empty() {
            let rest = of_original.split_off(of_original.len().min(N_PER_PAGE));
            runs.add(of_original)?;
            of_original = rest;
        }
        runs.index.entries.iter_mut().for_each(|entry| entry.is_news = false);
        Ok(runs)
    }

    /// Whether there is anything of an earlier fetch, or of this one.
    pub(crate) fn is_begun(&self) -> Result<bool, RapidProError> {
        Ok(self.records.raw().is_begun()?)
    }

    /// Adds runs, or replaces older versions of them, and saves what changed as a page.
    ///
    /// A version as old as the one that is there changes nothing, so that the text of an answer
    /// stays what it was when it was first labelled.
    ///
    /// # Errors
    ///
    /// [`RapidProError`] when a file cannot be read or written.
    pub(crate) fn add(&mut self, runs: Vec<RawRun>) -> Result<(), RapidProError> {
        let mut changed: Vec<(usize, RawRun)> = Vec::new();
        for run in runs {
            let head = Head::of(&run);
            let Some(number) = self.index.find(&head) else {
                changed.push((self.index.push(&head), run));
                continue;
            };
            self.index.remember(&head, number);
            let entry = &self.index.entries[number];
            let is_newer = entry.modified_on < run.modified_on;
            // Old raw files do not know the UUID.
            let is_learned = entry.uuid.is_none() && run.uuid.is_some();
            let is_archived = entry.is_archived && run.is_archived;
            self.index.entries[number].is_archived = is_archived;
            if !is_newer && !is_learned {
                continue;
            }
            let on_page = changed.iter().position(|(other, _)| *other == number);
            let current = match on_page {
                Some(place) => changed.swap_remove(place).1,
                None => self.stored(number)?,
            };
            let version = match is_newer {
                true => newer_version(&current, run),
                false => RawRun { uuid: run.uuid, ..current },
            };
            self.index.entries[number].become_like(&version);
            changed.push((number, version));
        }
        if !changed.is_empty() {
            let page: Vec<&RawRun> = changed.iter().map(|(_, run)| run).collect();
            let places = self.records.save_page(&page)?;
            for ((number, _), place) in changed.iter().zip(places) {
                let entry = &mut self.index.entries[*number];
                entry.place = Some(place);
                entry.is_news = true;
            }
        }
        Ok(())
    }

    /// When the run that changed last did so, of those that the server listed: an archive can
    /// have newer ones than others that were not asked for yet.
    pub(crate) fn latest_listed(&self) -> Option<Time> {
        let listed = self.index.entries.iter().filter(|entry| !entry.is_archived);
        listed.map(|entry| entry.modified_on).max()
    }

    /// Calls `on_run` with all runs, those that changed first first, of those that changed at once
    /// by id or UUID; those that it returns true for are written to the raw file, a member of
    /// `files`. Gives how many of these are new or changed since the last fetch.
    ///
    /// Those that it returns false for will be asked for again, so they would be new each time.
    ///
    /// # Errors
    ///
    /// [`RapidProError`] when a file cannot be read or written, and those of `on_run`.
    pub(crate) fn rewrite(
        &mut self,
        files: &WholeFiles,
        mut on_run: impl FnMut(&RawRun) -> Result<bool, RapidProError>,
    ) -> Result<u64, RapidProError> {
        let mut order: Vec<usize> = (0..self.index.entries.len()).collect();
        order.sort_unstable_by_key(|number| {
            let entry = &self.index.entries[*number];
            (entry.modified_on, entry.id, entry.uuid)
        });
        let mut raw: RecordWriter = self.records.rewrite(files)?;
        let mut n_new = 0;
        for number in order {
            let mut run = self.stored(number)?;
            let entry = &self.index.entries[number];
            run.is_archived = entry.is_archived;
            if on_run(&run)? {
                n_new += u64::from(entry.is_news);
                raw.push(&serde_json::to_vec(&run).map_err(std::io::Error::from)?)?;
            }
        }
        raw.finish()?;
        Ok(n_new)
    }

    /// The whole raw file is there: its pages are gone.
    pub(crate) fn remove_empty_pages(&self) {
        self.records.raw().remove_empty_pages();
    }

    fn stored(&mut self, number: usize) -> Result<RawRun, RapidProError> {
        let place = self.index.entries[number].place;
        let place = place.expect("what is on no page yet is looked for there first");
        let bytes = self.records.read(place)?;
        Ok(read_json(&bytes).map_err(|source| self.records.misread(place, source))?)
    }
}

impl Index {
    /// A run that is in a file: those that come later in the files are later versions.
    fn add_stored(&mut self, head: &Head, place: RecordPlace) {
        let number = match self.find(head) {
            None => self.push(head),
            Some(number) => {
                self.remember(head, number);
                let entry = &mut self.entries[number];
                entry.modified_on = head.modified_on;
                entry.id = head.id.or(entry.id);
                entry.uuid = head.uuid.as_deref().map(key).or(entry.uuid);
                entry.is_archived &= head.is_archived;
                number
            }
        };
        self.entries[number].place = Some(place);
    }

    fn push(&mut self, head: &Head) -> usize {
        let number = self.entries.len();
        self.entries.push(Entry {
            modified_on: head.modified_on,
            id: head.id,
            uuid: head.uuid.as_deref().map(key),
            is_archived: head.is_archived,
            is_news: false,
            place: None,
        });
        self.remember(head, number);
        number
    }

    fn find(&self, head: &Head) -> Option<usize> {
        let by_uuid = head.uuid.as_deref().and_then(|uuid| self.by_uuid.get(&key(uuid)));
        let by_id = || head.id.and_then(|id| self.by_id.get(&id));
        let by_start = || match head.id {
            Some(_) => None,
            None => self.by_start.get(&head.start()),
        };
        by_uuid.or_else(by_id).or_else(by_start).copied()
    }

    fn remember(&mut self, head: &Head, number: usize) {
        match &head.uuid {
            Some(uuid) => {
                self.by_uuid.insert(key(uuid), number);
            }
            None => {
                if let Some(id) = head.id {
                    self.by_id.insert(id, number);
                }
                self.by_start.insert(head.start(), number);
            }
        }
    }
}

impl Entry {
    fn become_like(&mut self, run: &RawRun) {
        self.modified_on = run.modified_on;
        self.id = run.id;
        self.uuid = run.uuid.as_deref().map(key);
        self.place = None;
    }
}

impl Head {
    fn of(run: &RawRun) -> Self {
        Self {
            uuid: run.uuid.clone(),
            id: run.id,
            contact: run.contact.clone(),
            created_on: run.created_on,
            modified_on: run.modified_on,
            is_archived: run.is_archived,
        }
    }

    fn start(&self) -> (u128, Time) {
        (key(&self.contact.uuid), self.created_on)
    }
}

/// A number that stands for a UUID, in the same order; for anything else that stands in its place,
/// one that nothing else has.
fn key(uuid: &str) -> u128 {
    let as_number = || u128::from_str_radix(&uuid.replace('-', ""), 16).ok();
    let of_digest = || u128::from_be_bytes(Md5::digest(uuid).into());
    is_uuid(uuid).then(as_number).flatten().unwrap_or_else(of_digest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::records::Text;

    #[test]
    fn the_latest_version_stays_whatever_the_order() {
        let old = run(&json!({"uuid": "r1", "id": 1}), 5);
        let new = run(&json!({"uuid": "r1", "id": 1}), 7);
        for versions in [[&old, &new], [&new, &old]] {
            check(versions.map(Clone::clone).to_vec(), std::slice::from_ref(&new));
        }
    }

    #[test]
    fn a_run_of_an_old_file_is_found_by_its_id() {
        let old = run(&json!({"id": 1}), 5);
        let known = run(&json!({"uuid": "r1", "id": 1}), 5);
        check(vec![old.clone(), known.clone()], std::slice::from_ref(&known));
        let newer = run(&json!({"uuid": "r1"}), 6);
        let expected = run(&json!({"uuid": "r1", "id": 1}), 6);
        check(vec![old, known, newer], &[expected]);
    }

    #[test]
    fn a_run_of_an_old_file_is_found_by_contact_and_start_when_ids_are_gone() {
        let versions = vec![run(&json!({"id": 1}), 5), run(&json!({"uuid": "r1"}), 6)];
        check(versions, &[run(&json!({"uuid": "r1", "id": 1}), 6)]);
    }

    #[test]
    fn what_was_typed_stays_when_the_server_no_longer_says_it() {
        let new = json!({"value": "24", "time": "2021-06-01T00:00:00Z"});
        let mut old = new.clone();
        old["input"] = "I am 24".into();
        let versions = vec![
            run(&json!({"uuid": "r1", "values": {"q": old}}), 5),
            run(&json!({"uuid": "r1", "values": {"q": new}}), 6),
        ];
        let runs = merged(versions, 1);
        let input = &runs[0].values.get("q").unwrap().input;
        assert_eq!(*input, Some(Text(Some("I am 24".into()))));
    }

    #[test]
    fn runs_are_in_the_order_of_their_changes() {
        let runs = [(7, "r3"), (5, "r2"), (5, "r1")]
            .map(|(minute, uuid)| run(&json!({"uuid": format!("0000000{uuid}")}), minute));
        let [last, second, first] = runs.clone();
        check(runs.to_vec(), &[second, first, last]);
    }

    /// What is there at the end, however many runs come at once, and whether or not the process ends
    /// between pages.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "each call makes its own")]
    fn check(versions: Vec<RawRun>, expected: &[RawRun]) {
        for n_per_page in [1, versions.len()] {
            assert_eq!(merged(versions.clone(), n_per_page), expected, "{n_per_page} a page");
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "each call makes its own")]
    fn merged(versions: Vec<RawRun>, n_per_page: usize) -> Vec<RawRun> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flow_raw.json");
        for page in versions.chunks(n_per_page) {
            StoredRuns::open(&path).unwrap().add(page.to_vec()).unwrap();
        }
        let mut found = Vec::new();
        let files = WholeFiles::new();
        let mut runs = StoredRuns::open(&path).unwrap();
        runs.rewrite(&files, |run| {
            found.push(run.clone());
            Ok(true)
        })
        .unwrap();
        found
    }

    fn run(changes: &serde_json::Value, minute: u32) -> RawRun {
        let mut json = json!({
            "flow": {"uuid": "f1"},
            "contact": {"uuid": "c1"},
            "created_on": "2021-06-01T00:00:00Z",
            "modified_on": format!("2021-06-01T00:{minute:02}:00Z"),
        });
        for (key, value) in changes.as_object().unwrap() {
            json[key] = value.clone();
        }
        serde_json::from_value(json).unwrap()
    }
}
