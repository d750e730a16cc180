//! Reading instants as `dateutil.isoparse` does.

use chrono::{Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use crate::Instant;

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IsoTimeError {
    /// The text does not follow ISO 8601.
    #[error("expected an ISO 8601 time, found `{text}` ({problem})")]
    Malformed {
        /// What was to be read.
        text: String,
        /// The part that is wrong.
        problem: &'static str,
    },
    /// The text follows ISO 8601, but there is no such day or time.
    #[error("there is no such time as `{text}` ({problem})")]
    OutOfRange {
        /// What was to be read.
        text: String,
        /// The part that is wrong.
        problem: &'static str,
    },
    /// The text does not say how far it is from UTC, so it could be several points in time.
    #[error("expected a time with a UTC offset, found `{text}`")]
    NoOffset {
        /// What was to be read.
        text: String,
    },
}

impl IsoTimeError {
    /// What the person who wrote the text can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Malformed { .. } => Some("write it like `2021-08-29T00:00:00+03:00`".to_string()),
            Self::OutOfRange { .. } => None,
            Self::NoOffset { text } if text.len() <= "2021-08-29".len() => Some(format!(
                "add a time and `+03:00` (East Africa) or `Z` (UTC), as in `{text}T00:00:00+03:00`"
            )),
            Self::NoOffset { .. } => {
                Some("add `+03:00` (East Africa) or `Z` (UTC) at its end".to_string())
            }
        }
    }
}

/// Reads a date and time with a UTC offset, as Python's `dateutil.isoparse` does.
///
/// Dates are `2021-08-29`, `20210829`, `2021-08` and `2021` (their first day), weeks `2021-W34-7`
/// and days of the year `2021-241`. Any one character may stand between date and time. Times are
/// `hh`, `hh:mm`, `hh:mm:ss` or the same without colons, with a fraction after `.` or `,` (digits
/// after the sixth are cut). `24:00:00` is midnight at the end of the day. Offsets are `Z`,
/// `+03:00`, `+0300` and `+03`.
///
/// # Errors
///
/// [`IsoTimeError`] for all else; in particular for a time without an offset, which
/// `isoparse` would accept.
pub fn parse(text: &str) -> Result<Instant, IsoTimeError> {
    read_instant(text.as_bytes()).map_err(|fault| {
        let text = text.to_string();
        match fault {
            Fault::Malformed(problem) => IsoTimeError::Malformed { text, problem },
            Fault::OutOfRange(problem) => IsoTimeError::OutOfRange { text, problem },
            Fault::NoOffset => IsoTimeError::NoOffset { text },
        }
    })
}

/// [`IsoTimeError`] before the text is added.
enum Fault {
    Malformed(&'static str),
    OutOfRange(&'static str),
    NoOffset,
}

fn read_instant(text: &[u8]) -> Result<Instant, Fault> {
    if !text.is_ascii() {
        return Err(Fault::Malformed("only ASCII characters are allowed"));
    }
    let (date, rest) = read_date(text)?;
    let (time, offset) = match rest {
        [] => return Err(Fault::NoOffset),
        [_separator, time @ ..] => read_time(time)?,
    };
    let local = time.on(date)?;
    let offset = offset.ok_or(Fault::NoOffset)?;
    local.and_local_timezone(offset).single().ok_or(Fault::OutOfRange("years go from 1 to 9999"))
}

/// Reads the date at the start of `text`; gives it and what follows.
fn read_date(text: &[u8]) -> Result<(NaiveDate, &[u8]), Fault> {
    let (year, rest) = read_number::<4>(text).ok_or(Fault::Malformed("the year needs 4 digits"))?;
    let year = i32::from(year);
    if year == 0 {
        return Err(Fault::OutOfRange("years go from 1 to 9999"));
    }
    let (dashed, rest) = strip_prefix(rest, b'-');
    if let (true, rest) = strip_prefix(rest, b'W') {
        return read_week_date(year, dashed, rest);
    }
    if let Some(found) = read_day_of_year(year, rest)? {
        return Ok(found);
    }
    read_month_and_day(year, dashed, rest)
}

/// `ddd` that cannot be a month with a day: the day of the year.
fn read_day_of_year(year: i32, text: &[u8]) -> Result<Option<(NaiveDate, &[u8])>, Fault> {
    let Some((day, rest)) = read_number::<3>(text) else {
        return Ok(None);
    };
    if rest.first().is_some_and(u8::is_ascii_digit) {
        return Ok(None);
    }
    let date = NaiveDate::from_yo_opt(year, u32::from(day))
        .ok_or(Fault::OutOfRange("the year has no such day"))?;
    Ok(Some((date, rest)))
}

/// `Www` or `WwwD` after the `W`, with a dash before the day when the date has dashes.
fn read_week_date(year: i32, dashed: bool, text: &[u8]) -> Result<(NaiveDate, &[u8]), Fault> {
    let (week, rest) = read_number::<2>(text).ok_or(Fault::Malformed("the week needs 2 digits"))?;
    let (day, rest) = if rest.is_empty() {
        (1, rest)
    } else {
        let (day_dashed, rest) = strip_prefix(rest, b'-');
        if day_dashed != dashed {
            return Err(Fault::Malformed("dashes everywhere in the date or nowhere"));
        }
        read_number::<1>(rest).ok_or(Fault::Malformed("the day of the week needs 1 digit"))?
    };
    if !(1..=53).contains(&week) {
        return Err(Fault::OutOfRange("weeks go from 1 to 53"));
    }
    if !(1..=7).contains(&day) {
        return Err(Fault::OutOfRange("days of the week go from 1 to 7"));
    }
    let days = i64::from(week - 1) * 7 + i64::from(day - 1);
    let date = NaiveDate::from_isoywd_opt(year, 1, Weekday::Mon)
        .and_then(|monday| monday.checked_add_signed(TimeDelta::days(days)))
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or(Fault::OutOfRange("years go from 1 to 9999"))?;
    Ok((date, rest))
}

/// Nothing, `MM` (only with a dash before it), `MMDD` or `MM-DD`.
fn read_month_and_day(year: i32, dashed: bool, text: &[u8]) -> Result<(NaiveDate, &[u8]), Fault> {
    let (month, day, rest) = if text.is_empty() && !dashed {
        (1, 1, text)
    } else {
        let (month, rest) =
            read_number::<2>(text).ok_or(Fault::Malformed("the month needs 2 digits"))?;
        if rest.is_empty() && dashed {
            (month, 1, rest)
        } else {
            let (day_dashed, rest) = strip_prefix(rest, b'-');
            if day_dashed != dashed {
                return Err(Fault::Malformed("dashes everywhere in the date or nowhere"));
            }
            let (day, rest) =
                read_number::<2>(rest).ok_or(Fault::Malformed("the day needs 2 digits"))?;
            (month, day, rest)
        }
    };
    let date = NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day))
        .ok_or(Fault::OutOfRange("the calendar has no such day"))?;
    Ok((date, rest))
}

/// A time of day in which hour 24 is allowed for midnight at the end of the day.
struct TimeOfDay {
    hour: u16,
    minute: u16,
    second: u16,
    microsecond: u32,
}

impl TimeOfDay {
    fn on(&self, date: NaiveDate) -> Result<NaiveDateTime, Fault> {
        let (date, hour) = match self.hour {
            24 if self.minute == 0 && self.second == 0 && self.microsecond == 0 => {
                let next = date.succ_opt().filter(|next| next.year() <= 9999);
                (next.ok_or(Fault::OutOfRange("years go from 1 to 9999"))?, 0)
            }
            24 => return Err(Fault::OutOfRange("hour 24 is only midnight, `24:00:00`")),
            hour => (date, hour),
        };
        let time = NaiveTime::from_hms_micro_opt(
            u32::from(hour),
            u32::from(self.minute),
            u32::from(self.second),
            self.microsecond,
        );
        let time = time.ok_or(Fault::OutOfRange("the day has no such time"))?;
        Ok(date.and_time(time))
    }
}

/// Reads a time and its offset, if it has one, to the end of `text`; an offset alone is midnight.
fn read_time(text: &[u8]) -> Result<(TimeOfDay, Option<FixedOffset>), Fault> {
    let mut time = TimeOfDay { hour: 0, minute: 0, second: 0, microsecond: 0 };
    if let [b'+' | b'-', ..] = text {
        return Ok((time, Some(read_offset(text)?)));
    }
    let (hour, rest) = read_number::<2>(text).ok_or(Fault::Malformed("the hour needs 2 digits"))?;
    time.hour = hour;
    if let Some(offset) = read_end(rest)? {
        return Ok((time, offset));
    }
    let (colons, rest) = strip_prefix(rest, b':');
    let (minute, rest) =
        read_number::<2>(rest).ok_or(Fault::Malformed("the minute needs 2 digits"))?;
    time.minute = minute;
    if let Some(offset) = read_end(rest)? {
        return Ok((time, offset));
    }
    let (second_colon, rest) = strip_prefix(rest, b':');
    if second_colon != colons {
        return Err(Fault::Malformed("colons everywhere in the time or nowhere"));
    }
    let (second, rest) =
        read_number::<2>(rest).ok_or(Fault::Malformed("the second needs 2 digits"))?;
    time.second = second;
    let (microsecond, rest) = read_fraction(rest)?;
    time.microsecond = microsecond;
    match read_end(rest)? {
        Some(offset) => Ok((time, offset)),
        None => Err(Fault::Malformed("there is more after the seconds")),
    }
}

/// What may end a time: nothing (`Some(None)`) or an offset. `None` when the time goes on.
fn read_end(text: &[u8]) -> Result<Option<Option<FixedOffset>>, Fault> {
    match text.first() {
        None => Ok(Some(None)),
        Some(b'Z' | b'z' | b'+' | b'-') => read_offset(text).map(|offset| Some(Some(offset))),
        Some(_) => Ok(None),
    }
}

fn read_offset(text: &[u8]) -> Result<FixedOffset, Fault> {
    const PROBLEM: Fault = Fault::Malformed("offsets are `Z`, `+03:00`, `+0300` or `+03`");
    let (sign, digits) = match text {
        [b'Z' | b'z'] => (1, &b"00"[..]),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return Err(PROBLEM),
    };
    let (hours, rest) = read_number::<2>(digits).ok_or(PROBLEM)?;
    let minutes = match rest {
        [] => 0,
        _ => match read_number::<2>(strip_prefix(rest, b':').1) {
            Some((minutes, [])) => minutes,
            _ => return Err(PROBLEM),
        },
    };
    if 23 < hours || 59 < minutes {
        return Err(Fault::OutOfRange("offsets go to 23:59"));
    }
    let offset = FixedOffset::east_opt(sign * (i32::from(hours) * 60 + i32::from(minutes)) * 60);
    Ok(offset.expect("23:59 is within chrono's 24 hours"))
}

/// Reads `.` or `,` and digits as microseconds; without them 0.
fn read_fraction(text: &[u8]) -> Result<(u32, &[u8]), Fault> {
    let [b'.' | b',', rest @ ..] = text else {
        return Ok((0, text));
    };
    let n_digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if n_digits == 0 {
        return Err(Fault::Malformed("the fraction of a second needs digits"));
    }
    let (digits, rest) = rest.split_at(n_digits);
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Ok((padded.fold(0, |number, digit| number * 10 + u32::from(digit - b'0')), rest))
}

/// Reads exactly `N` digits (at most 4).
fn read_number<const N: usize>(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_at_checked(N)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')), rest))
}

fn strip_prefix(text: &[u8], prefix: u8) -> (bool, &[u8]) {
    match text {
        [first, rest @ ..] if *first == prefix => (true, rest),
        _ => (false, text),
    }
}

#[cfg(test)]
mod tests;
