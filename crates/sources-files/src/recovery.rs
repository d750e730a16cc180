//! Messages that an operator recovered, in a CSV file.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};
use iso_time::{Instant, TimeZone};
use traced_data::{Key, Value, sha256_hex};
use uuid_table::ParticipantUuid;

use crate::error::{FilesError, RowProblem};
use crate::participant_id::is_uuid;
use crate::received_on::parse_received_on;

const SENDER: &str = "Sender";
const MESSAGE: &str = "Message";
const RECEIVED_ON: &str = "ReceivedOn";

/// What the shape of a text that is no time shows at most.
const LONGEST_SHAPE: usize = 30;

/// What rows look like in a project.
#[derive(Debug, Clone, Copy)]
pub struct RowFormat<'a> {
    /// What ids of participants begin with.
    pub uuid_prefix: &'a str,
    /// Where times without an offset are.
    pub time_zone: TimeZone,
}

/// A recovered message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredMessage {
    /// Who sent it.
    pub sender: ParticipantUuid,
    /// What was sent.
    pub message: String,
    /// When it was received, with the offset of the time zone.
    pub received_on: Instant,
    /// The hash of the row, whatever its columns, as the original has it.
    pub run_id: String,
}

/// Reads the rows of a CSV file, which has the columns `Sender`, `Message` and `ReceivedOn` and
/// maybe others.
///
/// # Errors
///
/// [`FilesError`] that names the lines of all rows that have the same problem; senders that are not
/// de-identified come first.
pub fn recovered_messages(
    csv: &str,
    format: RowFormat<'_>,
) -> Result<Vec<RecoveredMessage>, FilesError> {
    // Excel begins UTF-8 with a mark.
    let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes());
    let header = reader.headers().map_err(|error| not_csv(&error))?.clone();
    let columns = Columns::of(&header)?;
    let mut messages = Vec::new();
    let mut problems = Problems::default();
    for row in reader.records() {
        let row = row.map_err(|error| not_csv(&error))?;
        match columns.message(&header, &row, format) {
            Ok(message) => messages.push(message),
            Err(problem) => problems.add(row.position().map_or(0, csv::Position::line), problem),
        }
    }
    problems.first_kind()?;
    Ok(messages)
}

/// Where the columns are.
struct Columns {
    sender: usize,
    message: usize,
    received_on: usize,
}

/// The lines of rows that cannot be used.
#[derive(Default)]
struct Problems {
    senders: Vec<u64>,
    too_short: Vec<u64>,
    times: Vec<u64>,
    first_time: Option<RowProblem>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, FilesError> {
        // Of columns with the same name the last one counts, as in the original.
        let column = |column: &'static str| {
            let places = header.iter().enumerate().filter(|(_, name)| *name == column);
            let place = places.map(|(place, _)| place).last();
            place.ok_or(FilesError::MissingColumn { column })
        };
        Ok(Self {
            sender: column(SENDER)?,
            message: column(MESSAGE)?,
            received_on: column(RECEIVED_ON)?,
        })
    }

    fn message(
        &self,
        header: &StringRecord,
        row: &StringRecord,
        RowFormat { uuid_prefix, time_zone }: RowFormat<'_>,
    ) -> Result<RecoveredMessage, RowProblem> {
        let sender = row.get(self.sender).ok_or(RowProblem::TooShort)?;
        if !is_participant_id(sender, uuid_prefix) {
            return Err(RowProblem::Sender);
        }
        let cell = |place: usize| row.get(place).ok_or(RowProblem::TooShort);
        let (message, received_on) = (cell(self.message)?, cell(self.received_on)?);
        let received_on = parse_received_on(received_on, time_zone)
            .ok_or_else(|| RowProblem::ReceivedOn { looks_like: shape(received_on) })?;
        Ok(RecoveredMessage {
            sender: ParticipantUuid::from(sender),
            message: message.to_owned(),
            received_on,
            run_id: row_hash(header, row),
        })
    }
}

impl Problems {
    fn add(&mut self, line: u64, problem: RowProblem) {
        match problem {
            RowProblem::Sender => self.senders.push(line),
            RowProblem::TooShort => self.too_short.push(line),
            RowProblem::ReceivedOn { .. } => {
                self.first_time.get_or_insert(problem);
                self.times.push(line);
            }
        }
    }

    fn first_kind(self) -> Result<(), FilesError> {
        let Self { senders, too_short, times, first_time } = self;
        let kinds = [
            (senders, Some(RowProblem::Sender)),
            (too_short, Some(RowProblem::TooShort)),
            (times, first_time),
        ];
        for (lines, problem) in kinds {
            if let (false, Some(problem)) = (lines.is_empty(), problem) {
                return Err(FilesError::Rows { lines, problem });
            }
        }
        Ok(())
    }
}

/// Whether this is an id as the project's table gives them out: the prefix and a UUID.
fn is_participant_id(sender: &str, uuid_prefix: &str) -> bool {
    sender.strip_prefix(uuid_prefix).is_some_and(is_uuid)
}

/// The SHA-256 of the row as JSON, as Python's `json.dumps` writes a row of `csv.DictReader` with
/// sorted keys: cells that are missing at the end of the row are null.
fn row_hash(header: &StringRecord, row: &StringRecord) -> String {
    let cells: BTreeMap<&str, Option<&str>> =
        header.iter().enumerate().map(|(place, name)| (name, row.get(place))).collect();
    let pairs = cells
        .into_iter()
        .map(|(name, cell)| (Key::new(name), cell.map_or(Value::Null, Value::from)));
    sha256_hex(&Value::object(pairs).to_cell())
}

/// What a text looks like, without what it says.
fn shape(text: &str) -> String {
    let shape = text.chars().take(LONGEST_SHAPE).map(|letter| match letter {
        _ if letter.is_numeric() => '9',
        _ if letter.is_alphabetic() => 'x',
        _ if letter.is_control() => ' ',
        other => other,
    });
    shape.collect()
}

fn not_csv(error: &csv::Error) -> FilesError {
    FilesError::NotCsv { line: error.position().map_or(1, csv::Position::line) }
}

#[cfg(test)]
mod tests;
