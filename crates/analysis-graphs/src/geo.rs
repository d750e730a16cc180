//! Boundaries: shapes on a plane, and places within them.

mod geojson;
mod plane;
mod positions;

pub use geojson::{GeoJsonError, Geography, Shape};
pub use positions::{LabelPosition, PositionsError, read_positions};

pub(crate) use plane::{PlaneShape, Point, Projection, Rect, segments_cross};
