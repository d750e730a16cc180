//! All of a dataset in a file, and back: every document, field and type.
//!
//! A file holds the documents in the typed JSON of Firestore's REST interface, so that a
//! timestamp stays a timestamp. Restoring only ever makes documents: a dataset that is there and
//! differs is left alone. The documents of the segments come last, so that a half restored
//! dataset is not seen in Coda, and that the next download reads all of it.

use std::collections::BTreeMap;

use google_services::DocumentDatabase;
use google_services::documents::{Change, Fields, NewFields, Reads, Selection, Write};

use crate::dataset::{Outline, Segment, segment_count_fields};
use crate::error::Doing;
use crate::transaction::transact;
use crate::{CodaError, Dataset};

mod file;
mod original;

pub use file::BackupFileError;

/// How many documents one transaction writes.
const N_WRITES_AT_ONCE: usize = 200;

/// A field that the documents of segments have for a moment.
const RESTORED_AT: &str = "restored_at";

/// How many differences an error names.
const N_SHOWN_DIFFERENCES: usize = 5;

/// All of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    /// The name that the dataset had.
    pub dataset: String,
    /// `segment_counts/<dataset>`.
    count_document: Option<Fields>,
    /// In their order.
    segments: Vec<SegmentBackup>,
}

/// All of a segment.
#[derive(Debug, Clone, PartialEq, Default)]
struct SegmentBackup {
    document: Option<Fields>,
    /// By name of the collection, then id of the document.
    collections: BTreeMap<String, BTreeMap<String, Fields>>,
}

/// What was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// How many messages the dataset has.
    pub n_messages: usize,
    /// How many documents were made; the others were there.
    pub n_written: usize,
}

/// A dataset could not be restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// Coda did not do it.
    #[error(transparent)]
    Coda(#[from] CodaError),
    /// There is such a dataset, and it differs.
    #[error(
        "dataset `{dataset}` is in Coda and differs from the backup in {n_differences} documents, \
         e.g. {}",
        .examples.join(", ")
    )]
    Differs {
        /// The dataset.
        dataset: Dataset,
        /// How many documents are not in the backup, or say something else there.
        n_differences: usize,
        /// Some of their paths.
        examples: Vec<String>,
    },
}

impl RestoreError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Coda(error) => error.hint(),
            Self::Differs { .. } => Some(
                "nothing was changed: import under another name, or put single labels back with \
                 `coda-datasets <auth-file> label --restore`"
                    .to_owned(),
            ),
        }
    }
}

impl Backup {
    /// Reads all of `dataset`, at one moment.
    ///
    /// # Errors
    ///
    /// [`CodaError::NoDataset`], or what kept the dataset from being read.
    pub fn export(database: &dyn DocumentDatabase, dataset: &Dataset) -> Result<Self, CodaError> {
        let reading = Doing::Reading.at(dataset);
        let reads = database.snapshot().map_err(reading)?;
        let outline = Outline::read(&*reads, dataset)?;
        let mut segments = Vec::with_capacity(outline.segments.len());
        for (segment, document) in outline.segments.iter().zip(&outline.documents) {
            let document = document.as_ref().map(|document| document.fields.clone());
            let collections = read_collections(&*reads, dataset, segment)?;
            segments.push(SegmentBackup { document, collections });
        }
        let is_empty = segments.iter().all(|segment| segment.collections.is_empty());
        if !outline.is_known() && is_empty {
            return Err(CodaError::NoDataset { dataset: dataset.clone() });
        }
        let count_document = outline.count_document.map(|document| document.fields);
        Ok(Self { dataset: dataset.name().to_owned(), count_document, segments })
    }

    /// How many messages the backup has.
    pub fn n_messages(&self) -> usize {
        let messages = self.segments.iter().filter_map(|it| it.collections.get("messages"));
        messages.map(BTreeMap::len).sum()
    }

    /// Makes the dataset again, under the name `dataset`. A restore that was stopped is finished
    /// by another one.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]. When the dataset is there and differs, nothing was changed.
    pub fn restore(
        &self,
        database: &dyn DocumentDatabase,
        dataset: &Dataset,
    ) -> Result<Restored, RestoreError> {
        let reads = database.snapshot().map_err(Doing::Writing.at(dataset))?;
        let missing = self.missing_documents(&*reads, dataset)?;
        drop(reads);
        for writes in missing.chunks(N_WRITES_AT_ONCE) {
            create_missing(database, dataset, writes)?;
        }
        // Twice: a document that is written as it was keeps its time, by which downloads notice
        // that a dataset was restored.
        for mark in [Some(RESTORED_AT), None] {
            transact(database, dataset, |_| Ok((self.last_writes(dataset, mark), ())))?;
        }
        Ok(Restored { n_messages: self.n_messages(), n_written: missing.len() })
    }

    /// The documents below the segments that Coda lacks, once it is known that it has no others.
    fn missing_documents(
        &self,
        reads: &dyn Reads,
        dataset: &Dataset,
    ) -> Result<Vec<Write>, RestoreError> {
        let outline = Outline::read(reads, dataset)?;
        let mut differences = Vec::new();
        let mut missing = Vec::new();
        let n_segments = self.segments.len().max(outline.segments.len());
        for number in 1..=n_segments {
            let segment = dataset.segment(number);
            let none = SegmentBackup::default();
            let backup = self.segments.get(number - 1).unwrap_or(&none);
            let found = read_collections(reads, dataset, &segment)?;
            let document = outline.documents.get(number - 1).and_then(Option::as_ref);
            if document.is_some_and(|document| Some(&document.fields) != backup.document.as_ref()) {
                differences.push(segment.path.to_string());
            }
            for (name, documents) in &found {
                let backed_up = backup.collections.get(name);
                for (id, fields) in documents {
                    if backed_up.and_then(|it| it.get(id)) != Some(fields) {
                        differences.push(format!("{}/{name}/{id}", segment.path));
                    }
                }
            }
            for (name, documents) in &backup.collections {
                let found = found.get(name);
                for (id, fields) in documents {
                    if found.is_none_or(|found| !found.contains_key(id)) {
                        let path = segment.path.collection(name).document(id);
                        let path = path.map_err(CodaError::from)?;
                        missing.push(Write { path, change: Change::Create(fields.clone().into()) });
                    }
                }
            }
        }
        let n_differences = differences.len();
        if 0 < n_differences {
            differences.truncate(N_SHOWN_DIFFERENCES);
            let (dataset, examples) = (dataset.clone(), differences);
            return Err(RestoreError::Differs { dataset, n_differences, examples });
        }
        Ok(missing)
    }

    /// What makes the dataset visible: the documents of the segments and their number.
    fn last_writes(&self, dataset: &Dataset, server_time: Option<&'static str>) -> Vec<Write> {
        let mut writes = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            let path = dataset.segment(index + 1).path;
            if let Some(fields) = &segment.document {
                let new = NewFields { fields: fields.clone(), server_time };
                writes.push(Write { path, change: Change::Replace(new) });
            }
        }
        let count = match (&self.count_document, self.segments.len()) {
            (Some(fields), _) => Some(fields.clone()),
            (None, 1) => None,
            (None, n_segments) => Some(segment_count_fields(n_segments)),
        };
        if let Some(fields) = count {
            let path = dataset.count_path();
            writes.push(Write { path, change: Change::Replace(fields.into()) });
        }
        writes
    }
}

/// Makes documents; those that an earlier try has made are left as they are.
fn create_missing(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    writes: &[Write],
) -> Result<(), CodaError> {
    let paths: Vec<_> = writes.iter().map(|write| write.path.clone()).collect();
    transact(database, dataset, |reads| {
        let found = reads.documents(&paths, Selection::NoFields);
        let found = found.map_err(Doing::Writing.at(dataset))?;
        let missing = writes.iter().zip(&found).filter(|(_, found)| found.is_none());
        Ok((missing.map(|(write, _)| write.clone()).collect(), ()))
    })
}

/// All documents directly below a segment.
fn read_collections(
    reads: &dyn Reads,
    dataset: &Dataset,
    segment: &Segment,
) -> Result<BTreeMap<String, BTreeMap<String, Fields>>, CodaError> {
    let reading = Doing::Reading.at(dataset);
    let mut collections = BTreeMap::new();
    for collection in reads.collections_below(&segment.path).map_err(reading)? {
        let documents = reads.all(&collection, Selection::AllFields).map_err(reading)?;
        let documents: BTreeMap<String, Fields> = documents
            .into_iter()
            .map(|document| (document.path.id().to_owned(), document.fields))
            .collect();
        if !documents.is_empty() {
            collections.insert(collection.name().to_owned(), documents);
        }
    }
    Ok(collections)
}
