//! The values of an object as one step is about to change them.

use rustc_hash::FxHashMap;
use traced_data::{Changes, Key, TracedData, Value};

/// An object seen through changes that are not appended yet, so that a step that decides in
/// several moves still appends one update.
pub(crate) struct Draft<'a> {
    object: &'a TracedData,
    changed: FxHashMap<Key, Option<Value>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(object: &'a TracedData) -> Self {
        Self { object, changed: FxHashMap::default() }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Value> {
        match self.changed.get(&key) {
            Some(changed) => changed.as_ref(),
            None => self.object.get(key),
        }
    }

    pub(crate) fn text(&self, key: Key) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn set(&mut self, key: Key, value: Value) {
        self.changed.insert(key, Some(value));
    }

    /// Hides a key; nothing happens when the object does not have it.
    pub(crate) fn hide(&mut self, key: Key) {
        self.changed.insert(key, None);
    }

    pub(crate) fn into_changes(self) -> Changes {
        let mut changes = Changes::new();
        for (key, value) in self.changed {
            match value {
                Some(value) => changes.insert(key, value),
                None => changes.hide(key),
            }
        }
        changes
    }
}
