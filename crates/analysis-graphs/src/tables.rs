//! The tables in `Outputs/Automated Analysis/`, equal to the original's byte for byte; the cross-tabs
//! are new.

mod cross_tabs;
mod csv_file;
mod distributions;
mod engagement_counts;
mod engagement_types;
mod loyalty;
mod repeat_participations;
mod sample_messages;
mod traffic;

use pipeline_config::TrafficLabel;

use crate::design::Design;
use crate::objects::{Messages, Objects};
use crate::samples::Samples;

pub use distributions::{Breakdown, Distribution, distributions, participants};
pub use engagement_counts::{EngagementCounts, EngagementRow};
pub use repeat_participations::RepeatParticipations;
pub use traffic::TrafficRow;

/// All counts that tables, graphs and the report are made from.
pub struct Tables {
    /// How many messages and people each radio show had.
    pub engagement_counts: EngagementCounts,
    /// How many people took part how often.
    pub repeat_participations: RepeatParticipations,
    /// The themes of each radio show, broken down by the answers to the surveys.
    pub themes: Vec<Distribution>,
    /// The answers to the demographic questions.
    pub demographics: Vec<Distribution>,
    /// The messages in each time range that has a label; `None` without labels.
    pub traffic: Option<Vec<TrafficRow>>,
}

/// A table as a file: its name, and its bytes.
pub type TableFile = (&'static str, Vec<u8>);

impl Tables {
    /// Counts everything.
    pub fn count(
        design: &Design,
        traffic_labels: Option<&[TrafficLabel]>,
        messages: &Messages,
        people: &Objects,
    ) -> Self {
        Self {
            engagement_counts: EngagementCounts::count(design, &messages.objects, people),
            repeat_participations: RepeatParticipations::count(design, people),
            themes: distributions(design, people, &design.shows, &design.surveys),
            demographics: distributions(design, people, &design.demographics, &[]),
            traffic: traffic_labels.map(|labels| traffic::count(design, messages, labels)),
        }
    }

    /// The tables as CSV files.
    pub fn files(
        &self,
        design: &Design,
        messages: &Messages,
        people: &Objects,
        samples: &Samples,
    ) -> Vec<TableFile> {
        let mut files = vec![
            ("engagement_counts.csv", self.engagement_counts.to_csv()),
            ("repeat_participations.csv", self.repeat_participations.to_csv()),
            (
                "theme_distributions.csv",
                distributions::to_csv(design, &self.themes, &design.surveys),
            ),
            (
                "demographic_distributions.csv",
                distributions::to_csv(design, &self.demographics, &[]),
            ),
            ("sample_messages.csv", sample_messages::to_csv(design, samples)),
            ("estimated_engagement_types.csv", engagement_types::to_csv(design, &messages.objects)),
            ("loyalty.csv", loyalty::to_csv(design, people)),
            ("cross_tabs.csv", cross_tabs::to_csv(design, &self.themes)),
        ];
        if let Some(rows) = &self.traffic {
            files.push(("traffic_analysis.csv", traffic::to_csv(rows)));
        }
        files
    }
}
