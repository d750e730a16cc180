//! ISO 8601 as the pipeline's files write it, read and written as Python does.
//!
//! Configurations, Coda files and raw data of the original were read with `dateutil.isoparse` and
//! written with `datetime.isoformat`. [`parse`] accepts what the former accepts, as long as it
//! names a point in time (an offset is required); the `format` functions give the bytes of the
//! latter.
//!
//! ```
//! let end = iso_time::parse("2021-09-04T24:00:00+03:00")?;
//! assert_eq!(iso_time::format(&end), "2021-09-05T00:00:00+03:00");
//! assert_eq!(iso_time::format_utc(&end), "2021-09-04T21:00:00+00:00");
//! # Ok::<(), iso_time::IsoTimeError>(())
//! ```

mod format;
mod parse;
mod time_zone;

pub use format::{format, format_utc, format_utc_micros};
pub use parse::{IsoTimeError, parse};
pub use time_zone::{TimeZone, UnknownTimeZone, time_zone};

/// A point in time that remembers the UTC offset it was written with.
///
/// Two instants are equal, and sort as equal, when they are the same point in time, whatever
/// their offsets.
pub type Instant = chrono::DateTime<chrono::FixedOffset>;
