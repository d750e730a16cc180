//! What one step wants to change in an object.

use crate::value::TOMBSTONE_VALUE;
use crate::{Key, TracedData, Value};

/// The keys that one step sets or hides, and the objects it nests.
///
/// When a key is given more than once, the last call counts.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub(crate) data: Vec<(Key, Value)>,
    pub(crate) nested: Vec<(Key, TracedData)>,
}

impl Changes {
    /// No changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also sets `key` to `value`.
    #[must_use]
    pub fn set(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.insert(key.into(), value.into());
        self
    }

    /// Sets `key` to `value`.
    pub fn insert(&mut self, key: Key, value: Value) {
        self.data.push((key, value));
    }

    /// Hides `key`: it is gone from the latest values but stays in the history.
    ///
    /// Hiding a key that is not there changes nothing.
    pub fn hide(&mut self, key: Key) {
        self.data.push((key, TOMBSTONE_VALUE.clone()));
    }

    /// Nests another object with its whole history: its latest values become values of this one.
    pub fn nest(&mut self, key: Key, other: TracedData) {
        self.nested.push((key, other));
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.nested.is_empty()
    }
}

impl FromIterator<(Key, Value)> for Changes {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(pairs: I) -> Self {
        Self { data: pairs.into_iter().collect(), nested: Vec::new() }
    }
}

impl Extend<(Key, Value)> for Changes {
    fn extend<I: IntoIterator<Item = (Key, Value)>>(&mut self, pairs: I) {
        self.data.extend(pairs);
    }
}
