//! Writing instants as Python's `datetime.isoformat` does.

use std::fmt::Write;

use chrono::{Datelike, Timelike};

use crate::Instant;

/// The instant in its own offset; microseconds only when there are any.
///
/// ```
/// let instant = iso_time::parse("20210829T000000.25+0300")?;
/// assert_eq!(iso_time::format(&instant), "2021-08-29T00:00:00.250000+03:00");
/// # Ok::<(), iso_time::IsoTimeError>(())
/// ```
pub fn format(instant: &Instant) -> String {
    let fraction = if microsecond(instant) == 0 { Fraction::None } else { Fraction::Micros };
    write_instant(instant, fraction)
}

/// The instant in UTC (`+00:00`); microseconds only when there are any.
pub fn format_utc(instant: &Instant) -> String {
    format(&instant.to_utc().fixed_offset())
}

/// The instant in UTC (`+00:00`), always with six digits of microseconds.
pub fn format_utc_micros(instant: &Instant) -> String {
    write_instant(&instant.to_utc().fixed_offset(), Fraction::Micros)
}

#[derive(Clone, Copy)]
enum Fraction {
    None,
    Micros,
}

fn write_instant(instant: &Instant, fraction: Fraction) -> String {
    let mut text = String::with_capacity("2021-08-29T00:00:00.000000+00:00".len());
    let write = |text: &mut String| {
        let (year, month, day) = (instant.year(), instant.month(), instant.day());
        let (hour, minute, second) = (instant.hour(), instant.minute(), instant.second());
        write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if let Fraction::Micros = fraction {
            write!(text, ".{:06}", microsecond(instant))?;
        }
        write_offset(text, instant.offset().local_minus_utc())
    };
    write(&mut text).expect("writing to a string cannot fail");
    text
}

fn write_offset(text: &mut String, offset_secs: i32) -> std::fmt::Result {
    let sign = if offset_secs < 0 { '-' } else { '+' };
    let secs = offset_secs.unsigned_abs();
    write!(text, "{sign}{:02}:{:02}", secs / 3600, secs / 60 % 60)?;
    if !secs.is_multiple_of(60) {
        write!(text, ":{:02}", secs % 60)?;
    }
    Ok(())
}

/// Microseconds within the second; the nanoseconds of chrono's leap seconds stay below it.
fn microsecond(instant: &Instant) -> u32 {
    instant.nanosecond() / 1000 % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_microseconds_out_when_there_are_none() {
        check("2021-08-29T00:00:00+03:00", "2021-08-29T00:00:00+03:00");
        check("2021-08-29T00:00:00.000000+03:00", "2021-08-29T00:00:00+03:00");
        check("2021-08-29T00:00:00.5+03:00", "2021-08-29T00:00:00.500000+03:00");
    }

    #[test]
    fn writes_utc_as_a_numeric_offset() {
        check("2021-08-29T00:00:00Z", "2021-08-29T00:00:00+00:00");
    }

    #[test]
    fn keeps_negative_and_odd_offsets() {
        check("2021-08-29T00:00:00-03:30", "2021-08-29T00:00:00-03:30");
        check("2021-08-29T00:00:00+05:45", "2021-08-29T00:00:00+05:45");
    }

    #[test]
    fn pads_early_years() {
        check("0021-08-29T00:00:00Z", "0021-08-29T00:00:00+00:00");
    }

    #[test]
    fn converts_to_utc() {
        let instant = crate::parse("2021-08-29T01:30:00+03:00").unwrap();
        assert_eq!(format_utc(&instant), "2021-08-28T22:30:00+00:00");
        assert_eq!(format_utc_micros(&instant), "2021-08-28T22:30:00.000000+00:00");
    }

    #[test]
    fn cuts_nanoseconds() {
        let instant = crate::parse("2021-08-29T00:00:00Z").unwrap();
        let later = instant + chrono::TimeDelta::nanoseconds(1_999);
        assert_eq!(format_utc(&later), "2021-08-29T00:00:00.000001+00:00");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let instant = crate::parse(text).unwrap();
        assert_eq!(format(&instant), expected, "text: {text:?}");
    }
}
