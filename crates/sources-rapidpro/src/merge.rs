//! Versions of runs and contacts: which one stays, and what of the other.

use std::collections::HashMap;

use fetching::Time;

use crate::records::{RawContact, RawRun};

/// Contacts, each once, in its latest version.
#[derive(Debug, Default)]
pub struct Contacts(HashMap<String, RawContact>);

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
pub(crate) fn newer_version(old: &RawRun, mut new: RawRun) -> RawRun {
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
