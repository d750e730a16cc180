//! What people write stays text, wherever it is shown.

use serde_json::json;

use crate::fixture::{Fixture, Person};

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \" ' & =1+1";

#[test]
fn messages_stay_text_in_the_report() {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": 0, "IncludeSampleMessages": true}));
    let codes: &[(&str, &[&str])] = &[("rqa_s01e01_coded", &["something_else"])];
    fixture.add(&Person { text: HOSTILE, codes, ..Person::default() });
    let report = fixture.analyze().report();
    assert!(report.contains("&lt;script&gt;alert(1)"));
    assert!(!report.contains("<script>alert") && !report.contains("<img"));
}

#[test]
fn messages_appear_in_the_report_only_when_the_project_says_so() {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": 0}));
    let codes: &[(&str, &[&str])] = &[("rqa_s01e01_coded", &["something_else"])];
    fixture.add(&Person { text: "qoraal gaar ah", codes, ..Person::default() });
    assert!(!fixture.analyze().report().contains("qoraal gaar ah"));
}

#[test]
fn messages_in_the_report_are_masked() {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": 0, "IncludeSampleMessages": true}));
    let codes: &[(&str, &[&str])] = &[("rqa_s01e01_coded", &["something_else"])];
    let text = "i soo wac 0615 000 123 ama www.example.org";
    fixture.add(&Person { text, codes, ..Person::default() });
    let report = fixture.analyze().report();
    assert!(report.contains("i soo wac [number] ama [link]"));
    assert!(!report.contains("000 123") && !report.contains("www.example.org"));
}

#[test]
fn the_report_asks_nothing_of_any_server() {
    let mut fixture = Fixture::new(&json!({}));
    fixture.add(&Person::default());
    let report = fixture.analyze().report();
    assert!(report.contains("default-src 'none'"));
    for outside in
        ["src=\"", "href=\"http", "href='http", "url(http", "@import", "fetch(", "XMLHttp"]
    {
        assert!(!report.contains(outside), "`{outside}` is in the report");
    }
    // Inline styles and handlers would need a policy that lets them in.
    assert!(!report.contains(" style=\"") && !report.contains(" onclick="));
}
