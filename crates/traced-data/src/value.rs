//! Values of traced data, and their JSON as Python's `json.dumps` writes it.
//!
//! The SHA chain is computed over that JSON, so every byte counts: `", "` and `": "` between
//! items, keys sorted, everything outside printable ASCII escaped, floats as Python's `repr`.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, OnceLock};

use sha2::{Digest, Sha256};

use crate::Key;

/// The value that stands for a hidden key.
pub const TOMBSTONE: &str = "#HIDDEN-VALUE-44dce0a0-e79c-48cf-8d8e-ec59137ef0d0";

/// A JSON value that is cheap to clone: strings, lists and objects are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as Python writes it: whole numbers of any size stay whole.
    Number(Arc<str>),
    /// A string.
    String(Arc<str>),
    /// A list.
    Array(Arc<[Value]>),
    /// Key-value pairs, sorted by key, each key once.
    Object(Arc<Object>),
}

/// From how many owners on an object's JSON is worth keeping.
const SHARED_BY_MANY: usize = 16;

/// Key-value pairs, sorted by key, each key once.
///
/// Labels are objects that thousands of messages share, so the JSON is kept once it was written.
#[derive(Debug)]
pub struct Object {
    pairs: Box<[(Key, Value)]>,
    json: OnceLock<Box<[u8]>>,
}

impl Object {
    pub(crate) fn new(sorted_pairs: Vec<(Key, Value)>) -> Self {
        Self { pairs: sorted_pairs.into(), json: OnceLock::new() }
    }

    /// The pairs, sorted by key.
    pub fn pairs(&self) -> &[(Key, Value)] {
        &self.pairs
    }

    fn json(&self) -> &[u8] {
        self.json.get_or_init(|| {
            let mut json = vec![b'{'];
            write_pairs(&mut json, &self.pairs);
            json.push(b'}');
            json.into()
        })
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Object {}

/// The one tombstone that all hidden keys share.
pub(crate) static TOMBSTONE_VALUE: LazyLock<Value> = LazyLock::new(|| TOMBSTONE.into());

impl Value {
    /// The text, when the value is a string.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text as a shared string, when the value is a string.
    #[inline]
    pub fn as_shared_str(&self) -> Option<&Arc<str>> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, when the value is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value at `key`, when this is an object that has it.
    #[inline]
    pub fn member(&self, key: Key) -> Option<&Value> {
        match self {
            Self::Object(object) => {
                object.pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether Python would take the value for true in a condition.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(text) => {
                text.bytes().any(|byte| matches!(byte, b'1'..=b'9' | b'n' | b'N'))
            }
            Self::String(text) => !text.is_empty(),
            Self::Array(items) => !items.is_empty(),
            Self::Object(object) => !object.pairs.is_empty(),
        }
    }

    /// An object of these pairs; of pairs with the same key the last one stays.
    pub fn object(pairs: impl IntoIterator<Item = (Key, Value)>) -> Self {
        Self::Object(Arc::new(Object::new(sorted_unique(pairs.into_iter().collect()))))
    }

    /// The text that Python's `str` gives for the value, as in a cell of a CSV file.
    ///
    /// `null` is the empty text there, strings are themselves, lists and objects their JSON.
    pub fn to_cell(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Number(text) | Self::String(text) => (&**text).into(),
            Self::Array(_) | Self::Object(_) => {
                let mut out = Vec::new();
                write_value(&mut out, self);
                String::from_utf8_lossy(&out).into_owned().into()
            }
        }
    }

    pub(crate) fn is_tombstone(&self) -> bool {
        self.as_str() == Some(TOMBSTONE)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(itoa::Buffer::new().format(number).into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(python_float(number).into())
    }
}

/// The SHA-256 of a text, as lower-case hexadecimal digits.
pub fn sha256_hex(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    push_hex(&mut hex, &Sha256::digest(text.as_bytes()));
    hex
}

/// Appends bytes as lower-case hexadecimal digits.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
}

/// Sorts pairs by key; of pairs with the same key the last one stays.
pub(crate) fn sorted_unique(mut pairs: Vec<(Key, Value)>) -> Vec<(Key, Value)> {
    if !pairs.is_sorted_by(|left, right| left.0 < right.0) {
        // Last first, so that the stable sort and `dedup` keep the last of equal keys.
        pairs.reverse();
        pairs.sort_by_key(|pair| pair.0);
        pairs.dedup_by_key(|pair| pair.0);
    }
    pairs
}

/// Appends the JSON of a value.
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(text) => out.extend_from_slice(text.as_bytes()),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if 0 < position {
                    out.extend_from_slice(b", ");
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) if SHARED_BY_MANY < Arc::strong_count(object) => {
            out.extend_from_slice(object.json());
        }
        Value::Object(object) => {
            out.push(b'{');
            write_pairs(out, &object.pairs);
            out.push(b'}');
        }
    }
}

/// Appends the inside of a JSON object.
pub(crate) fn write_pairs(out: &mut Vec<u8>, pairs: &[(Key, Value)]) {
    for (position, (key, value)) in pairs.iter().enumerate() {
        if 0 < position {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(key.json());
        write_value(out, value);
    }
}

/// Appends a JSON string, everything outside printable ASCII escaped.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    while let Some(plain) = plain_length(&bytes[start..]) {
        out.extend_from_slice(&bytes[start..start + plain]);
        let character = text[start + plain..].chars().next().expect("an index inside the text");
        write_escaped(out, character);
        start += plain + character.len_utf8();
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

/// How many bytes come before the first that needs an escape; `None` when none does.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let words = bytes.chunks_exact(8);
    let n_in_words = bytes.len() - words.remainder().len();
    let plain_words = words
        .take_while(|word| {
            let word = u64::from_le_bytes((*word).try_into().expect("chunks are of 8 bytes"));
            !has_escape(word)
        })
        .count();
    let start = (8 * plain_words).min(n_in_words);
    bytes[start..].iter().position(|byte| needs_escape(*byte)).map(|length| start + length)
}

/// Whether one of eight bytes needs an escape.
fn has_escape(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = 0x80 * ONES;
    // The high bit of a byte that is zero is set in the result; so may be others after one.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH_BITS;
    let below_blank = word.wrapping_sub(0x20 * ONES) & !word & HIGH_BITS;
    let quotes = zeros(word ^ (u64::from(b'"') * ONES));
    let backslashes = zeros(word ^ (u64::from(b'\\') * ONES));
    let deletes = zeros(word ^ (0x7f * ONES));
    (word & HIGH_BITS | below_blank | quotes | backslashes | deletes) != 0
}

fn needs_escape(byte: u8) -> bool {
    !(b' '..=b'~').contains(&byte) || byte == b'"' || byte == b'\\'
}

fn write_escaped(out: &mut Vec<u8>, character: char) {
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(b"0123456789abcdef"[usize::from(*unit >> shift & 15)]);
                }
            }
        }
    }
}

/// A float as Python's `repr` writes it: shortest digits, an exponent from 1e16 on and below 1e-4.
pub(crate) fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if 0.0 < number { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) =
        scientific.split_once('e').expect("`{:e}` writes an exponent for finite numbers");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a decimal exponent");
    if (-4..16).contains(&exponent) {
        return format!("{number:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mut text = mantissa.to_owned();
    write!(text, "e{sign}{:02}", exponent.abs()).expect("writing to a string cannot fail");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        // Expected values: `repr` of Python 3.11.
        for (number, expected) in [
            (7e-6, "7e-06"),
            (0.0001, "0.0001"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e300, "1.5e+300"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e22, "1e+22"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(python_float(number), expected);
        }
    }

    #[test]
    fn strings_are_escaped_as_python_escapes_them() {
        // Expected values: `json.dumps` of Python 3.11.
        check("plain ~", r#""plain ~""#);
        check("\u{7f}\u{1}é", r#""\u007f\u0001\u00e9""#);
        check("a\"\\\n\r\t\u{8}\u{c}/", r#""a\"\\\n\r\t\b\f/""#);
        check("1234567é 12345678\" 12345678~", r#""1234567\u00e9 12345678\" 12345678~""#);
        check("🙏 haa", r#""\ud83d\ude4f haa""#);
    }

    #[test]
    fn the_last_of_equal_keys_stays() {
        let pairs = [("b", "1"), ("a", "2"), ("b", "3")];
        let object = Value::object(pairs.map(|(key, text)| (Key::new(key), Value::from(text))));
        assert_eq!(object.member(Key::new("b")), Some(&Value::from("3")));
        let mut out = Vec::new();
        write_value(&mut out, &object);
        assert_eq!(out, br#"{"a": "2", "b": "3"}"#);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        write_string(&mut out, text);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
