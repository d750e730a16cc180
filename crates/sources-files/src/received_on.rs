//! When a message was received, in the forms that operators write it.

use chrono::{Datelike, NaiveDateTime, TimeZone as _};
use iso_time::{Instant, TimeZone};

/// The formats without an offset: those that the original reads, then those of ISO 8601.
const FORMATS: [&str; 7] = [
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];

/// Reads `31/12/2021 10:00`, `31/12/2021 10:00:00`, `2021/12/31 10:00:00`, with or without a
/// fraction, or ISO 8601; what has no offset is a time in `zone`.
///
/// The instant has the offset of `zone`. `None` when the text is none of these.
pub fn parse_received_on(text: &str, zone: TimeZone) -> Option<Instant> {
    let text = text.trim();
    if let Some(local) = FORMATS.iter().find_map(|format| parse_local(text, format)) {
        return Some(zone.from_local_datetime(&local).earliest()?.fixed_offset());
    }
    // Without the part of a day, a date is no time of a message.
    let with_offset = text.contains(':').then(|| iso_time::parse(text).ok()).flatten()?;
    Some(with_offset.with_timezone(&zone).fixed_offset())
}

fn parse_local(text: &str, format: &str) -> Option<NaiveDateTime> {
    let local = NaiveDateTime::parse_from_str(text, format).ok()?;
    // A year of two digits is not the first century.
    (1900..=9999).contains(&local.year()).then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_formats_of_the_original() {
        check("01/06/2021 10:05", "2021-06-01T10:05:00+03:00");
        check("1/6/2021 9:05", "2021-06-01T09:05:00+03:00");
        check("01/06/2021 10:05:59", "2021-06-01T10:05:59+03:00");
        check("2021/06/01 10:05:59.123", "2021-06-01T10:05:59.123000+03:00");
        check("2021/06/01 10:05:59.123456", "2021-06-01T10:05:59.123456+03:00");
        check("2021/06/01 10:05:59", "2021-06-01T10:05:59+03:00");
    }

    #[test]
    fn reads_iso_8601_with_and_without_an_offset() {
        check("2021-06-01T10:05:59", "2021-06-01T10:05:59+03:00");
        check("2021-06-01 10:05", "2021-06-01T10:05:00+03:00");
        check("2021-06-01T07:05:59Z", "2021-06-01T10:05:59+03:00");
        check("2021-06-01T07:05:59.5+00:00", "2021-06-01T10:05:59.500000+03:00");
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "01/06/21 10:05",
            "13/13/2021 10:05",
            "31/02/2021 10:05",
            "06/2021",
            "2021-06-01",
            "252615550001",
            "01/06/2021",
            "01-06-2021 10:05",
            "01/06/2021 25:05",
            "01/06/2021 10:05 PM",
        ] {
            assert_eq!(parse_received_on(text, mogadishu()), None, "text: {text:?}");
        }
    }

    fn mogadishu() -> TimeZone {
        iso_time::time_zone("Africa/Mogadishu").unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let time = parse_received_on(text, mogadishu()).map(|time| iso_time::format(&time));
        assert_eq!(time.as_deref(), Some(expected), "text: {text:?}");
    }
}
