//! How often a workspace may ask.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// The requests of the last hour, by what they are counted for.
#[derive(Debug, Clone, Default)]
pub(super) struct Throttle(BTreeMap<&'static str, VecDeque<Instant>>);

impl Throttle {
    /// Counts a request; when it is one too many, gives after how many seconds the next is answered.
    pub(super) fn count(&mut self, scope: &'static str, hourly_limit: usize) -> Option<u64> {
        let now = Instant::now();
        let requests = self.0.entry(scope).or_default();
        while requests.front().is_some_and(|first| HOUR <= now - *first) {
            requests.pop_front();
        }
        if requests.len() < hourly_limit {
            requests.push_back(now);
            return None;
        }
        let oldest = requests.front().copied().unwrap_or(now);
        Some((HOUR - (now - oldest)).as_secs())
    }
}
