//! What is in Coda: datasets, and how far their labelling is.

use std::collections::BTreeSet;

use code_schemes::{ControlCode, MANUALLY_UNCODED};
use google_services::DocumentDatabase;
use google_services::documents::{CollectionPath, Fields, Reads, Selection};
use serde::Serialize;

use crate::dataset::{Outline, datasets, n_segments};
use crate::error::Doing;
use crate::message::{LABELS, is_checked, latest_labels, text};
use crate::metrics::Metrics;
use crate::schemes::Schemes;
use crate::{CodaError, Dataset};

/// How far the labelling of a dataset is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetProgress {
    /// The name.
    pub dataset: String,
    /// How many segments it has.
    pub n_segments: usize,
    /// How many people may see it; none: nobody can label it.
    pub n_users: usize,
    /// How many messages it has.
    pub n_messages: u64,
    /// How many of them have a confirmed label.
    pub n_labelled: u64,
    /// For each scheme, by id.
    pub schemes: Vec<SchemeProgress>,
}

/// How far labelling with one scheme is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemeProgress {
    /// The id.
    pub scheme_id: String,
    /// The name.
    pub name: String,
    /// How many messages have a label, confirmed or not.
    pub n_labelled: u64,
    /// How many messages have a confirmed label.
    pub n_checked: u64,
    /// How many a person says are in the wrong place.
    pub n_wrong_scheme: u64,
    /// How many a person could not code.
    pub n_not_coded: u64,
}

/// The names of all datasets, sorted; also of those that have messages but no document.
///
/// # Errors
///
/// [`CodaError::List`].
pub fn dataset_names(database: &dyn DocumentDatabase) -> Result<Vec<String>, CodaError> {
    let reads = database.snapshot().map_err(CodaError::List)?;
    let counts = CollectionPath::top("segment_counts");
    let counted = reads.all(&counts, Selection::AllFields).map_err(CodaError::List)?;
    let mut names: BTreeSet<String> =
        reads.ids(&datasets()).map_err(CodaError::List)?.into_iter().collect();
    names.extend(counted.iter().map(|document| document.path.id().to_owned()));
    for document in &counted {
        let dataset = Dataset::new(document.path.id())?;
        // A count that is none is reported when its dataset is read.
        let n_segments = n_segments(&dataset, Some(document)).unwrap_or(1);
        for number in 2..=n_segments {
            names.remove(dataset.segment(number).id());
        }
    }
    Ok(names.into_iter().collect())
}

/// How far the labelling of `dataset` is.
///
/// # Errors
///
/// [`CodaError::NoDataset`], or what kept the dataset from being read.
pub fn progress(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
) -> Result<DatasetProgress, CodaError> {
    let reads = database.snapshot().map_err(Doing::Reading.at(dataset))?;
    let outline = Outline::read(&*reads, dataset)?;
    let messages = labels_of_all(&*reads, dataset, &outline)?;
    if !outline.is_known() && messages.is_empty() {
        return Err(CodaError::NoDataset { dataset: dataset.clone() });
    }
    let schemes = Schemes::read(&*reads, dataset, &outline.segments[0])?;
    let metrics = Metrics::of(&messages, &schemes);
    let users = outline.users().and_then(|users| users.as_array()).unwrap_or_default();
    Ok(DatasetProgress {
        dataset: dataset.name().to_owned(),
        n_segments: outline.segments.len(),
        n_users: users.len(),
        n_messages: metrics.n_messages,
        n_labelled: metrics.n_labelled,
        schemes: scheme_progress(&messages, &schemes),
    })
}

fn labels_of_all(
    reads: &dyn Reads,
    dataset: &Dataset,
    outline: &Outline,
) -> Result<Vec<Fields>, CodaError> {
    let mut messages = Vec::new();
    for segment in &outline.segments {
        let documents = reads.all(&segment.messages(), Selection::Fields(&[LABELS]));
        let documents = documents.map_err(Doing::Reading.at(dataset))?;
        messages.extend(documents.into_iter().map(|document| document.fields));
    }
    Ok(messages)
}

fn scheme_progress(messages: &[Fields], schemes: &Schemes) -> Vec<SchemeProgress> {
    let of_scheme = |(id, scheme): (&str, &crate::schemes::Scheme)| {
        let mut progress = SchemeProgress {
            scheme_id: id.to_owned(),
            name: scheme.name.clone(),
            n_labelled: 0,
            n_checked: 0,
            n_wrong_scheme: 0,
            n_not_coded: 0,
        };
        for label in messages.iter().flat_map(latest_labels) {
            if text(label, "SchemeID") != id || text(label, "CodeID") == MANUALLY_UNCODED {
                continue;
            }
            let is_checked = is_checked(label);
            let is_control = |code| is_checked && schemes.is_control(label, code);
            progress.n_labelled += 1;
            progress.n_checked += u64::from(is_checked);
            progress.n_wrong_scheme += u64::from(is_control(ControlCode::WrongScheme));
            progress.n_not_coded += u64::from(is_control(ControlCode::NotCoded));
        }
        progress
    };
    schemes.iter().map(of_scheme).collect()
}
