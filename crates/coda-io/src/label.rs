//! Gives messages the labels that a file has and they lack: a stand-in for labellers on a local
//! Coda, and a way to put labels back that were lost.
//!
//! Labels are only ever added, and messages that Coda does not have are left out and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use code_schemes::CodeScheme;
use google_services::DocumentDatabase;
use google_services::documents::{
    Change, Document, DocumentPath, Fields, NewFields, Selection, Value, Write,
};
use serde_json::Value as Json;

use crate::dataset::{Outline, Segment};
use crate::error::Doing;
use crate::message::{LABELS, LAST_UPDATED, MESSAGE_ID, add_missing_labels, text};
use crate::metrics::Metrics;
use crate::schemes::Schemes;
use crate::transaction::transact;
use crate::{CodaError, Dataset, UnknownLabel};

/// How many messages one transaction labels.
const N_AT_ONCE: usize = 100;

/// Labels for messages, by message id.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GivenLabels(BTreeMap<String, Fields>);

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Labelled {
    /// How many labels were given.
    pub n_labels: usize,
    /// How many messages got any.
    pub n_messages: usize,
    /// Messages of the file that Coda does not have.
    pub missing: Vec<String>,
    /// Labels that fit no scheme; they were given all the same.
    pub unknown_labels: Vec<UnknownLabel>,
}

/// A file of labels cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsFileError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] data_root::FileError),
    /// The file is not JSON.
    #[error("labels in `{}`", .path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
    /// A message or label is not as it should be.
    #[error("labels in `{}`, {place}: {problem}", .path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Which message and label, counted from 0.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

impl GivenLabels {
    /// Reads a list of messages with `MessageID` and `Labels`; other keys do not matter.
    ///
    /// # Errors
    ///
    /// [`LabelsFileError`].
    pub fn read(path: &Path) -> Result<Self, LabelsFileError> {
        let bytes = data_root::read(path)?;
        let json: Json = serde_json::from_slice(&bytes)
            .map_err(|source| LabelsFileError::NotJson { path: path.into(), source })?;
        let bad = |place: String, problem: &str| LabelsFileError::Bad {
            path: path.into(),
            place,
            problem: problem.to_owned(),
        };
        let messages =
            json.as_array().ok_or_else(|| bad("at the top".to_owned(), "expected a list"))?;
        let mut given = Self::default();
        for (index, message) in messages.iter().enumerate() {
            let place = || format!("message {index}");
            let Value::Map(message) = Value::from_plain_json(message) else {
                return Err(bad(place(), "expected an object"));
            };
            let id = text(&message, MESSAGE_ID).to_owned();
            if id.is_empty() {
                return Err(bad(place(), "no `MessageID`"));
            }
            let Some(list) = message.get(LABELS).and_then(Value::as_array) else {
                return Err(bad(place(), "no list of `Labels`"));
            };
            for (label_index, label) in list.iter().enumerate() {
                check_label(label).map_err(|problem| {
                    bad(format!("message {index}, label {label_index}"), &problem)
                })?;
            }
            match given.0.get_mut(&id) {
                Some(first) => drop(add_missing_labels(first, &message, |_| true)),
                None => drop(given.0.insert(id, message)),
            }
        }
        Ok(given)
    }
}

impl LabelsFileError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotJson { .. } | Self::Bad { .. } => Some(
                "expected a list such as `[{\"MessageID\": …, \"Labels\": [{\"SchemeID\": …, \
                 \"CodeID\": …, \"DateTimeUTC\": …, \"Checked\": true, \"Origin\": {\"OriginID\": \
                 …, \"Name\": …, \"OriginType\": \"Manual\"}}]}]`; nothing was labelled"
                    .to_owned(),
            ),
        }
    }
}

/// Gives the messages of `dataset` those of the labels that they lack.
///
/// # Errors
///
/// [`CodaError`]. What was given until then stays; the same again gives the rest.
pub fn give_labels(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    given: &GivenLabels,
    project_schemes: &[&CodeScheme],
) -> Result<Labelled, CodaError> {
    let mut done = Labelled::default();
    let mut touched: BTreeSet<usize> = BTreeSet::new();
    let schemes = schemes(database, dataset)?;
    for (id, message) in &given.0 {
        done.unknown_labels.extend(schemes.unknown_labels(project_schemes, id, message));
    }
    let ids: Vec<&String> = given.0.keys().collect();
    for ids in ids.chunks(N_AT_ONCE) {
        let batch = transact(database, dataset, |reads| {
            let outline = Outline::read(reads, dataset)?;
            let mut batch = Batch::default();
            let mut writes = Vec::new();
            let mut missing: BTreeSet<&String> = ids.iter().copied().collect();
            for (number, segment) in outline.segments.iter().enumerate() {
                let paths = message_paths(segment, ids)?;
                let found = reads.documents(&paths, Selection::AllFields);
                for document in found.map_err(Doing::Reading.at(dataset))?.into_iter().flatten() {
                    missing.retain(|id| id.as_str() != document.path.id());
                    if let Some(write) = batch.label(document, given) {
                        writes.push(write);
                        batch.touched.insert(number);
                    }
                }
            }
            batch.missing = missing.into_iter().cloned().collect();
            Ok((writes, batch))
        })?;
        done.n_labels += batch.n_labels;
        done.n_messages += batch.n_messages;
        done.missing.extend(batch.missing);
        touched.extend(batch.touched);
    }
    for number in touched {
        recount(database, dataset, &dataset.segment(number + 1), &schemes)?;
    }
    Ok(done)
}

#[derive(Default)]
struct Batch {
    n_labels: usize,
    n_messages: usize,
    missing: Vec<String>,
    touched: BTreeSet<usize>,
}

impl Batch {
    /// The message with the labels it lacks, if it lacks any.
    fn label(&mut self, document: Document, given: &GivenLabels) -> Option<Write> {
        let Document { path, mut fields, .. } = document;
        let n_missing = add_missing_labels(&mut fields, given.0.get(path.id())?, |_| true);
        if n_missing == 0 {
            return None;
        }
        self.n_labels += n_missing;
        self.n_messages += 1;
        fields.remove(LAST_UPDATED);
        let new = NewFields { fields, server_time: Some(LAST_UPDATED) };
        Some(Write { path, change: Change::Replace(new) })
    }
}

/// Writes the metrics of a segment as its messages are.
fn recount(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    segment: &Segment,
    schemes: &Schemes,
) -> Result<(), CodaError> {
    transact(database, dataset, |reads| {
        let messages = reads.all(&segment.messages(), Selection::Fields(&[LABELS]));
        let messages = messages.map_err(Doing::Reading.at(dataset))?;
        let metrics = Metrics::of(messages.iter().map(|document| &document.fields), schemes);
        let change = Change::Replace(metrics.to_fields().into());
        Ok((vec![Write { path: segment.metrics(), change }], ()))
    })
}

fn schemes(database: &dyn DocumentDatabase, dataset: &Dataset) -> Result<Schemes, CodaError> {
    let reads = database.snapshot().map_err(Doing::Reading.at(dataset))?;
    let outline = Outline::read(&*reads, dataset)?;
    if !outline.is_known() {
        return Err(CodaError::NoDataset { dataset: dataset.clone() });
    }
    Schemes::read(&*reads, dataset, &outline.segments[0])
}

fn message_paths(segment: &Segment, ids: &[&String]) -> Result<Vec<DocumentPath>, CodaError> {
    ids.iter().map(|id| Ok(segment.messages().document(id)?)).collect()
}

fn check_label(label: &Value) -> Result<(), String> {
    let label = label.as_map().ok_or("expected an object")?;
    for key in ["SchemeID", "CodeID"] {
        if text(label, key).is_empty() {
            return Err(format!("no `{key}`"));
        }
    }
    let time = text(label, "DateTimeUTC");
    iso_time::parse(time).map_err(|error| format!("`DateTimeUTC`: {error}"))?;
    match label.get("Origin").and_then(Value::as_map) {
        Some(_) => Ok(()),
        None => Err("no `Origin`".to_owned()),
    }
}
