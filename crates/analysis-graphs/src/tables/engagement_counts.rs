//! How many messages and people each radio show had.

use super::csv_file::CsvFile;
use crate::design::{Design, Standing};
use crate::objects::Objects;

const HEADER: [&str; 8] = [
    "Dataset",
    "Total Messages",
    "Total Messages with Opt-Ins",
    "Total Labelled Messages",
    "Total Relevant Messages",
    "Total Participants",
    "Total Participants with Opt-Ins",
    "Total Relevant Participants",
];

/// How many messages and people each radio show had, and all together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngagementCounts {
    /// In the order of the radio shows.
    pub shows: Vec<EngagementRow>,
    /// All radio shows together; labelled means labelled for at least one of them.
    pub total: EngagementRow,
    /// How many messages there are, those of people who withdrew their consent included.
    pub n_messages: u64,
    /// How many people there are, those who withdrew their consent included.
    pub n_people: u64,
}

/// Counts of one radio show; those who withdrew their consent are in none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngagementRow {
    /// The name of the radio show.
    pub name: String,
    /// Messages.
    pub n_messages: u64,
    /// Messages whose labels are complete.
    pub n_labelled_messages: u64,
    /// Messages with a normal code.
    pub n_relevant_messages: u64,
    /// People who sent one.
    pub n_people: u64,
    /// People who sent one with a normal code, and whose labels are complete.
    pub n_relevant_people: u64,
    /// People who sent one with a normal code, also while others wait for a label; in no table.
    pub n_people_with_theme: u64,
}

impl EngagementCounts {
    pub(super) fn count(design: &Design, messages: &Objects, people: &Objects) -> Self {
        let row = |name: &str, codings: &[usize]| {
            let count = |objects: &Objects, standing| {
                let reached = |object: &usize| objects.reached(design, *object, codings, standing);
                (0..objects.len()).filter(reached).count() as u64
            };
            EngagementRow {
                name: name.to_owned(),
                n_messages: count(messages, Standing::Answered),
                n_labelled_messages: count(messages, Standing::Labelled),
                n_relevant_messages: count(messages, Standing::Relevant),
                n_people: count(people, Standing::Answered),
                n_relevant_people: count(people, Standing::Relevant),
                n_people_with_theme: (0..people.len())
                    .filter(|person| people.has_normal_code(design, *person, codings))
                    .count() as u64,
            }
        };
        let shows = design.shows.iter();
        Self {
            shows: shows.map(|show| row(&design.coding(*show).name, &[*show])).collect(),
            total: row("Total", &design.shows),
            n_messages: messages.len() as u64,
            n_people: people.len() as u64,
        }
    }

    pub(super) fn to_csv(&self) -> Vec<u8> {
        let mut file = CsvFile::new(HEADER);
        for row in &self.shows {
            // What people who withdrew had written to which show is not known any more.
            file.row(row.cells("-".to_owned(), "-".to_owned()));
        }
        file.row(self.total.cells(self.n_messages.to_string(), self.n_people.to_string()));
        file.finish()
    }
}

impl EngagementRow {
    fn cells(&self, n_messages: String, n_people: String) -> [String; 8] {
        [
            self.name.clone(),
            n_messages,
            self.n_messages.to_string(),
            self.n_labelled_messages.to_string(),
            self.n_relevant_messages.to_string(),
            n_people,
            self.n_people.to_string(),
            self.n_relevant_people.to_string(),
        ]
    }
}
