//! Everything that is counted, for tables, graphs, maps and the report alike.

use pipeline_config::Project;

use crate::design::Design;
use crate::maps::{Map, MapLayer, count_maps};
use crate::nesting::{Nesting, nestings};
use crate::objects::{Messages, Objects};
use crate::tables::{Breakdown, Tables, participants};
use crate::timeline::Timeline;

/// Everything that is counted.
pub struct Counts {
    /// What is in the CSV files.
    pub tables: Tables,
    /// Messages over time.
    pub timeline: Timeline,
    /// The people who sent a message to each radio show, by what they told of themselves.
    pub season: Vec<Breakdown>,
    /// All maps.
    pub maps: Vec<Map>,
    /// Demographic questions whose answers lie within those of others.
    pub nestings: Vec<Nesting>,
}

impl Counts {
    /// How many digits the greatest count on a map has.
    pub fn n_digits(&self) -> usize {
        let counts = self.maps.iter().flat_map(|map| &map.counts);
        let greatest = counts.map(|(_, count)| *count).max().unwrap_or(0);
        greatest.to_string().len().max(2)
    }

    /// Counts everything.
    pub fn count(
        project: &Project,
        design: &Design,
        layers: &[MapLayer],
        messages: &Messages,
        people: &Objects,
    ) -> Self {
        let configuration = &project.configuration;
        let labels = configuration.automated_analysis.traffic_labels.as_deref();
        Self {
            tables: Tables::count(design, labels, messages, people),
            timeline: Timeline::count(design, messages, *configuration.project_start_date.offset()),
            season: participants(design, people, &design.shows, &design.demographics),
            maps: count_maps(design, people, layers),
            nestings: nestings(design, people),
        }
    }
}
