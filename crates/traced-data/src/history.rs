//! The updates of an object: an immutable chain that copies share.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::value::{push_hex, write_pairs, write_value};
use crate::{Key, Value};

/// Who made an update, in which step, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub(crate) user: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) timestamp: Value,
}

impl Metadata {
    /// Metadata of a step: `source` is `<crate>::<step>`, `timestamp` is ISO 8601.
    pub fn new(user: &str, source: &str, timestamp: &str) -> Self {
        Self { user: user.into(), source: source.into(), timestamp: timestamp.into() }
    }

    /// Who ran the program.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The step that made the update, `<crate>::<step>`; a place in Python code in older files.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// When the program ran: ISO 8601 text, or seconds since 1970 in some updates of older files.
    pub fn timestamp(&self) -> &Value {
        &self.timestamp
    }
}

/// The SHA-256 of an update and all that came before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha(pub(crate) [u8; 32]);

impl fmt::Display for Sha {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = String::with_capacity(64);
        push_hex(&mut hex, &self.0);
        formatter.write_str(&hex)
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What one step changed.
#[derive(Debug)]
pub struct Update {
    pub(crate) data: Box<[(Key, Value)]>,
    /// The inside of the JSON of `data`, kept while it is about to be written.
    pub(crate) json: Option<Box<[u8]>>,
    pub(crate) nested: Box<[(Key, History)]>,
    pub(crate) sha: Sha,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) previous: Option<History>,
}

impl Update {
    /// The keys set, sorted; hidden ones carry [`TOMBSTONE`](crate::TOMBSTONE).
    pub fn data(&self) -> &[(Key, Value)] {
        &self.data
    }

    /// The objects nested, sorted by key.
    pub fn nested(&self) -> &[(Key, History)] {
        &self.nested
    }

    /// The SHA of this update and all before it.
    pub fn sha(&self) -> Sha {
        self.sha
    }

    /// Who made the update, in which step, and when.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

/// All updates of an object; cloning shares them.
#[derive(Clone)]
pub struct History(Arc<Update>);

impl History {
    /// Appends one update; `data` and `nested` are sorted by key.
    pub(crate) fn push(
        previous: Option<History>,
        data: Vec<(Key, Value)>,
        nested: Vec<(Key, History)>,
        metadata: Arc<Metadata>,
    ) -> Self {
        let json = data_json(&data);
        let sha = sha_of(&data, &json, &nested, previous.as_ref().map(History::sha));
        Self::from_update(Update {
            data: data.into(),
            json: Some(json.into()),
            nested: nested.into(),
            sha,
            metadata,
            previous,
        })
    }

    pub(crate) fn from_update(update: Update) -> Self {
        Self(Arc::new(update))
    }

    /// The updates, newest first.
    pub fn updates(&self) -> impl Iterator<Item = &Update> {
        std::iter::successors(Some(&*self.0), |update| {
            update.previous.as_ref().map(|previous| &*previous.0)
        })
    }

    /// The newest update.
    pub fn newest(&self) -> &Update {
        &self.0
    }

    /// The SHA of the newest update, which covers all before it.
    pub fn sha(&self) -> Sha {
        self.0.sha
    }

    /// Every change of one key in the order in which they took effect, also those that came with
    /// nested objects.
    pub fn of_key(&self, key: Key) -> Vec<KeyChange<'_>> {
        let mut changes = Vec::new();
        for update in self.oldest_first() {
            for (_, nested) in &update.nested {
                changes.extend(nested.of_key(key));
            }
            if let Ok(position) = update.data.binary_search_by(|(name, _)| name.cmp(&key)) {
                let value = &update.data[position].1;
                changes.push(KeyChange {
                    value: (!value.is_tombstone()).then_some(value),
                    sha: update.sha,
                    metadata: &update.metadata,
                });
            }
        }
        changes
    }

    /// The latest value of each key that is not hidden.
    pub(crate) fn latest(&self) -> FxHashMap<Key, Value> {
        let mut latest = FxHashMap::default();
        self.apply_to(&mut latest);
        latest
    }

    fn apply_to(&self, latest: &mut FxHashMap<Key, Value>) {
        for update in self.oldest_first() {
            for (_, nested) in &update.nested {
                // By itself first: a key that the nested object hid keeps the outer value.
                latest.extend(nested.latest());
            }
            for (key, value) in &update.data {
                if value.is_tombstone() {
                    latest.remove(key);
                } else {
                    latest.insert(*key, value.clone());
                }
            }
        }
    }

    fn oldest_first(&self) -> impl Iterator<Item = &Update> {
        let mut updates: Vec<&Update> = self.updates().collect();
        updates.reverse();
        updates.into_iter()
    }
}

impl fmt::Debug for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.updates().map(|update| &update.data)).finish()
    }
}

impl PartialEq for History {
    /// Whether both hold the same updates, made by the same steps.
    fn eq(&self, other: &Self) -> bool {
        self.sha() == other.sha()
            && self.updates().map(Update::metadata).eq(other.updates().map(Update::metadata))
    }
}

/// Long histories are dropped in a loop: the default would recurse once per update.
impl Drop for Update {
    fn drop(&mut self) {
        let mut next = self.previous.take();
        while let Some(History(shared)) = next {
            next = Arc::into_inner(shared).and_then(|mut update| update.previous.take());
        }
    }
}

/// One change of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyChange<'a> {
    /// What the key was set to; `None` when it was hidden.
    pub value: Option<&'a Value>,
    /// The SHA of the update.
    pub sha: Sha,
    /// Who changed it, in which step, and when.
    pub metadata: &'a Metadata,
}

/// The inside of the JSON object of an update's data.
pub(crate) fn data_json(data: &[(Key, Value)]) -> Vec<u8> {
    let mut json = Vec::with_capacity(1024);
    write_pairs(&mut json, data);
    json
}

/// The SHA of an update: over the JSON of `{"data": …, "prev_sha": …}`, nested objects as their SHA.
///
/// `json` is the inside of the JSON of `data`.
pub(crate) fn sha_of(
    data: &[(Key, Value)],
    json: &[u8],
    nested: &[(Key, History)],
    previous: Option<Sha>,
) -> Sha {
    let mut digest = Sha256::new_with_prefix(b"{\"data\": {");
    if nested.is_empty() {
        digest.update(json);
    } else {
        digest.update(json_with_shas(data, nested));
    }
    let mut end = Vec::with_capacity(90);
    end.extend_from_slice(b"}, \"prev_sha\": ");
    match previous {
        Some(sha) => write_sha(&mut end, sha),
        None => end.extend_from_slice(b"\"\""),
    }
    end.push(b'}');
    digest.update(&end);
    Sha(digest.finalize().into())
}

/// The inside of the JSON of an update that nests objects, each of which stands there as its SHA.
fn json_with_shas(data: &[(Key, Value)], nested: &[(Key, History)]) -> Vec<u8> {
    let mut json = Vec::with_capacity(1024);
    let (mut data, mut nested) = (data.iter().peekable(), nested.iter().peekable());
    while data.peek().is_some() || nested.peek().is_some() {
        if !json.is_empty() {
            json.extend_from_slice(b", ");
        }
        let data_is_next = match (data.peek(), nested.peek()) {
            (Some(pair), Some(object)) => pair.0 < object.0,
            (pair, _) => pair.is_some(),
        };
        if data_is_next && let Some((key, value)) = data.next() {
            json.extend_from_slice(key.json());
            write_value(&mut json, value);
        } else if let Some((key, object)) = nested.next() {
            json.extend_from_slice(key.json());
            write_sha(&mut json, object.sha());
        }
    }
    json
}

/// Appends a SHA as a JSON string.
pub(crate) fn write_sha(out: &mut Vec<u8>, sha: Sha) {
    out.push(b'"');
    for byte in sha.0 {
        out.push(b"0123456789abcdef"[usize::from(byte >> 4)]);
        out.push(b"0123456789abcdef"[usize::from(byte & 15)]);
    }
    out.push(b'"');
}
