//! How many people took part in how many radio shows.

use super::csv_file::{CsvFile, percentage};
use crate::design::{Design, Standing};
use crate::objects::Objects;

const HEADER: [&str; 3] = [
    "Number of Episodes Participated In",
    "Number of Participants with Opt-Ins",
    "% of Participants with Opt-Ins",
];

/// How many people took part in how many radio shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatParticipations {
    /// How many people took part in exactly one radio show, in exactly two, and so on.
    pub n_people: Vec<u64>,
}

impl RepeatParticipations {
    pub(super) fn count(design: &Design, people: &Objects) -> Self {
        let mut n_people = vec![0; design.shows.len()];
        for person in people.consenting() {
            let took_part =
                |show: &&usize| Standing::Answered <= people.standing(design, person, **show);
            let n_shows = design.shows.iter().filter(took_part).count();
            if let Some(place) = n_shows.checked_sub(1) {
                n_people[place] += 1;
            }
        }
        Self { n_people }
    }

    /// How many people took part at all.
    pub fn total(&self) -> u64 {
        self.n_people.iter().sum()
    }

    pub(super) fn to_csv(&self) -> Vec<u8> {
        let mut file = CsvFile::new(HEADER);
        for (n_shows, n_people) in (1..).zip(&self.n_people) {
            let n_shows: u32 = n_shows;
            let percentage = percentage(*n_people, self.total());
            file.row([n_shows.to_string(), n_people.to_string(), percentage]);
        }
        file.finish()
    }
}
