//! Nothing of people who withdrew their consent is anywhere.

use serde_json::json;

use crate::fixture::{Fixture, Person};

#[test]
fn who_withdrew_is_in_no_count_and_no_sample() {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": 0, "IncludeSampleMessages": true}));
    let codes: &[(&str, &[&str])] = &[
        ("rqa_s01e01_coded", &["fruit_trees_for_shade"]),
        ("gender_coded", &["woman"]),
        ("region_coded", &["bay"]),
    ];
    fixture.add(&Person { uid: "stays", text: "geed harac leh", codes, ..Person::default() });
    fixture.add(&Person {
        uid: "left",
        text: "qoraal la diiday",
        codes,
        withdrawn: true,
        ..Person::default()
    });
    let analysis = fixture.analyze();

    let total = analysis.table("engagement_counts.csv").lines().last().unwrap().to_owned();
    assert_eq!(total, "Total,2,1,1,1,2,1,1");
    assert!(analysis.table("demographic_distributions.csv").contains("\n,woman,1,100.0\n"));
    assert!(analysis.table("sample_messages.csv").contains("geed harac leh"));
    assert!(analysis.counts.maps.iter().all(|map| map.counts.iter().all(|(_, count)| *count <= 1)));
    let report = analysis.report();
    assert!(report.contains("geed harac leh"));
    for text in [&report, &analysis.table("sample_messages.csv")] {
        assert!(!text.contains("diiday"));
    }
}

#[test]
fn neither_report_nor_tables_name_people_or_who_made_them() {
    let mut fixture = Fixture::new(&json!({"IncludeSampleMessages": true}));
    fixture.add(&Person { uid: "avf-phone-uuid-1", ..Person::default() });
    let analysis = fixture.analyze();
    for text in [analysis.report(), analysis.table("sample_messages.csv")] {
        assert!(!text.contains("avf-phone-uuid-1") && !text.contains("ann@example.org"));
    }
}
