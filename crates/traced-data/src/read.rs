//! Reading the JSONL form, verified, on all cores.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::history::sha_of;
use crate::json::{JsonError, JsonErrorKind, Parser, shared_text};
use crate::value::sorted_unique;
use crate::{History, Key, Metadata, Sha, Value};

/// How much is read before the lines in it are parsed in parallel.
const BATCH_BYTES: usize = 2 << 20;

/// All objects of a JSONL file, in the order of its lines, verified.
///
/// # Errors
///
/// [`ReadError`] names the file and, where a line is to blame, its number.
pub fn read_jsonl(path: &Path) -> Result<Vec<History>, ReadError> {
    let mut objects = Vec::new();
    for batch in JsonlReader::open(path)? {
        objects.extend(batch?);
    }
    Ok(objects)
}

/// A JSONL file read in batches of some megabytes, so that a file of any size can be gone through.
///
/// Iterating gives the objects of one batch at a time, in the order of the lines.
pub struct JsonlReader<R> {
    input: R,
    path: PathBuf,
    rest: Vec<u8>,
    n_lines: u64,
    at_end: bool,
}

impl JsonlReader<File> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`ReadError::Open`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let input =
            File::open(path).map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        Ok(Self::new(input, path))
    }
}

impl<R: Read> JsonlReader<R> {
    /// Reads from `input`; `path` is only named in errors.
    pub fn new(input: R, path: &Path) -> Self {
        Self { input, path: path.to_owned(), rest: Vec::new(), n_lines: 0, at_end: false }
    }

    /// The next whole lines, at least one; empty at the end of the input.
    fn next_lines(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.rest);
        while !self.at_end {
            let start = bytes.len();
            let wanted = BATCH_BYTES as u64;
            let n_read = self.input.by_ref().take(wanted).read_to_end(&mut bytes)?;
            self.at_end = n_read == 0;
            if let Some(line_end) = memchr::memrchr(b'\n', &bytes[start..]) {
                self.rest = bytes.split_off(start + line_end + 1);
                break;
            }
        }
        Ok(bytes)
    }
}

impl<R: Read> Iterator for JsonlReader<R> {
    type Item = Result<Vec<History>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = match self.next_lines() {
            Ok(bytes) if bytes.is_empty() => return None,
            Ok(bytes) => bytes,
            Err(source) => {
                self.at_end = true;
                return Some(Err(ReadError::Read { path: self.path.clone(), source }));
            }
        };
        let lines: Vec<&[u8]> =
            bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|byte| *byte == b'\n').collect();
        let parsed: Result<Vec<History>, (usize, LineError)> = lines
            .par_iter()
            .enumerate()
            .with_min_len(8)
            .map(|(position, line)| parse_line(line).map_err(|error| (position, error)))
            .collect();
        let batch = match parsed {
            Ok(objects) => Ok(objects),
            Err(_) => Err(self.first_error(&lines)),
        };
        self.n_lines += lines.len() as u64;
        Some(batch)
    }
}

impl<R> JsonlReader<R> {
    /// The error of the first bad line; which one a parallel parse meets first is up to chance.
    fn first_error(&self, lines: &[&[u8]]) -> ReadError {
        let (position, source) = lines
            .iter()
            .enumerate()
            .find_map(|(position, line)| parse_line(line).err().map(|error| (position, error)))
            .expect("a line that failed once fails again");
        ReadError::Line {
            path: self.path.clone(),
            line: self.n_lines + position as u64 + 1,
            source,
        }
    }
}

/// The object that one line holds, verified.
///
/// # Errors
///
/// [`LineError`] when the line is not UTF-8, not JSON, not a history, or its SHA chain is broken.
pub fn parse_line(line: &[u8]) -> Result<History, LineError> {
    let text = std::str::from_utf8(line)
        .map_err(|error| LineError::NotUtf8 { byte: error.valid_up_to() + 1 })?;
    let mut parser = Parser::new(text);
    let history = parse_history(&mut parser)?;
    parser.end()?;
    Ok(history)
}

fn parse_history(parser: &mut Parser<'_>) -> Result<History, LineError> {
    let mut updates = Vec::new();
    parser.array(|parser| {
        updates.push(parse_update(parser, updates.len() + 1)?);
        Ok::<_, LineError>(())
    })?;
    let n_updates = updates.len();
    let mut history = None;
    for (position, update) in updates.into_iter().enumerate().rev() {
        let UpdateParts { data, nested, sha, metadata } = update;
        let expected = sha_of(&data, &nested, history.as_ref().map(History::sha));
        if expected.to_string() != sha {
            return Err(LineError::BrokenChain { update: position + 1, n_updates });
        }
        history = Some(History::with_known_sha(history, data, nested, expected, metadata));
    }
    history.ok_or(LineError::NoUpdates)
}

struct UpdateParts {
    data: Vec<(Key, Value)>,
    nested: Vec<(Key, History)>,
    sha: String,
    metadata: Arc<Metadata>,
}

fn parse_update(parser: &mut Parser<'_>, number: usize) -> Result<UpdateParts, LineError> {
    let (mut data, mut nested, mut sha, mut metadata) = (None, Vec::new(), None, None);
    parser.object(|parser, name| {
        match name {
            "Data" => {
                let mut pairs = Vec::new();
                parser.object(|parser, key| {
                    pairs.push((Key::new(key), parser.value()?));
                    Ok::<_, JsonError>(())
                })?;
                data = Some(sorted_unique(pairs));
            }
            "NestedTracedData" => parser.object(|parser, key| {
                nested.push((Key::new(key), parse_history(parser)?));
                Ok::<_, LineError>(())
            })?,
            "SHA" => sha = Some(parser.string()?.into_owned()),
            "Metadata" => metadata = Some(parse_metadata(parser, number)?),
            _ => return Err(LineError::UnknownKey { key: name.to_owned(), update: number }),
        }
        Ok(())
    })?;
    nested.sort_by_key(|object: &(Key, History)| object.0);
    let missing = |key| LineError::MissingKey { key, update: number };
    Ok(UpdateParts {
        data: data.ok_or_else(|| missing("Data"))?,
        nested,
        sha: sha.ok_or_else(|| missing("SHA"))?,
        metadata: Arc::new(metadata.ok_or_else(|| missing("Metadata"))?),
    })
}

fn parse_metadata(parser: &mut Parser<'_>, number: usize) -> Result<Metadata, LineError> {
    let (mut user, mut source, mut timestamp) = (None, None, None);
    parser.object(|parser, name| {
        match name {
            "User" => user = Some(shared_text(&parser.string()?)),
            "Source" => source = Some(shared_text(&parser.string()?)),
            "Timestamp" => timestamp = Some(parser.value()?),
            _ => {
                parser.value()?;
            }
        }
        Ok::<_, JsonError>(())
    })?;
    let missing = |key| LineError::MissingKey { key, update: number };
    Ok(Metadata {
        user: user.ok_or_else(|| missing("Metadata.User"))?,
        source: source.ok_or_else(|| missing("Metadata.Source"))?,
        timestamp: timestamp.ok_or_else(|| missing("Metadata.Timestamp"))?,
    })
}

/// A JSONL file of traced data could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be opened.
    #[error("could not open `{}`", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could be opened, but not read to its end.
    #[error("could not read `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not the history of an object.
    #[error("`{}`, line {line}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        source: LineError,
    },
}

impl ReadError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(
                "fetch the raw data first (stage 2), and check the data root and the flow's name"
                    .to_owned(),
            ),
            Self::Line { source: LineError::BrokenChain { .. }, .. } => Some(
                "the line was changed by something other than the pipeline; restore the file from a backup or fetch it again"
                    .to_owned(),
            ),
            Self::Line { .. } => Some(
                "the file is damaged, perhaps by an interrupted copy; restore it from a backup or fetch it again"
                    .to_owned(),
            ),
            Self::Open { .. } | Self::Read { .. } => None,
        }
    }
}

/// A line is not the history of an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The bytes are not UTF-8.
    #[error("invalid UTF-8 at byte {byte}")]
    NotUtf8 {
        /// Counted from 1 within the line.
        byte: usize,
    },
    /// The text is not JSON, or not of the expected shape.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A list without updates.
    #[error("the object has no updates")]
    NoUpdates,
    /// An update lacks one of its parts.
    #[error("update {update} (newest first): no `{key}`")]
    MissingKey {
        /// What is missing.
        key: &'static str,
        /// Counted from 1, newest first.
        update: usize,
    },
    /// An update has a part that this library does not know and would lose.
    #[error("update {update} (newest first): unknown key `{key}`")]
    UnknownKey {
        /// The unknown key.
        key: String,
        /// Counted from 1, newest first.
        update: usize,
    },
    /// The content of an update does not fit its SHA.
    #[error("the SHA chain is broken at update {update} of {n_updates} (newest first)")]
    BrokenChain {
        /// Counted from 1, newest first.
        update: usize,
        /// How many updates the object has.
        n_updates: usize,
    },
}

impl LineError {
    /// Whether the line merely ends too early.
    pub fn is_cut_short(&self) -> bool {
        matches!(self, Self::Json(JsonError { kind: JsonErrorKind::CutShort, .. }))
    }
}

impl History {
    /// Appends an update whose SHA was just computed.
    fn with_known_sha(
        previous: Option<History>,
        data: Vec<(Key, Value)>,
        nested: Vec<(Key, History)>,
        sha: Sha,
        metadata: Arc<Metadata>,
    ) -> Self {
        Self::from_update(crate::Update {
            data: data.into(),
            nested: nested.into(),
            sha,
            metadata,
            previous,
        })
    }
}

#[cfg(test)]
mod tests;
