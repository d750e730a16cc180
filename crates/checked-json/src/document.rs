//! A JSON file as a tree that knows where each value begins.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{JsonPath, Place, Problem, Step};

/// A JSON file: its text, and its values with their places.
#[derive(Debug)]
pub struct Document {
    file: PathBuf,
    text: String,
    top: Node,
}

/// A value and where it begins.
#[derive(Debug)]
pub struct Node {
    /// The value.
    pub value: NodeValue,
    /// Position of its first byte in the text.
    pub offset: usize,
}

/// A JSON value; numbers are left as they are written.
#[derive(Debug)]
pub enum NodeValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object, its keys in the order of the file.
    Object(Vec<Member>),
}

/// A key of an object and its value.
#[derive(Debug)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Position of the key in the text.
    pub key_offset: usize,
    /// The value.
    pub value: Node,
}

/// A file could not be read as JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be read.
    #[error("could not read `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not JSON.
    #[error("{0}")]
    Syntax(Box<Problem>),
}

impl ReadError {
    /// What to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("check the path; relative paths start at the working directory".to_string())
            }
            Self::File { .. } => None,
            Self::Syntax(problem) => problem.hint.clone(),
        }
    }

    /// The same as a problem in a list of problems.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::File { path, source } if source.kind() == io::ErrorKind::NotFound => {
                Problem::error(path, "there is no such file")
            }
            Self::File { path, source } => {
                Problem::error(path, format!("could not be read: {source}"))
            }
            Self::Syntax(problem) => *problem,
        }
    }
}

impl Document {
    /// Reads the JSON file at `path`.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when it cannot be read, is not UTF-8, or is not JSON.
    pub fn read(path: &Path) -> Result<Document, ReadError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ReadError::File { path: path.to_path_buf(), source })?;
        Self::from_bytes(path, bytes).map_err(|problem| ReadError::Syntax(Box::new(problem)))
    }

    /// Reads JSON from `bytes`; `path` is only named in problems.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the bytes are not UTF-8 or not JSON.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Document, Problem> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
            let (line, column) = line_and_column(&before, before.len());
            Problem::error(path, "expected UTF-8, found other bytes")
                .at(Place { line, column, path: JsonPath::top() })
                .hint("save the file again with the encoding UTF-8")
        })?;
        Self::parse(path, text)
    }

    /// Reads JSON from `text`; `path` is only named in problems.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the text is not JSON.
    pub fn parse(path: &Path, text: String) -> Result<Document, Problem> {
        // Into a `Value`, because messages say less when the value is ignored.
        if let Err(error) = serde_json::from_str::<Value>(&text) {
            return Err(serde_problem(path, &text, &error));
        }
        let top = Scanner { text: &text, position: 0 }.value();
        Ok(Document { file: path.to_path_buf(), text, top })
    }

    /// The path the document was read from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value at the top of the file.
    pub fn top(&self) -> &Node {
        &self.top
    }

    /// An error at `path`, or at what is nearest to it when the file ends before.
    pub fn error(&self, path: &JsonPath, message: impl Into<String>) -> Problem {
        self.problem_at(path, self.offset_of(path), message.into())
    }

    /// A warning at `path`, or at what is nearest to it when the file ends before.
    pub fn warning(&self, path: &JsonPath, message: impl Into<String>) -> Problem {
        self.error(path, message).as_warning()
    }

    pub(crate) fn problem_at(&self, path: &JsonPath, offset: usize, message: String) -> Problem {
        let (line, column) = line_and_column(&self.text, offset);
        Problem::error(&self.file, message).at(Place { line, column, path: path.clone() })
    }

    pub(crate) fn serde_error(&self, error: &serde_json::Error) -> Problem {
        serde_problem(&self.file, &self.text, error)
    }

    fn offset_of(&self, path: &JsonPath) -> usize {
        let mut node = &self.top;
        for step in path.steps() {
            let next = match (step, &node.value) {
                (Step::Key(key), NodeValue::Object(members)) => member(members, key),
                (Step::Index(index), NodeValue::Array(items)) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
        }
        node.offset
    }
}

/// The value of `key`, or of the same key in other letter case (`UUIDTable` for `UuidTable`).
fn member<'a>(members: &'a [Member], key: &str) -> Option<&'a Node> {
    let same = members.iter().find(|member| member.key == key);
    let similar = || members.iter().find(|member| member.key.eq_ignore_ascii_case(key));
    same.or_else(similar).map(|member| &member.value)
}

fn serde_problem(path: &Path, text: &str, error: &serde_json::Error) -> Problem {
    let full = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let message = full.strip_suffix(&suffix).unwrap_or(&full);
    let problem = Problem::error(path, format!("expected JSON: {message}"));
    let problem = if text.starts_with('\u{feff}') {
        problem.hint("the file starts with a byte order mark; save it as UTF-8 without one")
    } else {
        problem
    };
    let (line, column) = (error.line().max(1), error.column().max(1));
    problem.at(Place { line, column, path: JsonPath::top() })
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// Walks a text that serde_json has accepted.
struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Node {
        self.skip_blanks();
        let offset = self.position;
        let value = match self.byte() {
            b'{' => NodeValue::Object(self.list(b'}', Self::member)),
            b'[' => NodeValue::Array(self.list(b']', Self::value)),
            b'"' => NodeValue::String(self.string()),
            _ => self.word(),
        };
        Node { value, offset }
    }

    fn member(&mut self) -> Member {
        let key_offset = self.position;
        let key = self.string();
        self.skip_blanks();
        self.position += 1; // the colon
        Member { key, key_offset, value: self.value() }
    }

    /// What stands between brackets, separated by commas.
    fn list<T>(&mut self, end: u8, item: fn(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        self.position += 1;
        self.skip_blanks();
        while self.byte() != end {
            items.push(item(self));
            self.skip_blanks();
            if self.byte() == b',' {
                self.position += 1;
                self.skip_blanks();
            }
        }
        self.position += 1;
        items
    }

    fn string(&mut self) -> String {
        let start = self.position;
        self.position += 1;
        while self.byte() != b'"' {
            self.position += if self.byte() == b'\\' { 2 } else { 1 };
        }
        self.position += 1;
        serde_json::from_str(&self.text[start..self.position])
            .expect("serde_json accepted this string before")
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> NodeValue {
        let rest = &self.text[self.position..];
        let length = rest
            .find(|character: char| !matches!(character, '0'..='9' | 'a'..='z' | 'E' | '+' | '-' | '.'))
            .unwrap_or(rest.len());
        self.position += length;
        match &rest[..length] {
            "null" => NodeValue::Null,
            "true" => NodeValue::Bool(true),
            "false" => NodeValue::Bool(false),
            number => NodeValue::Number(number.to_string()),
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.text.as_bytes().get(self.position), Some(b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.position += 1;
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes()[self.position]
    }
}

#[cfg(test)]
mod tests;
