//! Stage 5: tables, graphs, maps and one report from the coded messages.

pub mod agreement;

mod charts;
mod classes;
mod counts;
mod design;
mod drawing;
mod geo;
mod graphs;
mod latest;
mod maps;
mod nesting;
mod objects;
mod read;
mod report;
mod samples;
mod tables;
mod timeline;

pub use classes::{class_edges, class_of};
pub use counts::Counts;
pub use design::{Coding, Design, Plan, Standing};
pub use drawing::{Picture, PictureError};
pub use geo::{GeoJsonError, Geography, LabelPosition, PositionsError, Shape};
pub use graphs::{About, GraphJob, draw_graphs, source_line};
pub use maps::{
    Layout, Map, MapLayer, MapLayerError, MapSubject, count_maps, draw_map, map_data_json,
    map_layers,
};
pub use nesting::{Nesting, nestings};
pub use objects::{Messages, ObjectProblem, Objects};
pub use read::{AnalysisReadError, read_messages, read_people};
pub use report::{ReportInput, report_html};
pub use samples::Samples;
pub use tables::{
    Breakdown, Distribution, EngagementCounts, EngagementRow, RepeatParticipations, TableFile,
    Tables, TrafficRow, distributions, participants,
};
pub use timeline::{Timeline, Week};
