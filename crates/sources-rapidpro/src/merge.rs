//! What was fetched before and what was fetched now, each run and contact once.

use std::collections::HashMap;

use crate::records::{RawContact, RawRun, Time};

/// Runs, each once, in its latest version.
#[derive(Debug, Default)]
pub struct Runs {
    runs: Vec<RawRun>,
    by_uuid: HashMap<Box<str>, usize>,
    /// Of runs without a UUID: by id, and by contact and time of creation.
    by_id: HashMap<i64, usize>,
    by_start: HashMap<(Box<str>, Time), usize>,
}

/// Contacts, each once, in its latest version.
#[derive(Debug, Default)]
pub struct Contacts(HashMap<String, RawContact>);

impl Runs {
    /// Adds a run, or replaces an older version of it. Gives whether anything changed.
    ///
    /// A version as old as the one that is there changes nothing, so that the text of an answer
    /// stays what it was when it was first labelled.
    pub fn add(&mut self, run: RawRun) -> bool {
        let Some(place) = self.place(&run) else {
            self.remember(&run, self.runs.len());
            self.runs.push(run);
            return true;
        };
        self.remember(&run, place);
        let current = &mut self.runs[place];
        current.is_archived &= run.is_archived;
        if run.modified_on <= current.modified_on {
            // Old raw files do not know the UUID.
            let learned = current.uuid.is_none() && run.uuid.is_some();
            current.uuid = current.uuid.take().or(run.uuid);
            return learned;
        }
        *current = newer_version(current, run);
        true
    }

    /// Removes the runs of contacts that `is_gone` is true for, and gives how many they were.
    pub fn remove(&mut self, is_gone: impl Fn(&str) -> bool) -> usize {
        if !self.runs.iter().any(|run| is_gone(&run.contact.uuid)) {
            return 0;
        }
        let n_before = self.runs.len();
        let runs = std::mem::take(self).runs;
        let staying = runs.into_iter().filter(|run| !is_gone(&run.contact.uuid));
        staying.for_each(|run| {
            self.add(run);
        });
        n_before - self.runs.len()
    }

    /// When the run that changed last did so, of those that the server listed: an archive can
    /// have newer ones than others that were not asked for yet.
    pub fn latest_listed(&self) -> Option<Time> {
        self.runs.iter().filter(|run| !run.is_archived).map(|run| run.modified_on).max()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// All runs, those that changed first first; of those that changed at once by UUID or id.
    pub fn into_sorted(self) -> Vec<RawRun> {
        let mut runs = self.runs;
        runs.sort_by(|one, other| {
            let key = |run: &RawRun| (run.modified_on, run.id);
            key(one).cmp(&key(other)).then_with(|| one.uuid.cmp(&other.uuid))
        });
        runs
    }

    fn place(&self, run: &RawRun) -> Option<usize> {
        let by_uuid = run.uuid.as_ref().and_then(|uuid| self.by_uuid.get(uuid));
        let by_id = || run.id.and_then(|id| self.by_id.get(&id));
        let by_start = || match run.id {
            Some(_) => None,
            None => self.by_start.get(&(run.contact.uuid.clone(), run.created_on)),
        };
        by_uuid.or_else(by_id).or_else(by_start).copied()
    }

    fn remember(&mut self, run: &RawRun, place: usize) {
        match &run.uuid {
            Some(uuid) => {
                self.by_uuid.insert(uuid.clone(), place);
            }
            None => {
                if let Some(id) = run.id {
                    self.by_id.insert(id, place);
                }
                self.by_start.insert((run.contact.uuid.clone(), run.created_on), place);
            }
        }
    }
}

impl Contacts {
    /// Adds a contact, or replaces an older version of it.
    pub fn add(&mut self, contact: RawContact) {
        match self.0.get(&contact.uuid) {
            Some(current) if is_newer(current, &contact) => {}
            _ => {
                self.0.insert(contact.uuid.clone(), contact);
            }
        }
    }

    /// The contact with this UUID.
    pub fn get(&self, uuid: &str) -> Option<&RawContact> {
        self.0.get(uuid)
    }

    /// When the contact that changed last did so: of those that were deleted, or of the others.
    pub(crate) fn latest(&self, is_deleted: bool) -> Option<Time> {
        let contacts = self.0.values().filter(|contact| contact.is_deleted == is_deleted);
        contacts.map(|contact| contact.modified_on).max()
    }

    /// All contacts, those that changed first first.
    pub fn sorted(&self) -> Vec<&RawContact> {
        let mut contacts: Vec<&RawContact> = self.0.values().collect();
        contacts.sort_by(|one, other| {
            (one.modified_on, &one.uuid).cmp(&(other.modified_on, &other.uuid))
        });
        contacts
    }
}

/// Whether `current` is to stay when `other` comes: it is newer, or of the same time and deleted.
fn is_newer(current: &RawContact, other: &RawContact) -> bool {
    (other.modified_on, other.is_deleted) < (current.modified_on, current.is_deleted)
}

/// The new version of a run, with what only the old one knows: the id, by which the run is called
/// in the data, and what was typed.
fn newer_version(old: &RawRun, mut new: RawRun) -> RawRun {
    new.id = new.id.or(old.id);
    new.uuid = new.uuid.or_else(|| old.uuid.clone());
    for (key, value) in new.values.iter_mut() {
        let Some(before) = old.values.get(key) else { continue };
        if value.input.is_none() && value.time == before.time && value.value == before.value {
            value.input.clone_from(&before.input);
        }
    }
    new
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
            let mut runs = Runs::default();
            versions.into_iter().for_each(|version| {
                runs.add(version.clone());
            });
            assert_eq!(runs.into_sorted(), std::slice::from_ref(&new));
        }
    }

    #[test]
    fn a_run_of_an_old_file_is_found_by_its_id() {
        let mut runs = Runs::default();
        runs.add(run(&json!({"id": 1}), 5));
        assert!(runs.add(run(&json!({"uuid": "r1", "id": 1}), 5)));
        assert!(!runs.add(run(&json!({"uuid": "r1", "id": 1}), 5)));
        runs.add(run(&json!({"uuid": "r1"}), 6));
        let runs = runs.into_sorted();
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].id, runs[0].uuid.as_deref()), (Some(1), Some("r1")));
    }

    #[test]
    fn a_run_of_an_old_file_is_found_by_contact_and_start_when_ids_are_gone() {
        let mut runs = Runs::default();
        runs.add(run(&json!({"id": 1}), 5));
        runs.add(run(&json!({"uuid": "r1"}), 6));
        let runs = runs.into_sorted();
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].id, runs[0].uuid.as_deref()), (Some(1), Some("r1")));
    }

    #[test]
    fn what_was_typed_stays_when_the_server_no_longer_says_it() {
        let new = json!({"value": "24", "time": "2021-06-01T00:00:00Z"});
        let mut old = new.clone();
        old["input"] = "I am 24".into();
        let mut runs = Runs::default();
        runs.add(run(&json!({"uuid": "r1", "values": {"q": old}}), 5));
        runs.add(run(&json!({"uuid": "r1", "values": {"q": new}}), 6));
        assert_eq!(
            runs.into_sorted()[0].values.get("q").unwrap().input,
            Some(Text(Some("I am 24".into())))
        );
    }

    #[test]
    fn runs_of_contacts_that_are_gone_leave() {
        let mut runs = Runs::default();
        runs.add(run(&json!({"uuid": "r1"}), 5));
        assert_eq!(runs.remove(|contact| contact == "c2"), 0);
        assert_eq!(runs.remove(|contact| contact == "c1"), 1);
        assert!(runs.is_empty());
        runs.add(run(&json!({"uuid": "r1"}), 5));
        assert_eq!(runs.len(), 1);
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
