//! Raw data in a bucket: taken as they are, once they are checked.

use std::io::{self, Write};

use traced_data::{History, Key, TOMBSTONE, Value, parse_line};

use crate::error::FilesError;
use crate::participant_id::is_participant_id;

/// The keys that can say whose an object is.
const PERSON_KEYS: [&str; 2] = ["avf_phone_id", "avf_facebook_id"];

/// Where Facebook says who wrote something: the end of a key, or a member of a value.
const AUTHOR: &str = "from";

/// Passes bytes on, and checks each line that they make up.
///
/// An error of [`Write`] stands for the problem, which [`CheckedLines::finish`] gives.
pub(crate) struct CheckedLines<W> {
    out: W,
    keys: [Key; 2],
    /// The line that is not complete yet.
    rest: Vec<u8>,
    n_lines: u64,
    problem: Option<FilesError>,
}

impl<W: Write> CheckedLines<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, keys: PERSON_KEYS.map(Key::new), rest: Vec::new(), n_lines: 0, problem: None }
    }

    /// Whether a line cannot be used.
    pub(crate) fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// Checks the last line, and gives what the bytes went to and how many objects they are.
    ///
    /// # Errors
    ///
    /// What is wrong with the first line that something is wrong with.
    pub(crate) fn finish(mut self) -> Result<(W, u64), FilesError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        if !self.rest.is_empty() {
            // A line end at the end of the file may be missing.
            check(&self.rest, self.n_lines + 1, self.keys)?;
            self.n_lines += 1;
        }
        Ok((self.out, self.n_lines))
    }

    fn check_lines(&mut self, bytes: &[u8]) -> Result<(), FilesError> {
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line = if self.rest.is_empty() {
                &bytes[..end]
            } else {
                self.rest.extend_from_slice(&bytes[..end]);
                &self.rest
            };
            check(line, self.n_lines + 1, self.keys)?;
            self.n_lines += 1;
            self.rest.clear();
            bytes = &bytes[end + 1..];
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }
}

impl<W: Write> Write for CheckedLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(problem) = self.check_lines(bytes) {
            self.problem = Some(problem);
            return Err(io::Error::other("a line cannot be used"));
        }
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn check(line: &[u8], number: u64, keys: [Key; 2]) -> Result<(), FilesError> {
    let object =
        parse_line(line).map_err(|source| FilesError::NotTracedData { line: number, source })?;
    let is_somebodys = keys
        .iter()
        .any(|key| object.of_key(*key).last().is_some_and(|change| change.value.is_some()));
    if !is_somebodys {
        return Err(FilesError::NoPerson { line: number });
    }
    match identifying_key(&object, keys) {
        None => Ok(()),
        Some(key) => Err(FilesError::Identifying { line: number, key }),
    }
}

/// The key of a value that says who somebody is, not by a participant id.
///
/// What an object once said stays in its history, and in every file that is made of it, so earlier
/// values and nested objects count, too. The key is one of ours: those of a file can say anything.
fn identifying_key(object: &History, keys: [Key; 2]) -> Option<&'static str> {
    object.updates().find_map(|update| {
        let of_values = update.data().iter().find_map(|(key, value)| {
            match PERSON_KEYS.into_iter().zip(keys).find(|(_, person)| person == key) {
                Some((person, _)) => (!is_person(value)).then_some(person),
                None => names_author(key.as_str(), value).then_some(AUTHOR),
            }
        });
        let of_nested = || update.nested().iter().find_map(|(_, it)| identifying_key(it, keys));
        of_values.or_else(of_nested)
    })
}

/// Whether this stands for a person as it may, or for one who was taken away.
fn is_person(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text == TOMBSTONE || is_participant_id(text))
}

/// Whether a value of Facebook's has an author who is anything but `{"id": <participant id>}`, e.g.
/// that of the comment that a comment replies to. Texts are what people wrote, whatever their key.
fn names_author(key: &str, value: &Value) -> bool {
    match value {
        Value::Object(object) if key.rsplit('.').next() == Some(AUTHOR) => {
            !object.pairs().iter().all(|(key, value)| key.as_str() == "id" && is_person(value))
        }
        Value::Object(object) => {
            object.pairs().iter().any(|(key, value)| names_author(key.as_str(), value))
        }
        Value::Array(items) => items.iter().any(|item| names_author(key, item)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
