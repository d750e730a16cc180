//! Lists page by page, with the cursors of Django REST framework, and what requests say of them.
//!
//! A cursor is the Base64 of a query: `p`, the time of the row before the page; `o`, how many rows
//! to leave out after that, when many share a time; `r`, whether it leads back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use url::form_urlencoded;

/// How far an offset can lead, as RapidPro sets it.
const LARGEST_OFFSET: usize = 100_000;

/// Where a page begins, and which way it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    offset: usize,
    leads_back: bool,
    position: Option<DateTime<Utc>>,
}

/// Newest first, or oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    NewestFirst,
    OldestFirst,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) next: Option<Cursor>,
    pub(crate) previous: Option<Cursor>,
    pub(crate) rows: Vec<T>,
}

/// One side of a page: whether there are rows, and the time next to the page.
#[derive(Clone, Copy)]
struct Side {
    has_rows: bool,
    position: Option<DateTime<Utc>>,
}

/// The page at `cursor` of rows that are in this order of their `time`.
pub(crate) fn page<T: Copy>(
    rows: &[T],
    time: impl Fn(&T) -> DateTime<Utc>,
    order: Order,
    cursor: &Cursor,
    page_size: usize,
) -> Page<T> {
    let mut ahead = rows.to_vec();
    if cursor.leads_back {
        ahead.reverse();
    }
    let times_grow = (order == Order::OldestFirst) != cursor.leads_back;
    if let Some(position) = cursor.position {
        let is_behind =
            |row: &T| if times_grow { time(row) <= position } else { position <= time(row) };
        ahead.drain(..ahead.partition_point(is_behind));
    }
    let mut rows = ahead.split_off(cursor.offset.min(ahead.len()));
    let following = rows.get(page_size).map(&time);
    rows.truncate(page_size);
    let onward = Side { has_rows: following.is_some(), position: following };
    let back = Side {
        has_rows: cursor.position.is_some() || 0 < cursor.offset,
        position: cursor.position,
    };
    let (next, previous) = if cursor.leads_back { (back, onward) } else { (onward, back) };
    if cursor.leads_back {
        rows.reverse();
    }
    let mut times: Vec<DateTime<Utc>> = rows.iter().map(&time).collect();
    let towards_previous = Cursor {
        leads_back: true,
        ..link(&times, !cursor.leads_back, cursor, previous, next, page_size)
    };
    times.reverse();
    let towards_next = link(&times, cursor.leads_back, cursor, next, previous, page_size);
    Page {
        next: next.has_rows.then_some(towards_next),
        previous: previous.has_rows.then_some(towards_previous),
        rows,
    }
}

/// The cursor of the page on the `near` side, given the times of this page from that side on.
/// `turns` when the page was reached by a cursor that led the other way.
fn link(
    times: &[DateTime<Utc>],
    turns: bool,
    cursor: &Cursor,
    near: Side,
    far: Side,
    page_size: usize,
) -> Cursor {
    let edge = if turns && cursor.offset != 0 { times.first().copied() } else { None };
    let mut before = edge.or(near.position);
    for (offset, time) in times.iter().enumerate() {
        if Some(*time) != before {
            return Cursor { offset, leads_back: false, position: Some(*time) };
        }
        before = Some(*time);
    }
    // No row of the page has a time of its own.
    let (offset, position) = match (times.is_empty(), far.has_rows, turns) {
        (true, _, _) => (0, near.position),
        (false, false, _) => (page_size, None),
        (false, true, true) => (0, far.position),
        (false, true, false) => (cursor.offset + page_size, far.position),
    };
    Cursor { offset, leads_back: false, position }
}

impl Cursor {
    /// Reads a cursor; `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let query = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let mut cursor = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "o" => cursor.offset = value.parse::<usize>().ok()?.min(LARGEST_OFFSET),
                "r" => cursor.leads_back = value.parse::<u8>().ok()? != 0,
                "p" => cursor.position = Some(parse_time(&value.replacen(' ', "T", 1))?),
                _ => {}
            }
        }
        Some(cursor)
    }

    /// The cursor as part of a link.
    pub(crate) fn to_text(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if 0 < self.offset {
            query.append_pair("o", &self.offset.to_string());
        }
        if self.leads_back {
            query.append_pair("r", "1");
        }
        if let Some(position) = self.position {
            let digits = match position.timestamp_subsec_micros() {
                0 => SecondsFormat::Secs,
                _ => SecondsFormat::Micros,
            };
            let position = position.to_rfc3339_opts(digits, false).replacen('T', " ", 1);
            query.append_pair("p", &position);
        }
        STANDARD.encode(query.finish())
    }
}

/// The parameters of a query.
pub(crate) fn parameters(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

/// A link with these parameters, sorted by name.
pub(crate) fn link_to(url: &str, mut parameters: Vec<(String, String)>) -> String {
    parameters.sort();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{url}?{query}")
}

/// A time as query parameters have it: with an offset, without one (UTC), or a day.
pub(crate) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = || iso_time::parse(text).ok().map(|time| time.to_utc());
    let without_offset = || {
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
        formats.iter().find_map(|it| NaiveDateTime::parse_from_str(text, it).ok())
    };
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    with_offset().or_else(|| without_offset().or_else(day).map(|time| time.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_those_of_the_real_server() {
        check("cD0yMDIxLTA2LTE1KzAyJTNBMTUlM0ExMi41MDMzODglMkIwMCUzQTAw");
        check("cj0xJnA9MjAyMS0wNi0xNSswMSUzQTM1JTNBMTguODIyNjY0JTJCMDAlM0EwMA==");
        check("bz0yNTA=");
        check("bz0yNTAmcj0x");
        assert_eq!(Cursor::parse("zzzz"), None);
    }

    #[test]
    fn every_row_is_on_one_page_both_ways() {
        for n_equal in [1, 3, 7, 50] {
            let rows: Vec<i64> = (0..50).map(|n| n / n_equal).collect();
            for order in [Order::OldestFirst, Order::NewestFirst] {
                let mut rows = rows.clone();
                if order == Order::NewestFirst {
                    rows.reverse();
                }
                all_pages(&rows, order);
            }
        }
    }

    fn all_pages(rows: &[i64], order: Order) {
        let time = |row: &i64| DateTime::from_timestamp(*row, 0).unwrap();
        let mut cursor = Cursor::default();
        let (mut seen, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = page(rows, time, order, &cursor, 5);
            seen.extend(page.rows.clone());
            pages.push(page.clone());
            let Some(next) = page.next else { break };
            cursor = Cursor::parse(&next.to_text()).unwrap();
        }
        assert_eq!(seen, rows);
        assert_eq!(pages[0].previous, None);
        if rows.windows(2).all(|pair| pair[0] != pair[1]) {
            let back = pages[2].previous.clone().unwrap();
            assert_eq!(page(rows, time, order, &back, 5).rows, pages[1].rows);
        }
    }

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(Cursor::parse(text).unwrap().to_text(), text);
    }
}
