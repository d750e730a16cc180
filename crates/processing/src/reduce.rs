//! What needs all messages at once: ICR samples and Coda files.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use code_schemes::{CodaMessage, MessageId};
use iso_time::Instant;
use rand_mt::Mt;
use rustc_hash::{FxHashMap, FxHashSet};
use traced_data::Value;

use crate::context::Order;
use crate::labels::coda_label;
use crate::packed::damaged;
use crate::records::{Position, Record, SortedRecords};

/// How many messages of each radio show two coders label to measure their agreement.
const ICR_SAMPLE_SIZE: usize = 200;

/// An answer that could be put up for labelling.
pub(crate) struct CodaCandidate {
    pub(crate) message_id: MessageId,
    pub(crate) text: Arc<str>,
    pub(crate) created_at: Instant,
    /// Suggested labels, as values.
    pub(crate) labels: Vec<Value>,
}

/// The candidates of one dataset seen so far, one per message id.
#[derive(Default)]
pub(crate) struct CodaDataset(FxHashMap<MessageId, (Order, CodaCandidate)>);

impl CodaDataset {
    /// Adds a candidate; of answers with the same text the earliest stays.
    pub(crate) fn add(&mut self, order: Order, candidate: CodaCandidate) {
        use std::collections::hash_map::Entry;
        match self.0.entry(candidate.message_id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert((order, candidate));
            }
            Entry::Occupied(mut entry) => {
                let (known_order, known) = entry.get();
                if (candidate.created_at, order) < (known.created_at, *known_order) {
                    entry.insert((order, candidate));
                }
            }
        }
    }

    /// The messages for labelling, each as it stands in the Coda file, oldest first.
    pub(crate) fn into_records(self) -> Vec<Record> {
        let mut records: Vec<Record> = self
            .0
            .into_values()
            .map(|(order, candidate)| {
                let position = Position::at(&candidate.created_at, order);
                let message_id = sha_bytes(candidate.message_id.as_str());
                Record::of_texts(position, &coda_item(&candidate), Some(&message_id))
            })
            .collect();
        records.sort_by_key(|record| record.position);
        records
    }

    pub(crate) fn n_messages(&self) -> usize {
        self.0.len()
    }
}

/// The 32 bytes that a message id stands for.
fn sha_bytes(message_id: &str) -> [u8; 32] {
    let digits = message_id.as_bytes();
    std::array::from_fn(|place| {
        let digit = |place: usize| char::from(digits[place]).to_digit(16);
        let byte = digit(2 * place).zip(digit(2 * place + 1)).map(|(high, low)| 16 * high + low);
        byte.and_then(|byte| u8::try_from(byte).ok()).expect("message ids are SHA-256 in hex")
    })
}

/// A message as it stands in a Coda file, with the line end before it.
fn coda_item(candidate: &CodaCandidate) -> Box<[u8]> {
    let message = CodaMessage {
        message_id: candidate.message_id.clone(),
        text: candidate.text.to_string(),
        creation_date_time_utc: iso_time::format_utc(&candidate.created_at),
        labels: candidate.labels.iter().filter_map(coda_label).collect(),
        sequence_number: None,
        last_updated: None,
    };
    let mut file = Vec::new();
    code_schemes::write_messages(&[message], &mut file).expect("writing to memory cannot fail");
    let item = file.strip_prefix(b"[").and_then(|file| file.strip_suffix(b"\n]"));
    item.expect("a file of one message is the message in brackets").into()
}

/// Writes the Coda file of a dataset: of answers with the same text the earliest, which is the
/// first of `candidates`.
pub(crate) fn write_coda_file(candidates: SortedRecords, out: &mut dyn Write) -> io::Result<()> {
    let mut known: FxHashSet<[u8; 32]> = FxHashSet::default();
    out.write_all(b"[")?;
    for record in candidates {
        let record = record?;
        let (item, message_id) = record.text(0).zip(record.text(1)).ok_or_else(damaged)?;
        let message_id = message_id.try_into().map_err(|_| damaged())?;
        let is_first = known.is_empty();
        if known.insert(message_id) {
            out.write_all(if is_first { b"" } else { b", " })?;
            out.write_all(item)?;
        }
    }
    out.write_all(if known.is_empty() { b"]" } else { b"\n]" })
}

/// Writes the ICR sample of a radio show: of `n_rows` rows, those that the draw names, in its
/// order.
pub(crate) fn write_icr_sample(
    header: &[u8],
    n_rows: usize,
    rows: SortedRecords,
    out: &mut dyn Write,
) -> io::Result<()> {
    let drawn = python_random_sample(0, n_rows, ICR_SAMPLE_SIZE.min(n_rows));
    let mut place_by_index: FxHashMap<usize, usize> = FxHashMap::default();
    place_by_index.extend(drawn.iter().enumerate().map(|(place, index)| (*index, place)));
    let mut sample: Vec<Option<Box<[u8]>>> = vec![None; drawn.len()];
    for (index, record) in rows.enumerate() {
        let record = record?;
        if let Some(place) = place_by_index.get(&index) {
            sample[*place] = record.text(0).map(Box::from);
        }
    }
    out.write_all(header)?;
    sample.into_iter().try_for_each(|row| out.write_all(&row.ok_or_else(damaged)?))
}

/// The indices that Python's `random.Random(seed).sample(range(n), k)` gives, in its order.
///
/// Expects `k <= n`. Equal to Python 3.2 up to at least 3.11, whose algorithm is documented to
/// stay reproducible.
pub fn python_random_sample(seed: u32, n: usize, k: usize) -> Vec<usize> {
    let mut generator = Mt::new_with_key([seed]);
    // Python's figure for when a set of drawn indices is smaller than a list of all.
    let mut set_size = 21;
    if 5 < k {
        let mut power = 1;
        while power < 3 * k {
            power *= 4;
        }
        set_size += power;
    }
    if n <= set_size {
        let mut pool: Vec<usize> = (0..n).collect();
        return (0..k)
            .map(|n_drawn| {
                let drawn = below(&mut generator, n - n_drawn);
                let index = pool[drawn];
                pool[drawn] = pool[n - n_drawn - 1];
                index
            })
            .collect();
    }
    let mut drawn = HashSet::with_capacity(k);
    (0..k)
        .map(|_| {
            loop {
                let index = below(&mut generator, n);
                if drawn.insert(index) {
                    return index;
                }
            }
        })
        .collect()
}

/// A number below `n`, drawn as Python's `_randbelow_with_getrandbits` draws it.
fn below(generator: &mut Mt, n: usize) -> usize {
    let n = u32::try_from(n).expect("fewer than 2^32 messages");
    let n_bits = u32::BITS - n.leading_zeros();
    loop {
        let number = generator.next_u32() >> (u32::BITS - n_bits);
        if number < n {
            return number as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_what_python_draws() {
        // `random.Random(0).sample(range(n), k)` of Python 3.11.
        assert_eq!(python_random_sample(0, 10, 4), [6, 9, 0, 2]);
        assert_eq!(python_random_sample(0, 250, 200)[..8], [216, 98, 194, 227, 107, 10, 66, 130]);
        assert_eq!(
            python_random_sample(0, 100_000, 200)[..8],
            [50494, 99346, 55125, 5306, 33936, 67013, 63691, 53075]
        );
        assert_eq!(python_random_sample(0, 0, 0), [0_usize; 0]);
    }
}
