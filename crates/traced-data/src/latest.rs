//! An object with its latest values at hand.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::value::sorted_unique;
use crate::{Changes, History, Key, Metadata, Value};

/// An object of the pipeline: its history, and its latest values in constant time.
///
/// Cloning shares the history and, until one of the two is changed, the table of latest values.
#[derive(Clone, Debug)]
pub struct TracedData {
    history: History,
    latest: Arc<FxHashMap<Key, Value>>,
}

impl TracedData {
    /// A new object whose first update is `changes`.
    pub fn new(changes: Changes, metadata: &Arc<Metadata>) -> Self {
        let nested = sorted_nested(changes.nested);
        let data = sorted_unique(changes.data);
        History::push(None, data, histories(nested), Arc::clone(metadata)).into()
    }

    /// The latest value of `key`; `None` when it was never set or is hidden.
    #[inline]
    pub fn get(&self, key: Key) -> Option<&Value> {
        self.latest.get(&key)
    }

    /// The latest value of `key` when it is a string.
    #[inline]
    pub fn text(&self, key: Key) -> Option<&Arc<str>> {
        self.get(key).and_then(Value::as_shared_str)
    }

    /// Whether `key` has a value, be it null.
    #[inline]
    pub fn contains(&self, key: Key) -> bool {
        self.latest.contains_key(&key)
    }

    /// The keys that have a value, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.latest.keys().copied()
    }

    /// The latest values with their keys, sorted by key.
    pub fn sorted_items(&self) -> Vec<(Key, &Value)> {
        let mut items: Vec<(Key, &Value)> =
            self.latest.iter().map(|(key, value)| (*key, value)).collect();
        items.sort_by_key(|item| item.0);
        items
    }

    /// All updates so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The history alone, without the table of latest values.
    pub fn into_history(self) -> History {
        self.history
    }

    /// Appends one update with what `changes` really changes, and says whether there was any.
    ///
    /// # Errors
    ///
    /// [`NestConflict`] when a nested object and this one have different values for a key that
    /// `changes` does not itself set or hide; then nothing is appended.
    pub fn append(
        &mut self,
        changes: Changes,
        metadata: &Arc<Metadata>,
    ) -> Result<bool, NestConflict> {
        let mut data = sorted_unique(changes.data);
        let nested = sorted_nested(changes.nested);
        if nested.is_empty() {
            data.retain(|(key, value)| self.changes_something(*key, value));
            if data.is_empty() {
                return Ok(false);
            }
        } else {
            let nested_values = self.nested_values(&nested, &data)?;
            Arc::make_mut(&mut self.latest).extend(nested_values);
        }
        let latest = Arc::make_mut(&mut self.latest);
        for (key, value) in &data {
            if value.is_tombstone() {
                latest.remove(key);
            } else {
                latest.insert(*key, value.clone());
            }
        }
        self.history = History::push(
            Some(self.history.clone()),
            data,
            histories(nested),
            Arc::clone(metadata),
        );
        Ok(true)
    }

    /// Appends one update that nests nothing.
    ///
    /// The same as [`append`](Self::append) for changes that cannot conflict.
    pub fn update(
        &mut self,
        pairs: impl IntoIterator<Item = (Key, Value)>,
        metadata: &Arc<Metadata>,
    ) -> bool {
        self.append(pairs.into_iter().collect(), metadata)
            .expect("changes without nested objects cannot conflict")
    }

    fn changes_something(&self, key: Key, value: &Value) -> bool {
        match self.latest.get(&key) {
            Some(current) => current != value,
            None => !value.is_tombstone(),
        }
    }

    /// The values that nested objects bring along, by the rule that equal keys have equal values.
    fn nested_values(
        &self,
        nested: &[(Key, TracedData)],
        data: &[(Key, Value)],
    ) -> Result<FxHashMap<Key, Value>, NestConflict> {
        let mut values: FxHashMap<Key, Value> = FxHashMap::default();
        for (_, object) in nested {
            for (&key, theirs) in &*object.latest {
                let overridden = || data.binary_search_by(|(name, _)| name.cmp(&key)).is_ok();
                if let Some(ours) = values.get(&key).or_else(|| self.latest.get(&key))
                    && ours != theirs
                    && !overridden()
                {
                    return Err(NestConflict { key, ours: ours.clone(), theirs: theirs.clone() });
                }
                values.insert(key, theirs.clone());
            }
        }
        Ok(values)
    }
}

impl From<History> for TracedData {
    fn from(history: History) -> Self {
        let latest = Arc::new(history.latest());
        Self { history, latest }
    }
}

fn sorted_nested(mut nested: Vec<(Key, TracedData)>) -> Vec<(Key, TracedData)> {
    nested.sort_by_key(|object| object.0);
    nested
}

fn histories(nested: Vec<(Key, TracedData)>) -> Vec<(Key, History)> {
    nested.into_iter().map(|(key, object)| (key, object.history)).collect()
}

/// Two objects that were to be joined have different values for one key.
///
/// Values are what people sent, so the message leaves them out.
#[derive(Clone, Debug, thiserror::Error)]
#[error("both objects have a value for `{key}`, and the values differ")]
pub struct NestConflict {
    /// The key that both have.
    pub key: Key,
    /// The value before.
    pub ours: Value,
    /// The value of the nested object.
    pub theirs: Value,
}

#[cfg(test)]
mod tests;
