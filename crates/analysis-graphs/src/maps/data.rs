//! `maps/map_data.json`: what all maps show, for programs.

use serde_json::{Map as JsonMap, Value, json};

use crate::design::Design;

use super::counts::Map;
use super::layer::MapLayer;

/// The frequencies and class edges of each map, by the path of its picture below `maps/`.
pub fn map_data_json(design: &Design, layers: &[MapLayer], maps: &[Map]) -> Vec<u8> {
    let mut all = JsonMap::new();
    for map in maps {
        let coding = design.coding(layers[map.layer].coding);
        let frequency = |(code, count): &(u16, u64)| {
            (coding.code(*code).string_value.clone(), Value::from(*count))
        };
        let frequencies: JsonMap<String, Value> = map.counts.iter().map(frequency).collect();
        let path = map.path.trim_start_matches("maps/");
        let of_map = json!({"frequencies": frequencies, "bin_edges": map.edges});
        all.insert(format!("{path}.png"), of_map);
    }
    let mut bytes = serde_json::to_vec_pretty(&Value::Object(all))
        .expect("a map of strings and numbers is JSON");
    bytes.push(b'\n');
    bytes
}
