//! Maps: how many people are where, all of them and by radio show and theme.

mod counts;
mod data;
mod draw;
mod layer;
mod layout;
mod web;

pub(crate) use counts::file_name_of;
pub use counts::{Map, MapSubject, count_maps};
pub use data::map_data_json;
pub use draw::draw_map;
pub use layer::{MapLayer, MapLayerError, map_layers};
pub use layout::Layout;
pub(crate) use web::{Look, web_map};
