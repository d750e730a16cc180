//! A JSON parser that keeps what Python keeps: whole numbers of any size, `NaN`, the last of equal
//! keys.
//!
//! `serde_json` turns whole numbers above 64 bits into floats, after which their SHA cannot be
//! checked.

use std::cell::RefCell;
use std::sync::Arc;

use memchr::memchr2;
use rustc_hash::FxHashSet;

use crate::value::{Object, python_float, sorted_unique};
use crate::{Key, Value};

/// Objects and lists nested deeper than this are refused.
const MAX_DEPTH: usize = 128;

/// Longer texts are messages, which seldom repeat.
const MAX_SHARED_BYTES: usize = 64;

/// How many texts are remembered before memory of them starts afresh.
const MAX_RECENT_TEXTS: usize = 4096;

/// A line that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {byte}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Where, counted from 1 within the line.
    pub byte: usize,
}

/// What is wrong with a line that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The line stops in the middle of a value.
    #[error("the line is cut short")]
    CutShort,
    /// Something else stands where a value was expected.
    #[error("expected a JSON value")]
    NoValue,
    /// A `,`, `:`, bracket or quote is missing.
    #[error("expected `{0}`")]
    Expected(char),
    /// A backslash is followed by something JSON does not know.
    #[error("unknown escape in a string")]
    Escape,
    /// Half of a character that takes two `\u` escapes.
    #[error("half of a surrogate pair, which is not a character")]
    LoneSurrogate,
    /// A control character that should have been escaped.
    #[error("unescaped control character in a string")]
    ControlCharacter,
    /// Characters after the value.
    #[error("unexpected text after the value")]
    Trailing,
    /// More than `MAX_DEPTH` levels.
    #[error("nested too deeply")]
    TooDeep,
}

/// A position in one line of JSON.
pub(crate) struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, position: 0, depth: 0 }
    }

    pub(crate) fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek()? {
            b'"' => Ok(Value::String(shared_text(&self.string()?))),
            b'{' => {
                let mut pairs = Vec::new();
                self.object(|parser, key| {
                    let value = parser.value()?;
                    pairs.push((Key::new(key), value));
                    Ok(())
                })?;
                Ok(Value::Object(Arc::new(Object::new(sorted_unique(pairs)))))
            }
            b'[' => {
                let mut items = Vec::new();
                self.array(|parser| {
                    items.push(parser.value()?);
                    Ok(())
                })?;
                Ok(Value::Array(items.into()))
            }
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'N' => self.word("NaN", Value::Number("NaN".into())),
            b'I' => self.word("Infinity", Value::Number("Infinity".into())),
            _ => self.number(),
        }
    }

    /// Calls `member` with each key of an object; it must consume the value.
    pub(crate) fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'{')?;
        if self.peek()? == b'}' {
            self.close();
            return Ok(());
        }
        loop {
            if self.peek()? != b'"' {
                return Err(self.error(JsonErrorKind::Expected('"')).into());
            }
            let key = self.string()?;
            self.expect(b':')?;
            member(self, &key)?;
            match self.peek()? {
                b',' => self.position += 1,
                b'}' => {
                    self.close();
                    return Ok(());
                }
                _ => return Err(self.error(JsonErrorKind::Expected(',')).into()),
            }
        }
    }

    /// What `consume` consumes, as it stands in the text.
    pub(crate) fn text_of<E>(
        &mut self,
        consume: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<&'a str, E> {
        let start = self.position;
        consume(self)?;
        Ok(&self.text[start..self.position])
    }

    /// Whether a string comes next.
    pub(crate) fn is_at_string(&mut self) -> bool {
        self.peek() == Ok(b'"')
    }

    /// Consumes a value without looking into it more than needed to find its end.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        match self.peek()? {
            b'"' => self.skip_string(),
            b'{' => self.object(|parser, _| parser.skip()),
            b'[' => self.array(Self::skip),
            _ => self.value().map(drop),
        }
    }

    /// Consumes a string.
    fn skip_string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        loop {
            let rest = &bytes[self.position..];
            let Some(length) = memchr2(b'"', b'\\', rest) else {
                return Err(JsonError { kind: JsonErrorKind::CutShort, byte: bytes.len() + 1 });
            };
            self.position += length + 1;
            if rest[length] == b'"' {
                return Ok(());
            }
            self.position += 1;
            if bytes.len() < self.position {
                return Err(JsonError { kind: JsonErrorKind::CutShort, byte: bytes.len() + 1 });
            }
        }
    }

    /// Calls `item` at each item of a list; it must consume it.
    pub(crate) fn array<E: From<JsonError>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'[')?;
        if self.peek()? == b']' {
            self.close();
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek()? {
                b',' => self.position += 1,
                b']' => {
                    self.close();
                    return Ok(());
                }
                _ => return Err(self.error(JsonErrorKind::Expected(',')).into()),
            }
        }
    }

    pub(crate) fn string(&mut self) -> Result<std::borrow::Cow<'a, str>, JsonError> {
        self.expect(b'"')?;
        let start = self.position;
        let end = self.plain_end()?;
        if self.text.as_bytes()[end] == b'"' {
            self.position = end + 1;
            return Ok(self.text[start..end].into());
        }
        let mut text = String::with_capacity(end - start + 16);
        text.push_str(&self.text[start..end]);
        self.position = end;
        loop {
            match self.text.as_bytes()[self.position] {
                b'"' => {
                    self.position += 1;
                    return Ok(text.into());
                }
                _ => text.push(self.escape()?),
            }
            let start = self.position;
            self.position = self.plain_end()?;
            text.push_str(&self.text[start..self.position]);
        }
    }

    /// Checks that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        match self.position == self.text.len() {
            true => Ok(()),
            false => Err(self.error(JsonErrorKind::Trailing)),
        }
    }

    pub(crate) fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, byte: self.position + 1 }
    }

    /// Where the next `"` or `\` of the string stands.
    fn plain_end(&self) -> Result<usize, JsonError> {
        let bytes = &self.text.as_bytes()[self.position..];
        let Some(length) = memchr2(b'"', b'\\', bytes) else {
            return Err(JsonError { kind: JsonErrorKind::CutShort, byte: self.text.len() + 1 });
        };
        match bytes[..length].iter().position(|byte| *byte < b' ') {
            Some(control) => Err(JsonError {
                kind: JsonErrorKind::ControlCharacter,
                byte: self.position + control + 1,
            }),
            None => Ok(self.position + length),
        }
    }

    /// The character that an escape stands for; the position is at its backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let bytes = self.text.as_bytes();
        let Some(letter) = bytes.get(self.position + 1) else {
            return Err(JsonError { kind: JsonErrorKind::CutShort, byte: bytes.len() + 1 });
        };
        let character = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.error(JsonErrorKind::Escape)),
        };
        self.position += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.code_unit()?;
        let rest = &self.text.as_bytes()[self.position..];
        if (0xd800..0xdc00).contains(&first) && b"\\u".starts_with(rest) {
            return Err(JsonError { kind: JsonErrorKind::CutShort, byte: self.text.len() + 1 });
        }
        let units = if (0xd800..0xdc00).contains(&first)
            && self.text.as_bytes()[self.position..].starts_with(b"\\u")
        {
            [first, self.code_unit()?]
        } else {
            [first, 0]
        };
        let length = if units[1] == 0 && !(0xd800..0xdc00).contains(&first) { 1 } else { 2 };
        match char::decode_utf16(units[..length].iter().copied()).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(self.error(JsonErrorKind::LoneSurrogate)),
        }
    }

    /// The four hexadecimal digits of a `\u` escape.
    fn code_unit(&mut self) -> Result<u16, JsonError> {
        let digits = self.text.as_bytes().get(self.position + 2..self.position + 6);
        let Some(digits) = digits else {
            return Err(JsonError { kind: JsonErrorKind::CutShort, byte: self.text.len() + 1 });
        };
        let mut unit = 0;
        for digit in digits {
            let Some(value) = char::from(*digit).to_digit(16) else {
                return Err(self.error(JsonErrorKind::Escape));
            };
            unit = unit * 16 + value as u16;
        }
        self.position += 6;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let rest = &self.text[self.position..];
        if rest.starts_with("-Infinity") {
            return self.word("-Infinity", Value::Number("-Infinity".into()));
        }
        let length = rest
            .bytes()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let token = &rest[..length];
        let Some(number) = canonical_number(token) else {
            return Err(self.error(JsonErrorKind::NoValue));
        };
        self.position += length;
        Ok(Value::Number(shared_text(&number)))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        let rest = &self.text[self.position..];
        if rest.starts_with(word) {
            self.position += word.len();
            return Ok(value);
        }
        let kind =
            if word.starts_with(rest) { JsonErrorKind::CutShort } else { JsonErrorKind::NoValue };
        Err(self.error(kind))
    }

    fn peek(&mut self) -> Result<u8, JsonError> {
        self.skip_space();
        match self.text.as_bytes().get(self.position) {
            Some(byte) => Ok(*byte),
            None => Err(self.error(JsonErrorKind::CutShort)),
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek()? != byte {
            return Err(self.error(JsonErrorKind::Expected(char::from(byte))));
        }
        self.position += 1;
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        self.expect(bracket)?;
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        Ok(())
    }

    fn close(&mut self) {
        self.position += 1;
        self.depth -= 1;
    }

    fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.position), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }
}

/// The text, in memory once for as long as it keeps turning up: the answers of a run repeat its id,
/// its question and its category many times.
pub(crate) fn shared_text(text: &str) -> Arc<str> {
    thread_local! {
        static RECENT: RefCell<FxHashSet<Arc<str>>> = RefCell::default();
    }
    if MAX_SHARED_BYTES < text.len() {
        return text.into();
    }
    RECENT.with_borrow_mut(|recent| {
        if let Some(known) = recent.get(text) {
            return Arc::clone(known);
        }
        if MAX_RECENT_TEXTS <= recent.len() {
            recent.clear();
        }
        let shared: Arc<str> = text.into();
        recent.insert(Arc::clone(&shared));
        shared
    })
}

/// A JSON number as Python would write it again; `None` when it is not one.
fn canonical_number(token: &str) -> Option<std::borrow::Cow<'_, str>> {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let whole_end = digits.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    if whole_end == 0 || (1 < whole_end && digits.starts_with('0')) {
        return None;
    }
    if whole_end == digits.len() {
        return Some(if token == "-0" { "0".into() } else { token.into() });
    }
    let rest = &digits[whole_end..];
    let well_formed = match rest.strip_prefix('.') {
        Some(fraction) => fraction.starts_with(|digit: char| digit.is_ascii_digit()),
        None => rest.starts_with(['e', 'E']),
    };
    if !well_formed || rest.ends_with(['.', 'e', 'E', '+', '-']) {
        return None;
    }
    token.parse::<f64>().ok().map(|number| python_float(number).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::write_value;

    #[test]
    fn writes_again_what_python_would_write() {
        // Expected values: `json.dumps(json.loads(…), sort_keys=True)` of Python 3.11.
        check("7e-06", "7e-06");
        check("7.0E-6", "7e-06");
        check("100000000000000000000000", "100000000000000000000000");
        check("1e23", "1e+23");
        check("-0", "0");
        check("-0.0", "-0.0");
        check("[NaN, -Infinity, Infinity]", "[NaN, -Infinity, Infinity]");
        check(r#"{"b":1,"a":[],"b":{}}"#, r#"{"a": [], "b": {}}"#);
        check(r#""\ud83d\ude4f \u00e9 é \/""#, r#""\ud83d\ude4f \u00e9 \u00e9 /""#);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        fails("", JsonErrorKind::CutShort, 1);
        fails(r#"{"a": "b"#, JsonErrorKind::CutShort, 9);
        fails(r#"{"a" 1}"#, JsonErrorKind::Expected(':'), 6);
        fails("[1 2]", JsonErrorKind::Expected(','), 4);
        fails("01", JsonErrorKind::NoValue, 1);
        fails("1.", JsonErrorKind::NoValue, 1);
        fails("tru", JsonErrorKind::CutShort, 1);
        fails("{} x", JsonErrorKind::Trailing, 4);
        fails("\"a\nb\"", JsonErrorKind::ControlCharacter, 3);
        fails(r#""\ud83d x""#, JsonErrorKind::LoneSurrogate, 8);
        fails(r#""\x""#, JsonErrorKind::Escape, 2);
        fails(&"[".repeat(200), JsonErrorKind::TooDeep, MAX_DEPTH + 2);
    }

    fn parse(text: &str) -> Result<Value, JsonError> {
        let mut parser = Parser::new(text);
        let value = parser.value()?;
        parser.end()?;
        Ok(value)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        write_value(&mut out, &parse(text).unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[track_caller]
    fn fails(text: &str, kind: JsonErrorKind, byte: usize) {
        assert_eq!(parse(text), Err(JsonError { kind, byte }), "text: {text}");
    }
}
