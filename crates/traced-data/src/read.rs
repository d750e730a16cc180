//! Reading the JSONL form, verified, on all cores.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::history::{data_json, sha_of};
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
    /// How much is left to be read, when that is known.
    n_bytes_left: usize,
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
        let n_bytes = input.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let n_bytes_left = usize::try_from(n_bytes).unwrap_or(usize::MAX);
        Ok(Self { n_bytes_left, ..Self::new(input, path) })
    }
}

impl<R: Read> JsonlReader<R> {
    /// Reads from `input`; `path` is only named in errors.
    pub fn new(input: R, path: &Path) -> Self {
        Self {
            input,
            path: path.to_owned(),
            rest: Vec::new(),
            n_lines: 0,
            at_end: false,
            n_bytes_left: usize::MAX,
        }
    }

    /// The next whole lines as they are, some megabytes, with their line ends; empty at the end of
    /// the file.
    ///
    /// For those who sort lines before they read them; not to be mixed with iterating.
    ///
    /// # Errors
    ///
    /// [`ReadError::Read`].
    pub fn read_lines(&mut self) -> Result<Vec<u8>, ReadError> {
        self.next_lines().map_err(|source| ReadError::Read { path: self.path.clone(), source })
    }

    /// The next whole lines, at least one; empty at the end of the input.
    fn next_lines(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.rest);
        while !self.at_end {
            let start = bytes.len();
            let wanted = BATCH_BYTES as u64;
            // No more than needed: some keep the lines for long.
            bytes.reserve_exact(BATCH_BYTES.min(self.n_bytes_left));
            let n_read = self.input.by_ref().take(wanted).read_to_end(&mut bytes)?;
            self.at_end = n_read == 0;
            self.n_bytes_left = self.n_bytes_left.saturating_sub(n_read);
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
    parse(line, Keep::Values)
}

/// As [`parse_line`], for an object that is about to be written again: its JSON stays at hand.
///
/// # Errors
///
/// Those of [`parse_line`].
pub fn parse_line_to_write(line: &[u8]) -> Result<History, LineError> {
    parse(line, Keep::ValuesAndJson)
}

/// What of a line stays in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Values,
    ValuesAndJson,
}

fn parse(line: &[u8], keep: Keep) -> Result<History, LineError> {
    let mut parser = Parser::new(utf8(line)?);
    let history = parse_history(&mut parser, keep)?;
    parser.end()?;
    Ok(history)
}

pub(crate) fn utf8(line: &[u8]) -> Result<&str, LineError> {
    std::str::from_utf8(line).map_err(|error| LineError::NotUtf8 { byte: error.valid_up_to() + 1 })
}

fn parse_history(parser: &mut Parser<'_>, keep: Keep) -> Result<History, LineError> {
    let mut updates = Vec::new();
    parser.array(|parser| {
        updates.push(parse_update(parser, updates.len() + 1, keep)?);
        Ok::<_, LineError>(())
    })?;
    let n_updates = updates.len();
    let mut history = None;
    for (position, update) in updates.into_iter().enumerate().rev() {
        let previous = history.as_ref().map(History::sha);
        let Some((sha, json)) = update.verify(previous) else {
            return Err(LineError::BrokenChain { update: position + 1, n_updates });
        };
        let UpdateParts { data, nested, metadata, .. } = update;
        history = Some(History::from_update(crate::Update {
            data: data.into(),
            json: (keep == Keep::ValuesAndJson).then(|| json.into()),
            nested: nested.into(),
            sha,
            metadata,
            previous: history,
        }));
    }
    history.ok_or(LineError::NoUpdates)
}

struct UpdateParts<'a> {
    data: Vec<(Key, Value)>,
    /// The inside of `data` as it stands in the line, whatever its form.
    data_text: &'a str,
    /// Whether the keys stand there sorted, each once.
    is_sorted: bool,
    nested: Vec<(Key, History)>,
    sha: String,
    metadata: Arc<Metadata>,
}

impl<'a> UpdateParts<'a> {
    /// The SHA and the JSON of the data, when that is what the line says its SHA is.
    fn verify(&self, previous: Option<Sha>) -> Option<(Sha, Cow<'a, [u8]>)> {
        let json_sha = |json: &[u8]| sha_of(&self.data, json, &self.nested, previous);
        let is_expected = |sha: Sha| sha.to_string() == self.sha;
        // Lines that this library or Python wrote need not be written again to be hashed.
        if self.nested.is_empty() && self.is_sorted {
            let sha = json_sha(self.data_text.as_bytes());
            if is_expected(sha) {
                return Some((sha, Cow::Borrowed(self.data_text.as_bytes())));
            }
        }
        let json = data_json(&self.data);
        let sha = json_sha(&json);
        is_expected(sha).then_some((sha, Cow::Owned(json)))
    }
}

fn parse_update<'a>(
    parser: &mut Parser<'a>,
    number: usize,
    keep: Keep,
) -> Result<UpdateParts<'a>, LineError> {
    let (mut data, mut nested, mut sha, mut metadata) = (None, Vec::new(), None, None);
    let (mut data_text, mut is_sorted) = ("", false);
    parser.object(|parser, name| {
        match name {
            "Data" => {
                let mut pairs = Vec::new();
                let text = parser.text_of(|parser| {
                    parser.object(|parser, key| {
                        pairs.push((Key::new(key), parser.value()?));
                        Ok::<_, JsonError>(())
                    })
                })?;
                data_text = inside(text);
                is_sorted = pairs.is_sorted_by(|left: &(Key, Value), right| left.0 < right.0);
                data = Some(sorted_unique(pairs));
            }
            "NestedTracedData" => parser.object(|parser, key| {
                nested.push((Key::new(key), parse_history(parser, keep)?));
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
        data_text,
        is_sorted,
        nested,
        sha: sha.ok_or_else(|| missing("SHA"))?,
        metadata: Arc::new(metadata.ok_or_else(|| missing("Metadata"))?),
    })
}

/// The text of an object without its braces.
fn inside(object: &str) -> &str {
    let object = object.trim_ascii();
    &object[1..object.len() - 1]
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

#[cfg(test)]
mod tests;
