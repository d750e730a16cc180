//! The original's tables and maps, on its own data.
//!
//! `PCVE_REFERENCE` names a directory with `pipeline_config.json` and its project,
//! `data_root/Outputs/` as stage 3 made it, and `expected/` as the original made it. Without it,
//! this test has nothing to compare with and says so.

use std::fs;
use std::path::PathBuf;

use analysis_graphs::map_data_json;
use pipeline_config::load_project;
use serde_json::Value;

use crate::fixture::Analysis;

#[test]
fn tables_and_maps_are_those_of_the_original() {
    let Some(directory) = std::env::var_os("PCVE_REFERENCE").map(PathBuf::from) else {
        eprintln!("skipped: `PCVE_REFERENCE` names no directory with reference data");
        return;
    };
    let project = load_project(&directory.join("project_config/all_maps.json")).unwrap();
    let outputs = directory.join("data_root/Outputs");
    let analysis = Analysis::of(
        project,
        &outputs.join("messages_traced_data.jsonl"),
        &outputs.join("individuals_traced_data.jsonl"),
    );
    for entry in fs::read_dir(directory.join("expected/Automated Analysis")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // The one is a random sample, the other is not made by this stage.
        if !["sample_messages.csv", "example_metrics.csv"].contains(&name) {
            assert!(analysis.table(name) == fs::read_to_string(&path).unwrap(), "{name} differs");
        }
    }
    let Ok(expected) = fs::read(directory.join("expected/derived/map_frequencies.json")) else {
        return;
    };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let found = map_data_json(&analysis.design, &analysis.layers, &analysis.counts.maps);
    let found: Value = serde_json::from_slice(&found).unwrap();
    for (path, map) in expected.as_object().unwrap() {
        let path = path.trim_start_matches("maps/");
        assert_eq!(found[path]["frequencies"], map["frequencies"], "{path}");
        let edges = |map: &Value| -> Vec<f64> {
            map["bin_edges"].as_array().unwrap().iter().filter_map(Value::as_f64).collect()
        };
        assert_eq!(edges(&found[path]), edges(map), "{path}");
    }
}
