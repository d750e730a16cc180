//! What stops stage 3.

use traced_data::{Key, LineError, NestConflict};

use crate::coded::UnknownCode;

/// How many unknown codes an error lists in full.
const N_LISTED: usize = 20;

/// Stage 3 cannot go on with this configuration or these files.
///
/// What people wrote never stops the stage; see [`crate::Counts`] for what is dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessingError {
    /// A line of the raw data that holds no sound object.
    #[error("flow `{flow}`, line {line}")]
    BadLine {
        /// The flow.
        flow: String,
        /// The line of its raw data, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: LineError,
    },
    /// A raw object that belongs to nobody.
    #[error("flow `{flow}`, line {line}: no `avf_phone_id`, so the object belongs to nobody")]
    NoPerson {
        /// The flow.
        flow: String,
        /// The line of its raw data, counted from 1.
        line: usize,
    },
    /// A survey answer and a message of the same person contradict each other.
    #[error("person `{person}`: could not join flow `{flow}`")]
    Join {
        /// The person's id.
        person: String,
        /// The survey flow.
        flow: String,
        /// The key that both have.
        source: NestConflict,
    },
    /// A radio show message without a time.
    #[error("flow `{flow}`, line {line}: the message has no `{key}`")]
    NoTime {
        /// The flow.
        flow: String,
        /// The line of its raw data, counted from 1.
        line: usize,
        /// The key that holds the time.
        key: Key,
    },
    /// A time that cannot be read.
    #[error("flow `{flow}`, line {line}: `{key}` should be a time with an offset, but is {}", shown(.text))]
    BadTime {
        /// The flow.
        flow: String,
        /// The line of its raw data, counted from 1.
        line: usize,
        /// The key that holds the time.
        key: Key,
        /// What it holds; shown only when it cannot be a message.
        text: String,
    },
    /// A label in the raw data whose code its scheme does not have.
    #[error(
        "flow `{flow}`, line {line}: the label in `{key}` has a code that scheme `{scheme}` does not have"
    )]
    UnknownRawCode {
        /// The flow.
        flow: String,
        /// The line of its raw data, counted from 1.
        line: usize,
        /// The key that holds the label.
        key: Key,
        /// The scheme, as it is named in the coding plans.
        scheme: String,
    },
    /// Labels of Coda files whose codes their schemes do not have.
    #[error("{} in the coded Coda files have a code that is not in the project's scheme:{}", count(.0.len()), list(.0))]
    UnknownCodes(Vec<UnknownCode>),
}

impl ProcessingError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::BadLine { .. } => {
                    "restore the flow's raw data from a backup, or fetch the flow again"
                }
                Self::NoPerson { .. } => {
                    "fetch the flow again (stage 2 adds the id), or restore the file from a backup"
                }
                Self::Join { .. } => {
                    "keys of surveys carry the name of their flow; fetch both flows again with the same configuration"
                }
                Self::NoTime { .. } => {
                    "map the flow's `… (Time) - <flow>` key to this key in `SourceKeyRemappings`"
                }
                Self::BadTime { .. } => {
                    "check which key `SourceKeyRemappings` maps to this one; else fetch the flow again, or restore the file from a backup"
                }
                Self::UnknownRawCode { .. } => {
                    "the code scheme changed after the flow was fetched; fetch the flow again, or put the code back"
                }
                Self::UnknownCodes(_) => {
                    "put the codes into the project's `code_schemes/`, or let the coders label these messages again, then run stage 1"
                }
            }
            .to_owned(),
        )
    }
}

/// The text when it consists of what times consist of: under a wrong mapping it is what a person
/// wrote, which belongs in no log.
fn shown(text: &str) -> String {
    let is_like_a_time =
        |character: char| character.is_ascii_digit() || "+-.,:TWZ ".contains(character);
    match text.chars().all(is_like_a_time) {
        true => format!("`{text}`"),
        false => format!("a text of {} characters, which is not shown", text.chars().count()),
    }
}

fn count(n_labels: usize) -> String {
    match n_labels {
        1 => "1 label".to_owned(),
        _ => format!("{n_labels} labels"),
    }
}

fn list(codes: &[UnknownCode]) -> String {
    let mut text = String::new();
    for UnknownCode { dataset, message_id, scheme, code_id } in codes.iter().take(N_LISTED) {
        text += &format!(
            "\n  dataset `{dataset}`, message `{message_id}`: scheme `{scheme}` has no code `{code_id}`"
        );
    }
    if N_LISTED < codes.len() {
        text += &format!("\n  … and {} more", codes.len() - N_LISTED);
    }
    text
}
