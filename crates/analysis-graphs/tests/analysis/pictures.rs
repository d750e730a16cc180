//! Pictures are large enough, and drawn also when there is nothing to show.

use analysis_graphs::{About, draw_graphs, draw_map};
use serde_json::json;

use crate::fixture::{Fixture, Person};

/// Width and height of a PNG, from its header.
fn size_of(png: &[u8]) -> (u32, u32) {
    let number = |place: usize| u32::from_be_bytes(png[place..place + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn maps_are_large_and_name_their_source() {
    let mut fixture = Fixture::new(&json!({}));
    fixture.add(&Person { codes: &[("region_coded", &["bay"])], ..Person::default() });
    let analysis = fixture.analyze();
    for (place, layer) in analysis.layers.iter().enumerate() {
        let map = analysis.counts.maps.iter().find(|map| map.layer == place).unwrap();
        let picture = draw_map(&analysis.design, layer, &analysis.layouts[place], map);
        assert!(picture.svg.contains("geoBoundaries") && picture.svg.contains("School-Gardens"));
        // Rendering takes seconds in a test build; all maps are rendered in the same way.
        if layer.name == "mogadishu" {
            let (width, height) = size_of(&picture.png().unwrap());
            assert!(2000 <= width.max(height), "{width} x {height}");
        }
    }
}

#[test]
fn graphs_say_when_there_is_no_data() {
    let analysis = Fixture::new(&json!({})).analyze();
    let about = About::new(&analysis.project.configuration);
    let graphs = draw_graphs(&analysis.design, &analysis.counts, &about);
    assert!(20 < graphs.len());
    for graph in &graphs {
        let picture = graph.picture();
        assert!(picture.svg.contains("No data yet"), "{}", picture.path);
    }
}

#[test]
fn pictures_are_the_same_each_time() {
    let mut fixture = Fixture::new(&json!({}));
    fixture
        .add(&Person { codes: &[("rqa_s01e01_coded", &["something_else"])], ..Person::default() });
    let analysis = fixture.analyze();
    let about = About::new(&analysis.project.configuration);
    let draw = || -> Vec<String> {
        let graphs = draw_graphs(&analysis.design, &analysis.counts, &about);
        graphs.iter().map(|graph| graph.picture().svg).collect()
    };
    assert_eq!(draw(), draw());
    assert_eq!(analysis.report(), analysis.report());
}
