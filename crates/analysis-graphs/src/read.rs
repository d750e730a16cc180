//! Reading the TracedData of stage 3, batch by batch, and keeping only what is counted.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value;
use traced_data::{Key, ReadError};

use crate::design::{Design, Standing};
use crate::latest::{LatestValues, Wanted};
use crate::objects::{CONSENT_WITHDRAWN, Messages, ObjectCodes, ObjectProblem, Objects};
use crate::samples::Samples;

/// The key with the person's id.
const PERSON: &str = "uid";
/// The key with the time a message was sent.
const SENT_ON: &str = "sent_on";

/// How much is read before the lines in it are decoded in parallel.
const BATCH_BYTES: u64 = 16 << 20;

/// Reads `messages_traced_data.jsonl`, and draws the sample messages on the way.
///
/// # Errors
///
/// [`AnalysisReadError`] with the file and the line.
pub fn read_messages(
    path: &Path,
    design: &Design,
) -> Result<(Messages, Samples), AnalysisReadError> {
    let mut messages = Messages { objects: Objects::new(design), ..Messages::default() };
    let mut samples = Samples::new(design);
    let mut numbers: FxHashMap<Box<str>, u32> = FxHashMap::default();
    let shows = needed_by_messages(design);
    let mut keys = coded_fields(design, |coding| shows.contains(&coding));
    keys.extend([Key::new(PERSON), Key::new(SENT_ON)]);
    keys.extend(design.shows.iter().map(|show| design.coding(*show).raw_field));
    for_each_object(
        path,
        Wanted::new(keys),
        |object| Message::new(design, object),
        |message| {
            let Some(message) = message else {
                messages.objects.push(None);
                messages.sent_at_micros.push(0);
                messages.people.push(0);
                return;
            };
            let next = u32::try_from(numbers.len()).expect("fewer than four billion people");
            let number = *numbers.entry(message.person).or_insert(next);
            samples.add(messages.objects.len(), message.rank, &message.texts, &message.codes);
            messages.objects.push(Some(&message.codes));
            messages.sent_at_micros.push(message.sent_at_micros);
            messages.people.push(number);
        },
    )?;
    Ok((messages, samples))
}

/// Reads `individuals_traced_data.jsonl`.
///
/// # Errors
///
/// [`AnalysisReadError`] with the file and the line.
pub fn read_people(path: &Path, design: &Design) -> Result<Objects, AnalysisReadError> {
    let mut people = Objects::new(design);
    let decode = |object: &LatestValues| ObjectCodes::of_object(design, object, |_| true);
    for_each_object(path, Wanted::new(coded_fields(design, |_| true)), decode, |codes| {
        people.push(codes.as_ref());
    })?;
    Ok(people)
}

/// The codings that are counted by message: demographics are counted by person, and what a
/// message repeats of them is not read.
fn needed_by_messages(design: &Design) -> Vec<usize> {
    let engagement = design.engagement.iter().flat_map(|plan| &plan.codings);
    design.shows.iter().chain(engagement).copied().collect()
}

/// The fields with the labels of some codings, and the one with the consent.
fn coded_fields(design: &Design, is_wanted: impl Fn(usize) -> bool) -> Vec<Key> {
    let codings = design.codings().iter().enumerate().filter(|(coding, _)| is_wanted(*coding));
    codings.map(|(_, coding)| coding.coded_field).chain([Key::new(CONSENT_WITHDRAWN)]).collect()
}

/// Decodes the objects of a file on all cores, and takes them in the order of the file.
fn for_each_object<T: Send>(
    path: &Path,
    wanted: Wanted,
    decode: impl Fn(&LatestValues) -> Result<T, ObjectProblem> + Sync,
    mut take: impl FnMut(T),
) -> Result<(), AnalysisReadError> {
    let wanted = Arc::new(wanted);
    let decode_line = |line: &[u8]| -> Result<T, LineProblem> {
        Ok(decode(&LatestValues::of_line(line, &wanted)?)?)
    };
    let mut lines = Lines::open(path)?;
    let mut n_lines = 0;
    while let Some(batch) = lines.next_batch()? {
        let lines: Vec<&[u8]> = batch.split(|byte| *byte == b'\n').collect();
        let decoded: Vec<Result<T, LineProblem>> =
            lines.par_iter().with_min_len(4).map(|line| decode_line(line)).collect();
        for object in decoded {
            n_lines += 1;
            take(object.map_err(|problem| problem.at(path, n_lines))?);
        }
    }
    Ok(())
}

/// A file read in batches of whole lines.
struct Lines<'a> {
    path: &'a Path,
    file: std::fs::File,
    rest: Vec<u8>,
    at_end: bool,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, ReadError> {
        let file = std::fs::File::open(path)
            .map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        Ok(Self { path, file, rest: Vec::new(), at_end: false })
    }

    /// The next lines without the end of the last one; `None` at the end of the file.
    fn next_batch(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut bytes = std::mem::take(&mut self.rest);
        while !self.at_end {
            let start = bytes.len();
            let n_read = (&mut self.file)
                .take(BATCH_BYTES)
                .read_to_end(&mut bytes)
                .map_err(|source| ReadError::Read { path: self.path.to_owned(), source })?;
            self.at_end = n_read == 0;
            if let Some(line_end) = memchr::memrchr(b'\n', &bytes[start..]) {
                self.rest = bytes.split_off(start + line_end + 1);
                break;
            }
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}

/// What can be wrong with a line.
enum LineProblem {
    Line(traced_data::LineError),
    Object(ObjectProblem),
}

impl LineProblem {
    fn at(self, path: &Path, line: u64) -> AnalysisReadError {
        let path = path.to_path_buf();
        match self {
            Self::Line(source) => ReadError::Line { path, line, source }.into(),
            Self::Object(source) => AnalysisReadError::Object { path, line, source },
        }
    }
}

impl From<traced_data::LineError> for LineProblem {
    fn from(error: traced_data::LineError) -> Self {
        Self::Line(error)
    }
}

impl From<ObjectProblem> for LineProblem {
    fn from(problem: ObjectProblem) -> Self {
        Self::Object(problem)
    }
}

/// What is kept of a message for a moment.
struct Message {
    codes: ObjectCodes,
    person: Box<str>,
    sent_at_micros: i64,
    rank: u64,
    /// What was written to each radio show that has labels from people, by coding.
    texts: Vec<(usize, String)>,
}

impl Message {
    fn new(design: &Design, object: &LatestValues) -> Result<Option<Self>, ObjectProblem> {
        let needed = needed_by_messages(design);
        let needs = |coding| needed.contains(&coding);
        let Some(codes) = ObjectCodes::of_object(design, object, needs)? else { return Ok(None) };
        let text_of = |field: Key| {
            let text = object.get(field).and_then(Value::as_str);
            text.ok_or(ObjectProblem::NoField { field })
        };
        let (person, sent_on) = (text_of(Key::new(PERSON))?, text_of(Key::new(SENT_ON))?);
        let sent_at = iso_time::parse(sent_on)
            .map_err(|source| ObjectProblem::BadTime { field: Key::new(SENT_ON), source })?;
        let mut texts = Vec::new();
        for &show in &design.shows {
            let coding = design.coding(show);
            if Standing::Labelled <= coding.standing(codes.of(show)) {
                texts.push((show, object.get(coding.raw_field).map(cell).unwrap_or_default()));
            }
        }
        let rank = Samples::rank(person, sent_on, &texts);
        let person = person.into();
        Ok(Some(Self { codes, person, sent_at_micros: sent_at.timestamp_micros(), rank, texts }))
    }
}

/// A value as a cell of a CSV file has it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The outputs of stage 3 could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisReadError {
    /// The file is missing, or is not TracedData.
    #[error(transparent)]
    File(#[from] ReadError),
    /// An object is not what the configuration says.
    #[error("`{}`, line {line}", .path.display())]
    Object {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        source: ObjectProblem,
    },
}

impl AnalysisReadError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(ReadError::Open { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Some("generate the outputs first (stage 3, without `--auto-code-only`)".to_owned())
            }
            Self::File(error) => error.hint(),
            Self::Object { .. } => Some(
                "the file was made with another configuration, or by hand; generate the outputs again (stage 3)"
                    .to_owned(),
            ),
        }
    }
}
