//! Raw data in a bucket: taken as they are, once they are checked.

use std::io::{self, Write};

use traced_data::{Key, parse_line};

use crate::error::FilesError;

/// The keys that can say whose an object is.
const PERSON_KEYS: [&str; 2] = ["avf_phone_id", "avf_facebook_id"];

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
    // What an object once said stays in its history, and in every file that is made of it.
    let mut persons = keys.iter().flat_map(|key| object.of_key(*key)).filter_map(|it| it.value);
    match persons.all(|person| person.as_str().is_some_and(is_participant_id)) {
        true => Ok(()),
        false => Err(FilesError::Identifying { line: number }),
    }
}

/// Whether this could be an id of any table: ids have letters in front, numbers do not.
fn is_participant_id(text: &str) -> bool {
    let is_urn = text.contains(':') || text.contains('+');
    !is_urn && text.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
