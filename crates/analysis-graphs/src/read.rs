//! Reading the TracedData of stage 3, batch by batch, and keeping only what is counted.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use traced_data::{History, JsonlReader, Key, ReadError, TracedData, Value};

use crate::design::{Design, Standing};
use crate::objects::{Messages, ObjectCodes, ObjectProblem, Objects};
use crate::samples::Samples;

/// The key with the person's id.
const PERSON: &str = "uid";
/// The key with the time a message was sent.
const SENT_ON: &str = "sent_on";

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
    for_each_object(
        path,
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
    let decode = |object: &TracedData| ObjectCodes::of_object(design, object, |_| true);
    for_each_object(path, decode, |codes| people.push(codes.as_ref()))?;
    Ok(people)
}

/// Decodes the objects of a file on all cores, and takes them in the order of the file.
fn for_each_object<T: Send>(
    path: &Path,
    decode: impl Fn(&TracedData) -> Result<T, ObjectProblem> + Sync,
    mut take: impl FnMut(T),
) -> Result<(), AnalysisReadError> {
    let mut n_lines = 0;
    for batch in JsonlReader::open(path)? {
        let decoded: Vec<Result<T, ObjectProblem>> = batch?
            .into_par_iter()
            .map(|history: History| decode(&TracedData::from(history)))
            .collect();
        for object in decoded {
            n_lines += 1;
            take(object.map_err(|source| AnalysisReadError::Object {
                path: path.to_path_buf(),
                line: n_lines,
                source,
            })?);
        }
    }
    Ok(())
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
    fn new(design: &Design, object: &TracedData) -> Result<Option<Self>, ObjectProblem> {
        // Demographics are counted by person: what a message repeats of them is not kept.
        let needs = |coding| {
            design.shows.contains(&coding)
                || design.engagement.iter().any(|plan| plan.codings.contains(&coding))
        };
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
                let text = object.get(coding.raw_field).map(|text| text.to_cell().into_owned());
                texts.push((show, text.unwrap_or_default()));
            }
        }
        let rank = Samples::rank(person, sent_on, &texts);
        let person = person.into();
        Ok(Some(Self { codes, person, sent_at_micros: sent_at.timestamp_micros(), rank, texts }))
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
