//! The latest values of a few keys of a TracedData object, read straight from its line.
//!
//! An object carries its whole history, and stage 5 needs a few values of today. Files that the
//! pipeline or the original wrote are in one canonical form, in which the SHA of an update is that
//! of the bytes of the line. So its chain can be verified, and its values found, without building
//! the history in memory. A line in any other form, or with a chain that does not hold, is left to
//! [`traced_data::parse_line`], which accepts it or says what is wrong.

mod scan;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;
use sha2::{Digest, Sha256};
use traced_data::{Key, LineError, TOMBSTONE, TracedData, parse_line};

use scan::Cursor;

/// Keys whose values are wanted.
pub(crate) struct Wanted {
    keys: Vec<Key>,
    /// By the key as a line has it, quotes included.
    places: FxHashMap<Box<[u8]>, usize>,
}

/// The latest values of the wanted keys of one object.
pub(crate) struct LatestValues {
    wanted: Arc<Wanted>,
    values: Vec<Option<Value>>,
}

impl Wanted {
    pub(crate) fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut wanted = Self { keys: Vec::new(), places: FxHashMap::default() };
        for key in keys {
            if !wanted.keys.contains(&key) {
                wanted.places.insert(escaped(key.as_str()), wanted.keys.len());
                wanted.keys.push(key);
            }
        }
        wanted
    }
}

impl LatestValues {
    /// The values in a line, whose chain of SHAs holds.
    ///
    /// # Errors
    ///
    /// Those of [`parse_line`].
    pub(crate) fn of_line(line: &[u8], wanted: &Arc<Wanted>) -> Result<Self, LineError> {
        let values = match canonical(line, wanted) {
            Some(values) => values,
            None => {
                let object = TracedData::from(parse_line(line)?);
                wanted.keys.iter().map(|key| object.get(*key).map(json)).collect()
            }
        };
        Ok(Self { wanted: Arc::clone(wanted), values })
    }

    /// The value of a key; `None` when it was never set or is hidden.
    pub(crate) fn get(&self, key: Key) -> Option<&Value> {
        let place = self.wanted.keys.iter().position(|known| *known == key)?;
        self.values[place].as_ref()
    }
}

/// The values in a line that is in canonical form and whose chain holds.
fn canonical(line: &[u8], wanted: &Wanted) -> Option<Vec<Option<Value>>> {
    if !line.is_ascii() {
        return None;
    }
    let mut cursor = Cursor::new(line);
    let history = read_history(&mut cursor, wanted)?;
    cursor.at_end().then_some(())?;
    let value = |found: Found<'_>| match found {
        Found::Value(json) => serde_json::from_slice(json).map(Some).ok(),
        Found::Nothing | Found::Hidden => Some(None),
    };
    history.latest.into_iter().map(value).collect()
}

/// What is known of a history once it was read.
struct History<'a> {
    sha: &'a [u8],
    latest: Vec<Found<'a>>,
}

/// The latest that was said about a key, as a line has it.
#[derive(Clone, Copy, PartialEq)]
enum Found<'a> {
    Nothing,
    Hidden,
    Value(&'a [u8]),
}

/// One update: what its SHA is made from.
struct Update<'a> {
    data: &'a [u8],
    pairs: Vec<(&'a [u8], &'a [u8])>,
    nested: Vec<(&'a [u8], History<'a>)>,
    sha: &'a [u8],
}

fn read_history<'a>(cursor: &mut Cursor<'a>, wanted: &Wanted) -> Option<History<'a>> {
    let mut updates = Vec::new();
    cursor.expect(b"[")?;
    loop {
        updates.push(read_update(cursor, wanted)?);
        if cursor.take(b"]") {
            break;
        }
        cursor.expect(b", ")?;
    }
    let mut latest = vec![Found::Nothing; wanted.keys.len()];
    for (place, update) in updates.iter().enumerate() {
        let previous = updates.get(place + 1).map_or(&b""[..], |update| update.sha);
        (update.computed_sha(previous)? == update.sha).then_some(())?;
        // Newest first: what is known already is newer.
        for (key, value) in &update.pairs {
            if let Some(wanted) = wanted.places.get(*key)
                && latest[*wanted] == Found::Nothing
            {
                let is_tombstone = value.get(1..value.len() - 1) == Some(TOMBSTONE.as_bytes());
                latest[*wanted] = if is_tombstone { Found::Hidden } else { Found::Value(value) };
            }
        }
        for (_, nested) in update.nested.iter().rev() {
            for (known, found) in latest.iter_mut().zip(&nested.latest) {
                if *known == Found::Nothing && matches!(found, Found::Value(_)) {
                    *known = *found;
                }
            }
        }
    }
    Some(History { sha: updates.first()?.sha, latest })
}

fn read_update<'a>(cursor: &mut Cursor<'a>, wanted: &Wanted) -> Option<Update<'a>> {
    cursor.expect(b"{\"Data\": ")?;
    let start = cursor.place();
    let pairs = cursor.pairs(Cursor::skip_value)?;
    let data = cursor.since(start);
    let pairs =
        pairs.into_iter().map(|(key, start, end)| (key, cursor.between(start, end))).collect();
    cursor.expect(b", \"Metadata\": ")?;
    cursor.skip_value()?;
    cursor.expect(b", \"NestedTracedData\": ")?;
    let mut histories = Vec::new();
    let nested = cursor.pairs(|cursor| {
        histories.push(read_history(cursor, wanted)?);
        Some(())
    })?;
    cursor.expect(b", \"SHA\": \"")?;
    let sha = cursor.text()?;
    cursor.expect(b"}")?;
    let nested = nested.into_iter().map(|(key, ..)| key).zip(histories).collect();
    Some(Update { data, pairs, nested, sha })
}

impl Update<'_> {
    /// The SHA of the update; `None` when it cannot be computed from the bytes as they are.
    fn computed_sha(&self, previous: &[u8]) -> Option<Vec<u8>> {
        let mut hash = Sha256::new();
        hash.update(b"{\"data\": ");
        if self.nested.is_empty() {
            hash.update(self.data);
        } else {
            hash.update(self.data_with_nested()?);
        }
        hash.update(b", \"prev_sha\": \"");
        hash.update(previous);
        hash.update(b"\"}");
        let hex = |byte: &u8| {
            [byte >> 4, byte & 15].map(|nibble| b"0123456789abcdef"[usize::from(nibble)])
        };
        Some(hash.finalize().iter().flat_map(hex).collect())
    }

    /// The data in which nested objects stand as their SHA.
    fn data_with_nested(&self) -> Option<Vec<u8>> {
        let shas: Vec<Vec<u8>> =
            self.nested.iter().map(|(_, nested)| [b"\"", nested.sha, b"\""].concat()).collect();
        let nested = self.nested.iter().map(|(key, _)| *key).zip(shas.iter().map(Vec::as_slice));
        let mut pairs: Vec<(&[u8], &[u8])> = self.pairs.iter().copied().chain(nested).collect();
        // Escapes do not sort as the characters that they stand for.
        let has_escape = |(key, _): &(&[u8], &[u8])| key.contains(&b'\\');
        if pairs.iter().any(has_escape) {
            return None;
        }
        // Without their quotes: a quote sorts after a blank, an end before everything.
        let name = |key: &'_ [u8]| -> Vec<u8> { key[1..key.len() - 1].to_vec() };
        pairs.sort_by_cached_key(|(key, _)| name(key));
        let is_twice = pairs.windows(2).any(|pairs| pairs[0].0 == pairs[1].0);
        let pairs: Vec<Vec<u8>> =
            pairs.into_iter().map(|(key, value)| [key, b": ", value].concat()).collect();
        (!is_twice).then(|| [b"{", pairs.join(&b", "[..]).as_slice(), b"}"].concat())
    }
}

/// A value as JSON.
fn json(value: &traced_data::Value) -> Value {
    match value {
        traced_data::Value::Null => Value::Null,
        traced_data::Value::Bool(value) => Value::Bool(*value),
        traced_data::Value::String(text) => Value::String(text.to_string()),
        other => serde_json::from_str(&other.to_cell()).unwrap_or(Value::Null),
    }
}

/// A key as canonical JSON has it, quotes included.
fn escaped(key: &str) -> Box<[u8]> {
    let mut escaped = Vec::from(b"\"");
    for unit in key.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => escaped.extend([b'\\', byte]),
            Ok(byte @ b' '..=b'~') => escaped.push(byte),
            Ok(b'\n') => escaped.extend(b"\\n"),
            Ok(b'\r') => escaped.extend(b"\\r"),
            Ok(b'\t') => escaped.extend(b"\\t"),
            Ok(8) => escaped.extend(b"\\b"),
            Ok(12) => escaped.extend(b"\\f"),
            _ => escaped.extend(format!("\\u{unit:04x}").bytes()),
        }
    }
    escaped.push(b'"');
    escaped.into()
}

#[cfg(test)]
mod tests;
