//! Time zones by their names.

/// A time zone of the IANA database.
pub type TimeZone = chrono_tz::Tz;

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{name}`")]
pub struct UnknownTimeZone {
    name: String,
}

impl UnknownTimeZone {
    /// What to try.
    pub fn hint(&self) -> Option<String> {
        Some("write the name of the IANA database, as in `Europe/Athens` or `UTC`".to_owned())
    }
}

/// The time zone of this name.
///
/// ```
/// use chrono::{Offset, TimeZone};
///
/// let zone = iso_time::time_zone("Europe/Moscow")?;
/// let offset = zone.offset_from_utc_datetime(&Default::default()).fix();
/// assert_eq!(offset.local_minus_utc(), 3 * 3600);
/// # Ok::<(), iso_time::UnknownTimeZone>(())
/// ```
///
/// # Errors
///
/// [`UnknownTimeZone`] when the IANA database has none.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownTimeZone> {
    name.parse().map_err(|_| UnknownTimeZone { name: name.to_owned() })
}
