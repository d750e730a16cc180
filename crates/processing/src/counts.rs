//! What came in, what went out, and what was dropped and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a message is not in the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DropReason {
    /// A run in which the person sent no answer to a radio show's question.
    WithoutRadioShowMessage,
    /// A message of a test contact.
    TestRun,
    /// Sent before the project began or when it was over.
    OutsideProjectDates,
    /// Coders moved the text to a demographic answer.
    MovedToDemographics,
    /// Coders said that the text belongs to a dataset that is not in this project.
    MovedOutOfProject,
}

impl fmt::Display for DropReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::WithoutRadioShowMessage => "without a radio show message",
            Self::TestRun => "from test contacts",
            Self::OutsideProjectDates => "outside the project dates",
            Self::MovedToDemographics => "moved by coders to a demographic answer",
            Self::MovedOutOfProject => "moved by coders to a dataset outside this project",
        })
    }
}

/// Numbers of messages and people of one run.
///
/// `n_raw_objects + n_split_off + n_moved_in == n_messages` plus all of `dropped`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Objects in the raw data of the activation flows.
    pub n_raw_objects: u64,
    /// Messages beyond the first of a raw object that answers two radio shows.
    pub n_split_off: u64,
    /// Demographic answers that coders moved to a radio show.
    pub n_moved_in: u64,
    /// Messages in the outputs.
    pub n_messages: u64,
    /// People in the outputs.
    pub n_people: u64,
    /// Messages that are not in the outputs.
    pub dropped: BTreeMap<DropReason, u64>,
    /// Coda labels of schemes that no plan of their dataset uses; they are ignored.
    pub n_labels_of_unused_schemes: u64,
    /// Answers whose labels contradict each other, marked `CE`.
    pub n_coding_errors: u64,
    /// People who withdrew their consent.
    pub n_consent_withdrawn: u64,
    /// Values that should be equal in all messages of a person but are not; the oldest stays.
    pub n_differing_values: u64,
}

impl Counts {
    /// Counts one dropped message.
    pub(crate) fn drop_one(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }

    /// Adds the numbers of another part of the same run.
    pub fn add(&mut self, other: &Self) {
        self.n_raw_objects += other.n_raw_objects;
        self.n_split_off += other.n_split_off;
        self.n_moved_in += other.n_moved_in;
        self.n_messages += other.n_messages;
        self.n_people += other.n_people;
        for (reason, n_dropped) in &other.dropped {
            *self.dropped.entry(*reason).or_default() += n_dropped;
        }
        self.n_labels_of_unused_schemes += other.n_labels_of_unused_schemes;
        self.n_coding_errors += other.n_coding_errors;
        self.n_consent_withdrawn += other.n_consent_withdrawn;
        self.n_differing_values += other.n_differing_values;
    }

    /// Whether every message that came in is in the outputs or counted as dropped.
    pub fn adds_up(&self) -> bool {
        self.n_raw_objects + self.n_split_off + self.n_moved_in
            == self.n_messages + self.dropped.values().sum::<u64>()
    }
}
