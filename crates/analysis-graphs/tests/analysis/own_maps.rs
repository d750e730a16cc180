//! Maps of a project's own boundaries.

use std::fs;

use analysis_graphs::{Design, MapSubject, draw_map, map_layers};
use pipeline_config::load_project;
use serde_json::{Value, json};

use crate::fixture::{Analysis, Fixture, Person};

const SQUARES: &str = r#"{"type": "FeatureCollection", "attribution": "Boundaries: National Bureau", "features": [
    {"properties": {"pcode": "bay"}, "geometry": {"type": "Polygon", "coordinates": [[[42, 2], [43, 2], [43, 3], [42, 3], [42, 2]]]}},
    {"properties": {"pcode": "gedo"}, "geometry": {"type": "Polygon", "coordinates": [[[43, 2], [44, 2], [44, 3], [43, 3], [43, 2]]]}},
    {"properties": {"pcode": "elsewhere"}, "geometry": {"type": "Polygon", "coordinates": [[[44, 2], [45, 2], [45, 3], [44, 3], [44, 2]]]}}
]}"#;

fn layer(name: &str, file: &str) -> Value {
    json!({"MapLayers": [{"Name": name, "File": file, "IdProperty": "pcode", "CodedField": "region_coded", "LabelPositions": "labels.csv"}]})
}

fn fixture(settings: &Value) -> Fixture {
    let labels = "id,longitude,latitude\nbay,42.5,2.5\n";
    Fixture::with_files(settings, &[("squares.geojson", SQUARES), ("labels.csv", labels)])
}

#[test]
fn own_boundaries_take_the_place_of_the_standard_ones() {
    let mut fixture = fixture(&layer("our_regions", "squares.geojson"));
    let codes: &[(&str, &[&str])] =
        &[("rqa_s01e01_coded", &["something_else"]), ("region_coded", &["bay"])];
    fixture.add(&Person { codes, ..Person::default() });
    let analysis: Analysis = fixture.analyze();
    let names: Vec<&str> = analysis.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["districts", "mogadishu", "our_regions"]);
    let map = analysis.counts.maps.iter().find(|map| map.layer == 2).unwrap();
    assert_eq!(map.subject, MapSubject::Everybody);
    assert_eq!(map.path, "maps/our_regions/our_regions_total_participants");
    let picture = draw_map(&analysis.design, &analysis.layers[2], &analysis.layouts[2], map);
    assert!(picture.svg.contains("National Bureau") && picture.svg.contains(">not coded<"));
}

#[test]
fn problems_with_own_boundaries_say_what_to_do() {
    let fixture = fixture(&layer("a", "squares.geojson"));
    let path = fixture.path("pipeline_config.json");
    let check = |geojson: &str, expected: &str| {
        fs::write(fixture.path("squares.geojson"), geojson).unwrap();
        let project = load_project(&path).unwrap();
        let error = map_layers(&project, &Design::new(&project)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.hint().is_some());
    };
    check("{}", "has no features");
    check(&SQUARES.replace("bay", "x").replace("gedo", "y"), "no `pcode` is a match value");
}
