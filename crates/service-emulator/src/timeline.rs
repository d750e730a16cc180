//! The time of the made-up world: up to when its messages are shown.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

/// Up to when messages are shown; at first, all are. Clones share the time.
#[derive(Debug, Clone, Default)]
pub struct Timeline(Arc<RwLock<Option<DateTime<Utc>>>>);

impl Timeline {
    /// From now on shows what happened up to and including `time`.
    pub fn show_until(&self, time: DateTime<Utc>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(time);
    }

    /// Shows everything again.
    pub fn show_all(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Up to when messages are shown; `None`: all of them.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what happened at `time` is shown.
    pub fn shows(&self, time: DateTime<Utc>) -> bool {
        self.until().is_none_or(|until| time <= until)
    }
}
