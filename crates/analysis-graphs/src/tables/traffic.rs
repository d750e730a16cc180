//! How many messages came in each time range that has a label.

use iso_time::Instant;
use pipeline_config::TrafficLabel;

use super::csv_file::CsvFile;
use crate::design::{Design, Standing};
use crate::objects::Messages;

/// The messages of one time range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRow {
    /// Start of the range.
    pub start: Instant,
    /// End of the range; a message at this time is outside.
    pub end: Instant,
    /// Its label.
    pub label: String,
    /// Messages of people who did not withdraw their consent.
    pub n_messages: u64,
    /// Messages with a normal code.
    pub n_relevant_messages: u64,
}

pub(super) fn count(
    design: &Design,
    messages: &Messages,
    labels: &[TrafficLabel],
) -> Vec<TrafficRow> {
    let objects = &messages.objects;
    let row = |label: &TrafficLabel| {
        let (start, end) = (label.start_date, label.end_date);
        let range = start.timestamp_micros()..end.timestamp_micros();
        let count = |standing| {
            let in_range = |message: &usize| range.contains(&messages.sent_at_micros[*message]);
            let counted =
                |message: &usize| objects.reached(design, *message, &design.shows, standing);
            (0..objects.len()).filter(in_range).filter(counted).count() as u64
        };
        TrafficRow {
            start,
            end,
            label: label.label.clone(),
            n_messages: count(Standing::Answered),
            n_relevant_messages: count(Standing::Relevant),
        }
    };
    labels.iter().map(row).collect()
}

pub(super) fn to_csv(rows: &[TrafficRow]) -> Vec<u8> {
    let header = ["Start Date", "End Date", "Label", "Messages with Opt-Ins", "Relevant Messages"];
    let mut file = CsvFile::new(header);
    for row in rows {
        file.row([
            iso_time::format(&row.start),
            iso_time::format(&row.end),
            row.label.clone(),
            row.n_messages.to_string(),
            row.n_relevant_messages.to_string(),
        ]);
    }
    file.finish()
}
