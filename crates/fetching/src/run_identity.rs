//! Who fetches, and when.

use std::sync::Arc;

use stage_runner::RunInfo;
use traced_data::Metadata;

/// Who makes the objects of raw data, and when: what enters their history.
#[derive(Debug, Clone)]
pub struct RunIdentity {
    /// The identifier of the person.
    pub user: String,
    /// When the run of the pipeline began, ISO 8601.
    pub started_at: String,
}

impl RunIdentity {
    /// The identity of a running stage.
    pub fn of(info: &RunInfo) -> Self {
        Self { user: info.user.clone(), started_at: iso_time::format_utc(&info.started_at) }
    }

    /// The metadata of a step, `<crate>::<step>`.
    pub fn metadata(&self, source: &str) -> Arc<Metadata> {
        Arc::new(Metadata::new(&self.user, source, &self.started_at))
    }
}
