//! Points in time, to the microsecond.

use chrono::{DateTime, FixedOffset};
use iso_time::Instant;

const MICROS: i64 = 1_000_000;

/// Seconds of a day.
pub(crate) const DAY_SECS: i64 = 86_400;

/// A point in time: microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(MICROS)))
    }

    /// The same second, with these microseconds.
    pub(crate) fn with_micros(self, micros: i64) -> Self {
        Self(self.0.div_euclid(MICROS) * MICROS + micros)
    }

    /// As RapidPro writes it: `2024-02-05T09:15:00.250000+00:00`.
    pub(crate) fn in_utc(self) -> String {
        iso_time::format(&self.at_offset(0))
    }

    /// As some phones write it: `2024-02-05T12:15:00.250000+03:00`.
    pub(crate) fn in_east_africa(self) -> String {
        iso_time::format(&self.at_offset(3))
    }

    /// As the Coda web application writes it: `2024-02-05T09:15:00.250Z`.
    pub(crate) fn in_zulu(self) -> String {
        self.at_offset(0).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    fn at_offset(self, hours: i32) -> Instant {
        let offset = FixedOffset::east_opt(hours * 3600).expect("a few hours are an offset");
        // Configured dates are within the calendar, and offsets from them are years at most.
        DateTime::from_timestamp_micros(self.0).unwrap_or_default().with_timezone(&offset)
    }
}

impl From<&Instant> for Moment {
    fn from(instant: &Instant) -> Self {
        Self(instant.timestamp_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_same_moment_in_three_ways() {
        let moment = Moment(1_707_124_500 * MICROS).with_micros(250_000);
        assert_eq!(moment.in_utc(), "2024-02-05T09:15:00.250000+00:00");
        assert_eq!(moment.in_east_africa(), "2024-02-05T12:15:00.250000+03:00");
        assert_eq!(moment.in_zulu(), "2024-02-05T09:15:00.250Z");
        assert_eq!(moment.plus_secs(-1).with_micros(0).in_utc(), "2024-02-05T09:14:59+00:00");
    }
}
