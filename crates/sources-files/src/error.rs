//! What can keep a file from becoming raw data.
//!
//! No variant shows what stands in a file: it could be a phone number.

use std::fmt;

use data_root::FileError;
use fetching::RawFileError;
use google_services::storage::StorageError;
use traced_data::LineError;
use uuid_table::UuidTableError;

/// How many lines an error names.
const N_LISTED: usize = 10;

/// Something kept a file from becoming raw data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The file cannot be had.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A line of raw data is not TracedData, or its history is broken.
    #[error("line {line} is not TracedData")]
    NotTracedData {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        source: LineError,
    },
    /// An object of raw data belongs to nobody.
    #[error("line {line} has neither `avf_phone_id` nor `avf_facebook_id`")]
    NoPerson {
        /// Which line, from 1.
        line: u64,
    },
    /// An object of raw data has, or once had, somebody's number or name in place of an id.
    #[error("line {line} says in `{key}`, now or earlier, who somebody is")]
    Identifying {
        /// Which line, from 1.
        line: u64,
        /// The key, or for authors on Facebook its last part.
        key: &'static str,
    },
    /// A CSV file has no such column.
    #[error("there is no column `{column}`")]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// A CSV file cannot be read at all.
    #[error("line {line} is not CSV")]
    NotCsv {
        /// Where it stops being CSV.
        line: u64,
    },
    /// Rows of a CSV file cannot be used.
    #[error("{}{problem}", listed(.lines))]
    Rows {
        /// The lines on which they begin, from 1.
        lines: Vec<u64>,
        /// What is wrong with them.
        problem: RowProblem,
    },
    /// What is known of the last fetch cannot be read or written.
    #[error(transparent)]
    RawFile(#[from] RawFileError),
    /// The table of ids cannot be used.
    #[error(transparent)]
    UuidTable(#[from] UuidTableError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be written to.
    #[error("could not write raw data")]
    Write(#[from] std::io::Error),
}

/// What is wrong with a row of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowProblem {
    /// `Sender` is not a participant id of this project.
    Sender,
    /// `ReceivedOn` is no time in a known format.
    ReceivedOn {
        /// What the first of them looks like, with `9` for each digit and `x` for each letter.
        looks_like: String,
    },
    /// The row ends before a column that is needed.
    TooShort,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender => out.write_str("`Sender` is not a participant id"),
            Self::ReceivedOn { looks_like } => {
                write!(
                    out,
                    "`ReceivedOn` is no time that can be read, it looks like `{looks_like}`"
                )
            }
            Self::TooShort => out.write_str("a column is missing"),
        }
    }
}

impl FilesError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Storage(error) => return error.hint(),
            Self::NotTracedData { .. } => {
                "`GCloudBucket` takes `Raw Data/<flow>.jsonl` of an earlier pipeline as it is; for \
                 other files convert them first"
            }
            Self::NoPerson { .. } => "each object must say whose it is, by a participant id",
            Self::Identifying { .. } => {
                "a participant id is a prefix and a UUID; take this file out of the bucket, and put \
                 one in its place that was de-identified from the start"
            }
            Self::MissingColumn { .. } | Self::Rows { problem: RowProblem::TooShort, .. } => {
                "the CSV file needs the columns `Sender`, `Message` and `ReceivedOn`, separated by \
                 commas"
            }
            Self::NotCsv { .. } => "save the file as CSV in UTF-8, separated by commas",
            Self::Rows { problem: RowProblem::Sender, .. } => {
                "replace phone numbers by ids of the project's UUID table (`UuidPrefix` and a \
                 UUID) before the file goes into a bucket; take this one out"
            }
            Self::Rows { problem: RowProblem::ReceivedOn { .. }, .. } => {
                "write `31/12/2021 10:00`, `31/12/2021 10:00:00`, `2021/12/31 10:00:00`, \
                 `2021/12/31 10:00:00.123` or ISO 8601; the day comes before the month"
            }
            Self::RawFile(error) => return error.hint(),
            Self::UuidTable(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::Write(error) => return FileError::of(error).and_then(FileError::hint),
        };
        Some(hint.to_owned())
    }
}

/// `line 3: `, `lines 3, 5 and 9: `, `12 lines, the first of which are 3, 5, …: `.
fn listed(lines: &[u64]) -> String {
    let texts: Vec<String> = lines.iter().take(N_LISTED).map(u64::to_string).collect();
    match &*texts {
        _ if N_LISTED < lines.len() => {
            format!("{} lines, the first of which are {}: ", lines.len(), texts.join(", "))
        }
        [one] => format!("line {one}: "),
        [first @ .., last] => format!("lines {} and {last}: ", first.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn lines_are_listed_up_to_a_point() {
        assert_eq!(listed(&[3]), "line 3: ");
        assert_eq!(listed(&[3, 5, 9]), "lines 3, 5 and 9: ");
        let many: Vec<u64> = (2..20).collect();
        assert_eq!(
            listed(&many),
            "18 lines, the first of which are 2, 3, 4, 5, 6, 7, 8, 9, 10, 11: "
        );
    }
}
