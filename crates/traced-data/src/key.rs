//! Keys of traced data, each spelling held in memory once.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;

use crate::value::write_string;

/// The name of a value, such as `sent_on`; as cheap to copy and compare as a number.
///
/// Spellings are kept for the lifetime of the process: keys come from flows and configuration, of
/// which there are hundreds, not from messages.
/// Order is that of the text (Unicode code points, as Python's `sort_keys`).
#[derive(Clone, Copy)]
pub struct Key(&'static Spelling);

/// How a key is spelled.
struct Spelling {
    text: Box<str>,
    /// As it stands in a JSON object, with the `": "` after it.
    json: Box<[u8]>,
    /// Grows with the text, so that keys are sorted without a look at their texts; neighbours
    /// between which there was no number left have the same.
    rank: u64,
}

/// How much of the numbers between two neighbours stays below a new key between them: keys mostly
/// come in their order.
const RANKS_BELOW: u64 = 16;

type Spellings = FxHashMap<&'static str, &'static Spelling>;

static SPELLINGS: LazyLock<RwLock<BTreeMap<&'static str, &'static Spelling>>> =
    LazyLock::new(Default::default);

thread_local! {
    static SEEN_BY_THIS_THREAD: RefCell<Spellings> = RefCell::default();
}

impl Key {
    /// The key that is spelled `text`.
    pub fn new(text: &str) -> Self {
        SEEN_BY_THIS_THREAD.with_borrow_mut(|seen| {
            if let Some(known) = seen.get(text) {
                return Self(known);
            }
            let spelling = shared_spelling(text);
            seen.insert(&spelling.text, spelling);
            Self(spelling)
        })
    }

    /// How the key is spelled.
    #[inline]
    pub fn as_str(self) -> &'static str {
        &self.0.text
    }

    /// The key in a JSON object, with the `": "` after it.
    pub(crate) fn json(self) -> &'static [u8] {
        &self.0.json
    }
}

fn shared_spelling(text: &str) -> &'static Spelling {
    let poisoned = "no code panics while it holds the spellings";
    if let Some(known) = SPELLINGS.read().expect(poisoned).get(text) {
        return known;
    }
    let mut spellings = SPELLINGS.write().expect(poisoned);
    if let Some(known) = spellings.get(text) {
        return known;
    }
    let mut json = Vec::new();
    write_string(&mut json, text);
    json.extend_from_slice(b": ");
    let after = (Bound::Excluded(text), Bound::Unbounded);
    let next = spellings.range::<str, _>(after).next().map_or(u64::MAX, |(_, next)| next.rank);
    let before = (Bound::Unbounded, Bound::Excluded(text));
    let previous =
        spellings.range::<str, _>(before).next_back().map_or(0, |(_, previous)| previous.rank);
    let rank = previous + (next - previous) / RANKS_BELOW;
    let spelling: &'static Spelling =
        Box::leak(Box::new(Spelling { text: text.into(), json: json.into(), rank }));
    spellings.insert(&spelling.text, spelling);
    spelling
}

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Key {}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl Ord for Key {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match self.0.rank.cmp(&other.0.rank) {
            Ordering::Equal if self != other => self.as_str().cmp(other.as_str()),
            by_rank => by_rank,
        }
    }
}

impl PartialOrd for Key {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_is_one_key_on_every_thread() {
        let here = Key::new("sent_on");
        let there =
            std::thread::spawn(|| Key::new(&["sent", "on"].join("_"))).join().expect("no panic");
        assert_eq!(here, there);
        assert_ne!(here, Key::new("uid"));
    }

    #[test]
    fn keys_sort_by_text() {
        let mut keys = [Key::new("b"), Key::new("Z"), Key::new("é"), Key::new("a")];
        keys.sort();
        assert_eq!(keys.map(Key::as_str), ["Z", "a", "b", "é"]);
    }

    #[test]
    fn keys_sort_by_text_in_whatever_order_they_came() {
        // So many between two neighbours that numbers run out.
        let names = (0..300).flat_map(|number| {
            [format!("rank_{number:03}"), format!("rank_{:03}", 999 - number), "x".repeat(number)]
        });
        let mut keys: Vec<Key> = names.map(|name| Key::new(&name)).collect();
        keys.sort();
        assert!(keys.is_sorted_by_key(|key| key.as_str()));
    }
}
