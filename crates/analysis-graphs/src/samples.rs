//! Sample messages: for each code the same few messages on every run.
//!
//! Each message has a rank that depends on nothing but the message, and the lowest ranks are the
//! sample. So a sample is as good as a random one, never changes while the messages stay the
//! same, and changes little when new messages come in.

use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

use crate::design::Design;
use crate::objects::ObjectCodes;

/// How many messages are kept for each code.
const LIMIT_PER_CODE: usize = 100;

/// Up to 100 messages for each code of each radio show.
#[derive(Debug, Default)]
pub struct Samples {
    /// By radio show in the order of the design, then by code.
    drawn: Vec<Vec<BinaryHeap<Drawn>>>,
    shows: Vec<usize>,
}

/// A message in a sample; the highest rank leaves first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Drawn {
    rank: u64,
    /// Its place among all messages.
    place: usize,
    text: String,
}

impl Samples {
    pub(crate) fn new(design: &Design) -> Self {
        let of_show =
            |show: &usize| design.coding(*show).codes().map(|_| BinaryHeap::new()).collect();
        Self { drawn: design.shows.iter().map(of_show).collect(), shows: design.shows.clone() }
    }

    /// The rank of a message.
    pub(crate) fn rank(person: &str, sent_on: &str, texts: &[(usize, String)]) -> u64 {
        let mut hash = Sha256::new();
        for part in [person, sent_on].into_iter().chain(texts.iter().map(|(_, text)| text.as_str()))
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let first = digest.first_chunk().expect("a SHA-256 has more than eight bytes");
        u64::from_le_bytes(*first)
    }

    /// Offers a message to the sample of each of its codes.
    pub(crate) fn add(
        &mut self,
        place: usize,
        rank: u64,
        texts: &[(usize, String)],
        codes: &ObjectCodes,
    ) {
        for (coding, text) in texts {
            let Some(show) = self.shows.iter().position(|show| show == coding) else { continue };
            for code in codes.of(*coding) {
                let drawn = &mut self.drawn[show][usize::from(*code)];
                let is_full = drawn.len() == LIMIT_PER_CODE;
                if is_full && drawn.peek().is_some_and(|last| last.rank <= rank) {
                    continue;
                }
                if is_full {
                    drawn.pop();
                }
                drawn.push(Drawn { rank, place, text: text.clone() });
            }
        }
    }

    /// The sample for a code of the radio show at `show` in the design, oldest message first.
    pub fn of(&self, show: usize, code: u16) -> Vec<&str> {
        let mut drawn: Vec<&Drawn> = self.drawn[show][usize::from(code)].iter().collect();
        drawn.sort_by_key(|drawn| drawn.place);
        drawn.into_iter().map(|drawn| drawn.text.as_str()).collect()
    }

    /// The first few of the sample for a code, by rank: a sample of the sample.
    pub fn few(&self, show: usize, code: u16, n_messages: usize) -> Vec<&str> {
        let mut drawn: Vec<&Drawn> = self.drawn[show][usize::from(code)].iter().collect();
        drawn.sort();
        drawn.truncate(n_messages);
        drawn.into_iter().map(|drawn| drawn.text.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_depend_on_the_message_alone() {
        let rank = |person, text: &str| {
            Samples::rank(person, "2021-09-01T10:00:00+00:00", &[(0, text.to_owned())])
        };
        assert_eq!(rank("a", "haa"), rank("a", "haa"));
        assert_ne!(rank("a", "haa"), rank("b", "haa"));
        assert_ne!(rank("a", "haa"), rank("a", "maya"));
    }
}
