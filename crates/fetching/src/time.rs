//! Times of servers.

use std::borrow::Cow;
use std::fmt;

use chrono::{SecondsFormat, TimeDelta};
use iso_time::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, as raw files have it: UTC, six digits of microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub Instant);

impl Time {
    /// As a query parameter: no `+`, which servers take for a space.
    pub fn to_parameter(self) -> String {
        self.0.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// This much earlier.
    pub fn earlier_by(self, duration: TimeDelta) -> Self {
        Self(self.0.checked_sub_signed(duration).unwrap_or(self.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_parameter())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_parameter())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        // What the text is instead stays unsaid: it could be anything.
        iso_time::parse(&text).map(Self).map_err(|_| serde::de::Error::custom("not a time"))
    }
}
