//! What needs all messages at once: ICR samples and Coda files.

use std::collections::HashSet;
use std::sync::Arc;

use code_schemes::{CodaMessage, MessageId};
use iso_time::Instant;
use rand_mt::Mt;
use rustc_hash::FxHashMap;
use traced_data::Value;

use crate::context::Order;
use crate::labels::coda_label;

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

    /// The messages for labelling, oldest first.
    pub(crate) fn into_messages(self) -> Vec<CodaMessage> {
        let mut candidates: Vec<(Order, CodaCandidate)> = self.0.into_values().collect();
        candidates.sort_by_key(|(order, candidate)| (candidate.created_at, *order));
        candidates
            .into_iter()
            .map(|(_, candidate)| CodaMessage {
                message_id: candidate.message_id,
                text: candidate.text.to_string(),
                creation_date_time_utc: iso_time::format_utc(&candidate.created_at),
                labels: candidate.labels.iter().filter_map(coda_label).collect(),
                sequence_number: None,
                last_updated: None,
            })
            .collect()
    }
}

/// The rows of one radio show from which the ICR sample is drawn.
#[derive(Default)]
pub(crate) struct IcrRows(Vec<(Order, Box<[u8]>)>);

impl IcrRows {
    pub(crate) fn add(&mut self, order: Order, row: Box<[u8]>) {
        self.0.push((order, row));
    }

    /// The CSV file: the header, then the sample in the order in which it was drawn.
    pub(crate) fn into_csv(mut self, header: &[u8]) -> Vec<u8> {
        self.0.sort_by_key(|row| row.0);
        let sample_size = ICR_SAMPLE_SIZE.min(self.0.len());
        let mut csv = header.to_vec();
        for index in python_random_sample(0, self.0.len(), sample_size) {
            csv.extend_from_slice(&self.0[index].1);
        }
        csv
    }
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
