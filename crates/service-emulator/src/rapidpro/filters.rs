//! What the parameters of a request ask for.

use chrono::{DateTime, Utc};

use crate::pages::{Cursor, Order, parse_time};

/// The parameters of a request.
pub(super) struct Parameters(pub(super) Vec<(String, String)>);

/// Why a request is refused: status 400 with this as `detail`, or 404 for cursors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadRequest {
    /// 400
    Parameter(String),
    /// 404
    Cursor,
}

/// From when to when, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    Times(Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// A time that cannot be understood: no row fits.
    Never,
}

impl Parameters {
    /// The last value that has this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().rev();
        values.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| matches!(value, "true" | "True" | "1" | "t" | "y" | "yes"))
    }

    /// A UUID.
    pub(super) fn uuid(&self, name: &str) -> Result<Option<&str>, BadRequest> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let is_uuid = value.len() == 36
            && value.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        let bad = || BadRequest::Parameter(format!("Param '{name}': {value} is not a valid UUID."));
        if is_uuid { Ok(Some(value)) } else { Err(bad()) }
    }

    /// `after` and `before`.
    pub(super) fn between(&self) -> Between {
        let after = self.get("after").map(parse_time);
        let before = self.get("before").map(parse_time);
        match (after, before) {
            (Some(None), _) | (_, Some(None)) => Between::Never,
            (after, before) => Between::Times(after.flatten(), before.flatten()),
        }
    }

    pub(super) fn cursor(&self) -> Result<Cursor, BadRequest> {
        let cursor = self.get("cursor").map(|text| Cursor::parse(text).ok_or(BadRequest::Cursor));
        Ok(cursor.transpose()?.unwrap_or_default())
    }

    pub(super) fn order(&self) -> Order {
        if self.is_true("reverse") { Order::OldestFirst } else { Order::NewestFirst }
    }

    /// These parameters with others in place of those of the same name.
    pub(super) fn with(&self, changes: &[(&str, Option<String>)]) -> Vec<(String, String)> {
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = self.0.iter().filter(|(name, _)| !is_changed(name)).cloned();
        let new = changes.iter().filter_map(|(name, value)| {
            value.as_ref().map(|value| ((*name).to_owned(), value.clone()))
        });
        kept.chain(new).collect()
    }
}

impl Between {
    pub(super) fn contains(self, time: DateTime<Utc>) -> bool {
        match self {
            Self::Never => false,
            Self::Times(after, before) => {
                after.is_none_or(|after| after <= time)
                    && before.is_none_or(|before| time <= before)
            }
        }
    }
}
