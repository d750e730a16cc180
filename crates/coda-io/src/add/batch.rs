//! One transaction's worth of messages.

use std::collections::BTreeSet;

use google_services::DocumentDatabase;
use google_services::documents::{
    Change, DatabaseError, Document, DocumentPath, Fields, NewFields, Reads, Selection, Value,
    Write,
};

use crate::add::NewMessage;
use crate::dataset::{MOST_MESSAGES_IN_SEGMENT, Outline, Segment, segment_count_fields};
use crate::error::Doing;
use crate::message::{LAST_UPDATED, MESSAGE_ID, SEQUENCE_NUMBER, sequence_number};
use crate::metrics::Metrics;
use crate::schemes::Schemes;
use crate::transaction::transact;
use crate::{CodaError, Dataset};

/// How many messages one transaction adds at most: Firestore counts a server time as a write of
/// its own, and once took 500.
const MOST_MESSAGES: usize = 200;

/// How many bytes one transaction writes at most; Firestore takes 10 MiB.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Beyond this, browsers cannot tell whole numbers apart.
const MOST_NUMBERS: i64 = 1 << 53;

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) n_added: usize,
    /// Messages that somebody else had added meanwhile.
    pub(super) known: Vec<String>,
    /// Messages that the segment had no room for.
    pub(super) left: Vec<String>,
    pub(super) new_segment: Option<String>,
}

/// As many messages from the front as go into one transaction; at least one.
pub(super) fn first_batch(messages: &[NewMessage]) -> &[NewMessage] {
    let mut n_bytes = 0;
    let fits = |message: &&NewMessage| {
        n_bytes += message.size_bytes();
        n_bytes <= MOST_BYTES
    };
    let n_fitting = messages.iter().take(MOST_MESSAGES).take_while(fits).count();
    &messages[..n_fitting.max(1)]
}

/// Adds those of `messages` that no segment has to the last one, or to a new one when that is
/// full.
pub(super) fn add_batch(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    messages: &[NewMessage],
    schemes: &Schemes,
) -> Result<Done, CodaError> {
    transact(database, dataset, |reads| {
        let reading = Doing::Reading.at(dataset);
        let mut outline = Outline::read(reads, dataset)?;
        let mut writes = Vec::new();
        let mut done = Done::default();
        let mut n_in_segment = reads.count(&outline.last().messages()).map_err(reading)?;
        if MOST_MESSAGES_IN_SEGMENT <= n_in_segment {
            let segment = dataset.segment(outline.segments.len() + 1);
            writes.extend(new_segment(reads, dataset, &outline, &segment)?);
            n_in_segment = reads.count(&segment.messages()).map_err(reading)?;
            done.new_segment = Some(segment.id().to_owned());
            outline.segments.push(segment);
        }
        let known = existing(reads, &outline.segments, messages).map_err(reading)?;
        let room = usize::try_from(MOST_MESSAGES_IN_SEGMENT.saturating_sub(n_in_segment));
        let room = room.unwrap_or(usize::MAX);
        let (known, new): (Vec<_>, Vec<_>) =
            messages.iter().partition(|message| known.contains(message.id()));
        let (new, left) = new.split_at(room.min(new.len()));
        done.n_added = new.len();
        done.known = ids(&known);
        done.left = ids(left);
        if new.is_empty() {
            return Ok((writes, done));
        }
        let segment = outline.last();
        let before = metrics(reads, segment, n_in_segment, schemes).map_err(reading)?;
        let added = Metrics::of(new.iter().map(|message| message.fields()), schemes);
        writes.push(Write {
            path: segment.metrics(),
            change: Change::Replace(before.plus(added).to_fields().into()),
        });
        let mut next = next_number(reads, &outline.segments).map_err(reading)?;
        for message in new {
            writes.push(create(segment, message, &mut next)?);
        }
        Ok((writes, done))
    })
}

/// What makes a new segment whole: its document with the users, the schemes, and the new number
/// of segments. A segment that was begun by a program that stopped is completed.
fn new_segment(
    reads: &dyn Reads,
    dataset: &Dataset,
    outline: &Outline,
    segment: &Segment,
) -> Result<Vec<Write>, CodaError> {
    let reading = Doing::Reading.at(dataset);
    let found = reads.documents(std::slice::from_ref(&segment.path), Selection::NoFields);
    let mut writes = Vec::new();
    if found.map_err(reading)?.iter().all(Option::is_none) {
        let users = outline.users().cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        let fields = Fields::from([("users".to_owned(), users)]);
        writes.push(Write { path: segment.path.clone(), change: Change::Create(fields.into()) });
    }
    let read = |segment: &Segment| reads.all(&segment.code_schemes(), Selection::AllFields);
    let existing = read(segment).map_err(reading)?;
    let is_there =
        |scheme: &Document| existing.iter().any(|document| document.path.id() == scheme.path.id());
    for scheme in read(&outline.segments[0]).map_err(reading)? {
        if !is_there(&scheme) {
            let path = segment.code_schemes().document(scheme.path.id())?;
            writes.push(Write { path, change: Change::Create(scheme.fields.into()) });
        }
    }
    let fields = segment_count_fields(outline.segments.len() + 1);
    writes.push(Write { path: dataset.count_path(), change: Change::Replace(fields.into()) });
    Ok(writes)
}

/// The ids of those messages that one of the segments has.
fn existing(
    reads: &dyn Reads,
    segments: &[Segment],
    messages: &[NewMessage],
) -> Result<BTreeSet<String>, DatabaseError> {
    let mut paths: Vec<DocumentPath> = Vec::with_capacity(segments.len() * messages.len());
    for segment in segments {
        for message in messages {
            paths.push(segment.messages().document(message.id())?);
        }
    }
    let found = reads.documents(&paths, Selection::NoFields)?;
    Ok(found.iter().flatten().map(|document| document.path.id().to_owned()).collect())
}

/// The metrics of a segment: as written, unless they do not fit its messages.
///
/// They are read and written by each batch, and so is the number of segments by each new segment:
/// when another process added something meanwhile, the batch is done again.
fn metrics(
    reads: &dyn Reads,
    segment: &Segment,
    n_in_segment: u64,
    schemes: &Schemes,
) -> Result<Metrics, DatabaseError> {
    let written = reads.documents(&[segment.metrics()], Selection::AllFields)?;
    let written = written.iter().flatten().find_map(|it| Metrics::from_fields(&it.fields));
    match written.filter(|metrics| metrics.n_messages == n_in_segment) {
        Some(metrics) => Ok(metrics),
        None => {
            let messages = reads.all(&segment.messages(), Selection::AllFields)?;
            Ok(Metrics::of(messages.iter().map(|document| &document.fields), schemes))
        }
    }
}

/// The first sequence number that no message has, nor one before it.
fn next_number(reads: &dyn Reads, segments: &[Segment]) -> Result<i64, DatabaseError> {
    let mut next = 0;
    for segment in segments {
        let highest = reads.highest(&segment.messages(), SEQUENCE_NUMBER)?;
        next = next.max(highest.map_or(0, |highest| highest.saturating_add(1)));
    }
    Ok(next)
}

/// A number that the message brings is kept when no message can have it.
fn create(segment: &Segment, message: &NewMessage, next: &mut i64) -> Result<Write, CodaError> {
    let own = sequence_number(message.fields()).filter(|own| (*next..MOST_NUMBERS).contains(own));
    let number = own.unwrap_or(*next);
    *next = number.saturating_add(1);
    let mut fields = message.fields().clone();
    fields.insert(MESSAGE_ID.to_owned(), Value::from(message.id()));
    fields.insert(SEQUENCE_NUMBER.to_owned(), Value::Integer(number));
    fields.remove(LAST_UPDATED);
    let new = NewFields { fields, server_time: Some(LAST_UPDATED) };
    let path = segment.messages().document(message.id())?;
    Ok(Write { path, change: Change::Create(new) })
}

fn ids(messages: &[&NewMessage]) -> Vec<String> {
    messages.iter().map(|message| message.id().to_owned()).collect()
}
