//! Coda messages as Python's `json.dump(…, sort_keys=True, indent=2, separators=(", ", ": "))`
//! writes them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Number, Value};

use crate::{CodaMessage, Label, Origin};

/// Writes `messages` in the bytes that Python's `json` would: keys sorted, two blanks per level, a
/// blank after the comma at line ends, all but ASCII escaped, no final newline.
///
/// # Errors
///
/// The error of `out`, as it is.
pub fn write_messages(messages: &[CodaMessage], out: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, PythonFormatter::between_items(b", \n"));
    let messages: Vec<MessageOut<'_>> = messages.iter().map(MessageOut::from).collect();
    messages.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes `messages`, with whatever keys they have, as Coda's own export does: keys sorted, two
/// blanks per level, nothing after the comma at line ends, all but ASCII escaped, a final newline.
///
/// # Errors
///
/// The error of `out`, as it is.
pub fn write_export(messages: Vec<Map<String, Value>>, out: &mut impl Write) -> io::Result<()> {
    let messages: Vec<Value> =
        messages.into_iter().map(|message| sorted(Value::Object(message))).collect();
    let formatter = PythonFormatter::between_items(b",\n");
    let mut serializer = Serializer::with_formatter(&mut *out, formatter);
    messages.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

// The fields of these are in the order of their sorted keys.

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageOut<'a> {
    #[serde(rename = "CreationDateTimeUTC")]
    creation_date_time_utc: &'a str,
    labels: Vec<LabelOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<Value>,
    #[serde(rename = "MessageID")]
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<i64>,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LabelOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<bool>,
    #[serde(rename = "CodeID")]
    code_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'a Number>,
    #[serde(rename = "DateTimeUTC")]
    date_time_utc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_set: Option<i64>,
    origin: OriginOut<'a>,
    #[serde(rename = "SchemeID")]
    scheme_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OriginOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a BTreeMap<String, String>>,
    name: &'a str,
    #[serde(rename = "OriginID")]
    origin_id: &'a str,
    origin_type: &'a str,
}

impl<'a> From<&'a CodaMessage> for MessageOut<'a> {
    fn from(message: &'a CodaMessage) -> Self {
        Self {
            creation_date_time_utc: &message.creation_date_time_utc,
            labels: message.labels.iter().map(LabelOut::from).collect(),
            last_updated: message.last_updated.clone().map(sorted),
            message_id: message.message_id.as_str(),
            sequence_number: message.sequence_number,
            text: &message.text,
        }
    }
}

impl<'a> From<&'a Label> for LabelOut<'a> {
    fn from(label: &'a Label) -> Self {
        let Origin { origin_id, name, origin_type, metadata } = &label.origin;
        Self {
            checked: label.checked,
            code_id: label.code_id.as_str(),
            confidence: label.confidence.as_ref(),
            date_time_utc: &label.date_time_utc,
            label_set: label.label_set,
            origin: OriginOut { metadata: metadata.as_ref(), name, origin_id, origin_type },
            scheme_id: label.scheme_id.as_str(),
        }
    }
}

/// The value with the keys of all its objects sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(object) => {
            let object: BTreeMap<String, Value> =
                object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(object.into_iter().collect())
        }
        other => other,
    }
}

/// The layout of Python's `json` with `indent=2`.
struct PythonFormatter {
    between_items: &'static [u8],
    depth: usize,
    has_items: bool,
}

impl PythonFormatter {
    fn between_items(between_items: &'static [u8]) -> Self {
        Self { between_items, depth: 0, has_items: false }
    }

    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_items = false;
        writer.write_all(bracket)
    }

    fn item<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        writer.write_all(if is_first { b"\n" } else { self.between_items })?;
        self.indent(writer)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_items {
            writer.write_all(b"\n")?;
            self.indent(writer)?;
        }
        self.has_items = true;
        writer.write_all(bracket)
    }

    fn indent<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        const BLANKS: &[u8] = b"                ";
        let mut n_missing = self.depth * 2;
        while 0 < n_missing {
            let n_written = n_missing.min(BLANKS.len());
            writer.write_all(&BLANKS[..n_written])?;
            n_missing -= n_written;
        }
        Ok(())
    }
}

impl Formatter for PythonFormatter {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_items = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_items = true;
        Ok(())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(python_float(value).as_bytes())
    }

    /// Escapes what Python escapes beyond quotes, backslashes and control characters.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(|character| !matches!(character, ' '..='~')) {
            let (plain, special) = rest.split_at(position);
            writer.write_all(plain.as_bytes())?;
            let mut characters = special.chars();
            let mut units = [0; 2];
            if let Some(character) = characters.next() {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// A float as Python's `repr` writes it.
fn python_float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let positional = format!("{value}");
    if positional.contains('.') { positional } else { format!("{positional}.0") }
}

#[cfg(test)]
mod tests;
