//! What time it is for the run: the clock, or what `SOURCE_DATE_EPOCH` says.

use chrono::{DateTime, FixedOffset, SubsecRound, Utc};

const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Where the run gets its time from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    fixed: Option<DateTime<Utc>>,
}

/// `SOURCE_DATE_EPOCH` is not a number of seconds.
#[derive(Debug, thiserror::Error)]
#[error("environment variable `SOURCE_DATE_EPOCH`: expected seconds since 1970, found `{found}`")]
pub(crate) struct ClockError {
    found: String,
}

impl Clock {
    /// The clock that the environment asks for.
    pub(crate) fn from_environment() -> Result<Self, ClockError> {
        Self::from_variable(std::env::var(VARIABLE).ok().as_deref())
    }

    fn from_variable(value: Option<&str>) -> Result<Self, ClockError> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(Self { fixed: None });
        };
        let seconds = value.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        match seconds {
            Some(fixed) => Ok(Self { fixed: Some(fixed) }),
            None => Err(ClockError { found: value.to_owned() }),
        }
    }

    /// Now, UTC, in whole seconds.
    pub(crate) fn now(self) -> DateTime<FixedOffset> {
        self.fixed.unwrap_or_else(Utc::now).trunc_subsecs(0).fixed_offset()
    }

    /// Whether time stands still, so that records of equal runs are equal.
    pub(crate) fn is_fixed(self) -> bool {
        self.fixed.is_some()
    }
}

/// `2021-10-20T15:28:18Z`.
pub(crate) fn format_utc(instant: &DateTime<FixedOffset>) -> String {
    instant.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_still_when_told_so() {
        let clock = Clock::from_variable(Some("1634743698")).unwrap();
        assert!(clock.is_fixed());
        assert_eq!(format_utc(&clock.now()), "2021-10-20T15:28:18Z");
    }

    #[test]
    fn goes_on_without_the_variable() {
        assert!(!Clock::from_variable(None).unwrap().is_fixed());
        assert!(!Clock::from_variable(Some("")).unwrap().is_fixed());
    }

    #[test]
    fn refuses_what_is_not_a_number_of_seconds() {
        for value in ["yesterday", "1.5", "99999999999999999"] {
            let message = Clock::from_variable(Some(value)).unwrap_err().to_string();
            assert!(message.contains(value), "{message}");
        }
    }
}
