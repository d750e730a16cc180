//! Downloads a dataset: what changed since the last time, or all of it.
//!
//! Everything is read at one moment of the database, which the record of the download remembers.
//! The next time only what Coda changed since then is asked for, with an overlap for writes whose
//! server time is older than the moment at which they could be seen. Then the messages are
//! counted: when Coda has more or fewer than this gives, all is read. So it is when the documents
//! of the dataset were written (it was restored, or its users changed), and once a week.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use code_schemes::CodeScheme;
use google_services::DocumentDatabase;
use google_services::documents::{Document, Fields, Reads, Selection, Value};

use crate::dataset::Outline;
use crate::error::Doing;
use crate::message::{
    LAST_UPDATED, add_missing_labels, instant, is_human, labels, sequence_number,
};
use crate::previous::{Download, Previous, Record, Unusable};
use crate::schemes::Schemes;
use crate::{CodaError, Dataset, UnknownLabel};

/// How a dataset is downloaded.
#[derive(Debug, Clone)]
pub struct GetOptions<'a> {
    /// Whether all messages are read in any case.
    pub mode: Mode,
    /// How long before the last download changes are looked for again; `None` for as long as the
    /// database needs.
    pub overlap: Option<Duration>,
    /// How long after all messages were read they are all read again.
    pub full_every: Duration,
    /// What becomes of labels that people gave and that Coda no longer has.
    pub removed_labels: RemovedLabels,
    /// The schemes that the project has for the dataset.
    pub project_schemes: &'a [&'a CodeScheme],
}

/// Whether all messages are read in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What changed.
    Incremental,
    /// All.
    Full,
}

/// What becomes of labels that people gave and that Coda no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedLabels {
    /// They stay in the file: in Coda, an outdated browser tab has overwritten them.
    Keep,
    /// They go: somebody removed them from Coda on purpose.
    Drop,
}

/// The result of a download.
#[derive(Debug)]
pub enum Got {
    /// Coda does not have the dataset yet, or not any more.
    NoDataset,
    /// The dataset, and what was found on the way.
    Dataset(Box<Download>, Report),
}

/// What was found on the way.
#[derive(Debug, Default)]
pub struct Report {
    /// Why all messages were read; `None` when only changes were.
    pub full_because: Option<FullBecause>,
    /// How many messages are new.
    pub n_new: usize,
    /// How many messages the last download had too, but differently.
    pub n_changed: usize,
    /// Messages that the last download had, and that Coda no longer has.
    pub removed: Vec<RemovedMessage>,
    /// Messages with labels that people gave and that Coda no longer has; see [`RemovedLabels`].
    pub with_removed_labels: Vec<String>,
    /// Messages that are in Coda more than once; their labels are together here.
    pub copies: Vec<String>,
    /// Labels that fit no scheme.
    pub unknown_labels: Vec<UnknownLabel>,
    /// Messages without a sequence number; they come last.
    pub without_sequence_number: Vec<String>,
}

/// A message that Coda no longer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedMessage {
    /// Its id.
    pub message_id: String,
    /// Whether a person had labelled it.
    pub was_labelled: bool,
}

/// Why all messages were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FullBecause {
    /// There was nothing before.
    First,
    /// It was asked for.
    Asked,
    /// The file that was there cannot be built on.
    Unusable(Unusable),
    /// It was time.
    Due,
    /// The documents of the dataset were written since.
    DatasetWritten,
    /// Some messages are in Coda more than once, which changes alone cannot show.
    Copies,
    /// Coda has more or fewer messages than the changes give.
    CountDiffers,
}

impl Default for GetOptions<'_> {
    fn default() -> Self {
        Self {
            mode: Mode::Incremental,
            overlap: None,
            full_every: Duration::from_secs(7 * 24 * 60 * 60),
            removed_labels: RemovedLabels::Keep,
            project_schemes: &[],
        }
    }
}

/// Downloads `dataset`, building on the last download when there is one.
///
/// # Errors
///
/// [`CodaError`]; nothing was written anywhere.
pub fn get(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    previous: &Previous,
    options: &GetOptions<'_>,
) -> Result<Got, CodaError> {
    let reads = database.snapshot().map_err(Doing::Reading.at(dataset))?;
    let reads = &*reads;
    let outline = Outline::read(reads, dataset)?;
    if !outline.is_known() && outline.n_documents(reads, dataset)? == 0 {
        return Ok(Got::NoDataset);
    }
    let slack = options.overlap.unwrap_or_else(|| database.server_time_slack());
    let mut full_because = full_because(&outline, previous, options);
    let mut found = None;
    if let (None, Previous::Usable(before)) = (full_because, previous) {
        found = changes(reads, dataset, &outline, before, slack)?;
        full_because = found.is_none().then_some(FullBecause::CountDiffers);
    }
    let found = match found {
        Some(found) => found,
        None => everything(reads, dataset, &outline)?,
    };
    let mut report = Report { full_because, copies: found.copies, ..Report::default() };
    let before = match previous {
        Previous::Usable(before) => Some(&**before),
        _ => None,
    };
    let messages = merge(found.messages, found.is_all, before, options, &mut report);
    report_numbers(&messages, &mut report);
    if !found.read_ids.is_empty() {
        let schemes = Schemes::read(reads, dataset, &outline.segments[0])?;
        for (id, message) in found.read_ids.iter().filter_map(|id| messages.get_key_value(id)) {
            let unknown = schemes.unknown_labels(options.project_schemes, id, message);
            report.unknown_labels.extend(unknown);
        }
    }
    let full_at = match (report.full_because, before) {
        (None, Some(before)) => before.record.full_at,
        _ => outline.read_at,
    };
    let moments = [outline.read_at, full_at];
    let record = Record::new(dataset, database.identity(), moments, found.n_extra_copies);
    Ok(Got::Dataset(Box::new(Download { messages, record }), report))
}

/// The messages of `dataset` that Coda has, by id; built on the last download when that saves
/// reads.
pub(crate) fn known_ids(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    previous: &Previous,
) -> Result<std::collections::BTreeSet<String>, CodaError> {
    let reading = Doing::Reading.at(dataset);
    let reads = database.snapshot().map_err(reading)?;
    let reads = &*reads;
    let outline = Outline::read(reads, dataset)?;
    if let Previous::Usable(before) = previous
        && full_because(&outline, previous, &GetOptions::default()).is_none()
        && let Some(found) =
            changes(reads, dataset, &outline, before, database.server_time_slack())?
    {
        let before = before.messages.keys().cloned();
        return Ok(before.chain(found.messages.into_keys()).collect());
    }
    let mut ids = std::collections::BTreeSet::new();
    for segment in &outline.segments {
        let documents = reads.all(&segment.messages(), Selection::NoFields).map_err(reading)?;
        ids.extend(documents.iter().map(|document| document.path.id().to_owned()));
    }
    Ok(ids)
}

/// Messages that were read.
struct Found {
    messages: BTreeMap<String, Fields>,
    /// Whether there are no others.
    is_all: bool,
    /// Messages whose labels are to be checked.
    read_ids: Vec<String>,
    copies: Vec<String>,
    n_extra_copies: u64,
}

/// Why changes since the last download are not enough.
fn full_because(
    outline: &Outline,
    previous: &Previous,
    options: &GetOptions<'_>,
) -> Option<FullBecause> {
    let before = match previous {
        Previous::Nothing => return Some(FullBecause::First),
        Previous::Unusable { reason, .. } => return Some(FullBecause::Unusable(*reason)),
        Previous::Usable(before) => &before.record,
    };
    let full_every = TimeDelta::from_std(options.full_every).unwrap_or(TimeDelta::MAX);
    let is_written = |document: &Document| before.read_at < document.updated_at;
    if options.mode == Mode::Full {
        Some(FullBecause::Asked)
    } else if full_every <= outline.read_at.signed_duration_since(before.full_at) {
        Some(FullBecause::Due)
    } else if 0 < before.n_extra_copies {
        Some(FullBecause::Copies)
    } else if outline.documents.iter().flatten().any(is_written) {
        Some(FullBecause::DatasetWritten)
    } else {
        None
    }
}

/// What changed since `before`, or nothing when Coda's count of messages shows that this is not
/// all.
fn changes(
    reads: &dyn Reads,
    dataset: &Dataset,
    outline: &Outline,
    before: &Download,
    slack: Duration,
) -> Result<Option<Found>, CodaError> {
    let reading = Doing::Reading.at(dataset);
    let slack = TimeDelta::from_std(slack).unwrap_or(TimeDelta::MAX);
    let since = before.record.read_at.checked_sub_signed(slack).unwrap_or(DateTime::UNIX_EPOCH);
    let mut messages = BTreeMap::new();
    let mut n_documents = 0;
    for segment in &outline.segments {
        for bound in bounds(since) {
            let documents = reads.at_least(&segment.messages(), LAST_UPDATED, &bound);
            for document in documents.map_err(reading)? {
                let id = document.path.id().to_owned();
                if messages.insert(id, document.fields).is_some() {
                    return Ok(None);
                }
            }
        }
        n_documents += reads.count(&segment.messages()).map_err(reading)?;
    }
    let n_new = messages.keys().filter(|id| !before.messages.contains_key(*id)).count();
    let is_complete = n_documents == (before.messages.len() + n_new) as u64;
    let read_ids = messages.keys().cloned().collect();
    let found = Found { messages, is_all: false, read_ids, copies: Vec::new(), n_extra_copies: 0 };
    Ok(is_complete.then_some(found))
}

/// The lowest `LastUpdated` that is looked for, in each of the types that programs wrote it in.
fn bounds(since: DateTime<Utc>) -> [Value; 2] {
    // Texts are compared by character: a day's margin covers every offset.
    let day = (since - TimeDelta::days(1)).format("%Y-%m-%d").to_string();
    [Value::from(since + TimeDelta::microseconds(1)), Value::from(day)]
}

fn everything(reads: &dyn Reads, dataset: &Dataset, outline: &Outline) -> Result<Found, CodaError> {
    let mut messages: BTreeMap<String, Fields> = BTreeMap::new();
    let mut copies = Vec::new();
    let mut n_extra_copies = 0;
    for segment in &outline.segments {
        let documents = reads.all(&segment.messages(), Selection::AllFields);
        for document in documents.map_err(Doing::Reading.at(dataset))? {
            let id = document.path.id();
            match messages.get_mut(id) {
                Some(first) => {
                    n_extra_copies += 1;
                    copies.push(id.to_owned());
                    unite_copies(first, &document.fields);
                }
                None => drop(messages.insert(id.to_owned(), document.fields)),
            }
        }
    }
    copies.dedup();
    let read_ids = messages.keys().cloned().collect();
    Ok(Found { messages, is_all: true, read_ids, copies, n_extra_copies })
}

/// Adds to the first copy of a message what only a further one has.
fn unite_copies(first: &mut Fields, copy: &Fields) {
    add_missing_labels(first, copy, |_| true);
    let updated_at = |message: &Fields| message.get(LAST_UPDATED).and_then(instant);
    if updated_at(first) < updated_at(copy) {
        first.insert(LAST_UPDATED.to_owned(), copy[LAST_UPDATED].clone());
    }
}

/// The messages of the new download, and what happened to them since the last one.
fn merge(
    found: BTreeMap<String, Fields>,
    is_all: bool,
    before: Option<&Download>,
    options: &GetOptions<'_>,
    report: &mut Report,
) -> BTreeMap<String, Fields> {
    let Some(before) = before else {
        report.n_new = found.len();
        return found;
    };
    let before = &before.messages;
    let mut messages = if is_all { BTreeMap::new() } else { before.clone() };
    for (id, mut message) in found {
        match before.get(&id) {
            Some(earlier) => {
                let mut with_earlier = message.clone();
                if 0 < add_missing_labels(&mut with_earlier, earlier, is_human) {
                    report.with_removed_labels.push(id.clone());
                    if options.removed_labels == RemovedLabels::Keep {
                        message = with_earlier;
                    }
                }
                report.n_changed += usize::from(!is_same(earlier, &message));
            }
            None => report.n_new += 1,
        }
        messages.insert(id, message);
    }
    let removed = before.iter().filter(|(id, _)| !messages.contains_key(*id));
    report.removed.extend(removed.map(|(id, message)| RemovedMessage {
        message_id: id.clone(),
        was_labelled: labels(message).any(is_human),
    }));
    messages
}

/// Whether a message from a file and one from Coda say the same.
fn is_same(one: &Fields, other: &Fields) -> bool {
    let keys = one.keys().eq(other.keys());
    keys && one.values().zip(other.values()).all(|(a, b)| a.to_plain_json() == b.to_plain_json())
}

fn report_numbers(messages: &BTreeMap<String, Fields>, report: &mut Report) {
    let without = messages.iter().filter(|(_, message)| sequence_number(message).is_none());
    report.without_sequence_number = without.map(|(id, _)| id.clone()).collect();
}

impl fmt::Display for FullBecause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::First => "nothing was downloaded before",
            Self::Asked => "it was asked for",
            Self::Unusable(reason) => return reason.fmt(out),
            Self::Due => "it is time to compare everything",
            Self::DatasetWritten => "the dataset was restored, or its users changed",
            Self::Copies => "some messages are in Coda more than once",
            Self::CountDiffers => "messages were removed, or added without a time",
        })
    }
}
