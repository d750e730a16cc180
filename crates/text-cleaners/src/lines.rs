//! Lines of data files: comments, lists, and what is wrong with a line.

use std::path::Path;

use checked_json::{JsonPath, Place, Problem};

/// Something wrong with a line of a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineProblem {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
    hint: Option<String>,
}

impl LineProblem {
    pub(crate) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same as a problem of `file`.
    pub(crate) fn of_file(self, file: &Path) -> Problem {
        let place = Place { line: self.line, column: 1, path: JsonPath::top() };
        Problem { hint: self.hint, ..Problem::error(file, self.message).at(place) }
    }
}

/// The words of a list, without blanks around them; empty ones are left out.
pub(crate) fn split_at_commas(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// What stands before `#`.
pub(crate) fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(line, _)| line)
}
