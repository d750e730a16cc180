//! The report hides small counts, everywhere.

use serde_json::{Value, json};

use crate::fixture::{Fixture, Person};

/// People spread unevenly over regions, genders and themes.
fn uneven(settings: &Value) -> String {
    let mut fixture = Fixture::new(settings);
    let regions = ["bay", "bay", "banadir", "banadir", "banadir", "gedo", "mudug", "sool"];
    let themes = ["fruit_trees_for_shade", "something_else", "lessons_in_the_garden"];
    for number in 0..60_usize {
        let region = [regions[number * number % 7 % regions.len()]];
        let theme = [themes[number % 13 % 3]];
        let gender = [if number % 19 == 0 { "man" } else { "woman" }];
        let sent_on = format!("2024-02-{:02}T10:00:00+03:00", 4 + number % 11);
        let codes: &[(&str, &[&str])] =
            &[("rqa_s01e01_coded", &theme), ("region_coded", &region), ("gender_coded", &gender)];
        let uid = format!("p{number}");
        fixture.add(&Person { uid: &uid, codes, sent_on: &sent_on, ..Person::default() });
    }
    fixture.analyze().report()
}

/// The counts in cells of tables, and on maps.
fn counts_in(report: &str) -> Vec<u64> {
    let cells = report.split("data-value=\"").skip(1).filter_map(|rest| {
        let (value, after) = rest.split_once('"')?;
        // Percentages have decimals, and names of radio shows have no value.
        (!value.contains('.') && after.starts_with('>')).then(|| value.parse().ok()).flatten()
    });
    let data = report.split_once(r#"id="map-data">"#).unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    let maps = data["layers"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|layer| layer["maps"].as_array().unwrap());
    let on_maps: Vec<u64> =
        maps.flat_map(|map| map["counts"].as_array().unwrap()).filter_map(Value::as_u64).collect();
    cells.chain(on_maps).collect()
}

#[test]
fn no_small_count_is_in_the_report() {
    for minimum in [2, 5, 10, 1000] {
        let report = uneven(&json!({"MinimumCellSize": minimum}));
        let small: Vec<u64> =
            counts_in(&report).into_iter().filter(|count| (1..minimum).contains(count)).collect();
        assert!(small.is_empty(), "minimum {minimum}: {small:?}");
        assert!(report.contains("hidden-count"), "minimum {minimum}");
    }
}

#[test]
fn without_a_minimum_nothing_is_hidden() {
    let report = uneven(&json!({"MinimumCellSize": 0}));
    assert!(counts_in(&report).into_iter().any(|count| (1..5).contains(&count)));
    assert!(!report.contains(r#"<span class="hidden-count">"#));
}

#[test]
fn a_report_about_one_person_shows_no_number() {
    let mut fixture = Fixture::new(&json!({}));
    let codes: &[(&str, &[&str])] =
        &[("rqa_s01e01_coded", &["something_else"]), ("region_coded", &["bay"])];
    fixture.add(&Person { codes, ..Person::default() });
    let report = fixture.analyze().report();
    // What stage 3 took in is about 200 messages; nothing else is above zero.
    assert!(counts_in(&report).into_iter().all(|count| count == 0 || 100 < count));
}

#[test]
fn a_report_about_nobody_says_so() {
    let report = Fixture::new(&json!({})).analyze().report();
    assert!(report.contains("No messages yet") && report.contains("No data yet"));
    assert!(!report.contains(r#"<span class="hidden-count">hidden</span> people"#));
}
