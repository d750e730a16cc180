//! Where Coda keeps what: a dataset is a row of segments of at most 2,500 messages.
//!
//! | path | fields |
//! |---|---|
//! | `datasets/<segment>` | `users`: who may see the segment |
//! | `datasets/<segment>/messages/<MessageID>` | a message with its labels |
//! | `datasets/<segment>/code_schemes/<SchemeID>` | a code scheme; the same in each segment |
//! | `datasets/<segment>/metrics/messages` | how many messages are there, and labelled |
//! | `segment_counts/<dataset>` | `segment_count`; without the document there is one segment |
//!
//! The first segment is called like the dataset, the n-th `<dataset>_<n>`.

use std::fmt;

use chrono::{DateTime, Utc};
use google_services::documents::{
    BadDocumentId, CollectionPath, Document, DocumentPath, Fields, Reads, Selection, Value,
};

use crate::CodaError;
use crate::error::Doing;

/// How many messages a segment has at most; what Coda's own tools and web page expect.
pub(crate) const MOST_MESSAGES_IN_SEGMENT: u64 = 2_500;

/// More segments than a dataset ever has: a larger count is a mistake.
const MOST_SEGMENTS: i64 = 100_000;

const SEGMENT_COUNT: &str = "segment_count";

/// A dataset, by its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset(String);

/// One segment of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) path: DocumentPath,
}

/// What was read first of a dataset: its segments, and whether it is there at all.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(crate) segments: Vec<Segment>,
    /// `segment_counts/<dataset>`.
    pub(crate) count_document: Option<Document>,
    /// The document of each segment; `None` for a ghost, which only has collections.
    pub(crate) documents: Vec<Option<Document>>,
    pub(crate) read_at: DateTime<Utc>,
}

impl Dataset {
    /// The dataset called `name`.
    ///
    /// # Errors
    ///
    /// [`BadDocumentId`] when that cannot be the name of one.
    pub fn new(name: &str) -> Result<Self, BadDocumentId> {
        // The name of the last segment is the longest.
        datasets().document(&format!("{name}_{MOST_SEGMENTS}"))?;
        datasets().document(name)?;
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The n-th segment, counted from 1.
    pub(crate) fn segment(&self, n: usize) -> Segment {
        let id = match n {
            1 => self.0.clone(),
            n => format!("{}_{n}", self.0),
        };
        let path = datasets().document(&id).expect("the name was checked with the longest number");
        Segment { path }
    }

    /// The document with the number of segments.
    pub(crate) fn count_path(&self) -> DocumentPath {
        let counts = CollectionPath::top("segment_counts");
        counts.document(&self.0).expect("the name was checked")
    }
}

impl Segment {
    /// The name of the segment.
    pub(crate) fn id(&self) -> &str {
        self.path.id()
    }

    pub(crate) fn messages(&self) -> CollectionPath {
        self.path.collection("messages")
    }

    pub(crate) fn code_schemes(&self) -> CollectionPath {
        self.path.collection("code_schemes")
    }

    pub(crate) fn metrics(&self) -> DocumentPath {
        self.path.collection("metrics").document("messages").expect("a fixed name")
    }
}

impl Outline {
    /// Reads the outline of `dataset`.
    pub(crate) fn read(reads: &dyn Reads, dataset: &Dataset) -> Result<Self, CodaError> {
        let reading = Doing::Reading.at(dataset);
        let paths = [dataset.count_path(), dataset.segment(1).path];
        let found = reads.documents(&paths, Selection::AllFields).map_err(reading)?;
        let mut found = found.into_iter();
        let (count_document, first) = (found.next().flatten(), found.next().flatten());
        let n_segments = n_segments(dataset, count_document.as_ref())?;
        let segments: Vec<Segment> = (1..=n_segments).map(|n| dataset.segment(n)).collect();
        let others: Vec<DocumentPath> =
            segments.iter().skip(1).map(|segment| segment.path.clone()).collect();
        let mut documents = vec![first];
        if !others.is_empty() {
            documents.extend(reads.documents(&others, Selection::AllFields).map_err(reading)?);
        }
        let read_at = reads.read_at().unwrap_or_default();
        Ok(Self { segments, count_document, documents, read_at })
    }

    /// Whether Coda knows the dataset; a ghost is known by its messages only.
    pub(crate) fn is_known(&self) -> bool {
        self.count_document.is_some() || self.documents.iter().any(Option::is_some)
    }

    pub(crate) fn last(&self) -> &Segment {
        self.segments.last().expect("a dataset has a first segment")
    }

    /// Who may see the dataset, as the first segment that says something says.
    pub(crate) fn users(&self) -> Option<&Value> {
        self.documents.iter().flatten().find_map(|document| document.fields.get("users"))
    }

    /// How many documents the messages of all segments are.
    pub(crate) fn n_documents(
        &self,
        reads: &dyn Reads,
        dataset: &Dataset,
    ) -> Result<u64, CodaError> {
        let counts = self.segments.iter().map(|segment| reads.count(&segment.messages()));
        counts.sum::<Result<u64, _>>().map_err(Doing::Reading.at(dataset))
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

/// The collection of all segments.
pub(crate) fn datasets() -> CollectionPath {
    CollectionPath::top("datasets")
}

/// The fields of `segment_counts/<dataset>`.
pub(crate) fn segment_count_fields(n_segments: usize) -> Fields {
    let n_segments = i64::try_from(n_segments).unwrap_or(i64::MAX);
    Fields::from([(SEGMENT_COUNT.to_owned(), Value::Integer(n_segments))])
}

/// How many segments `segment_counts/<dataset>` says there are.
pub(crate) fn n_segments(
    dataset: &Dataset,
    count_document: Option<&Document>,
) -> Result<usize, CodaError> {
    let Some(document) = count_document else { return Ok(1) };
    let count = document.fields.get(SEGMENT_COUNT).and_then(Value::as_integer);
    count
        .filter(|count| (1..=MOST_SEGMENTS).contains(count))
        .and_then(|count| usize::try_from(count).ok())
        .ok_or_else(|| CodaError::BadSegmentCount { dataset: dataset.clone() })
}
