//! Files of stage 3 that are missing, damaged, or made with another configuration.

use std::error::Error;
use std::fs;

use analysis_graphs::{Design, read_messages, read_people};
use serde_json::json;

use crate::fixture::{Fixture, Person};

#[test]
fn a_missing_file_says_which_stage_makes_it() {
    let analysis = Fixture::new(&json!({})).analyze();
    let error = read_people("nowhere/people.jsonl".as_ref(), &analysis.design).unwrap_err();
    assert_eq!(error.to_string(), "could not open `nowhere/people.jsonl`");
    assert!(error.hint().unwrap().contains("stage 3"));
}

#[test]
fn a_damaged_line_is_named() {
    let mut fixture = Fixture::new(&json!({}));
    for uid in ["a", "b", "c"] {
        fixture.add(&Person { uid, ..Person::default() });
    }
    let analysis = fixture.analyze();
    let (messages, _) = fixture.write();
    let text = fs::read_to_string(messages).unwrap();
    let path = fixture.path("damaged.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&path, format!("{}\n{}\n{}\n", lines[0], lines[1].replace("haa", "maya"), lines[2]))
        .unwrap();
    let error = read_messages(&path, &analysis.design).unwrap_err();
    assert!(error.to_string().ends_with("line 2"), "{error}");
    assert!(error.source().unwrap().to_string().contains("SHA chain is broken"));
}

#[test]
fn another_configuration_is_noticed() {
    let mut fixture = Fixture::new(&json!({}));
    fixture.add(&Person::default());
    let scheme = fixture.path("code_schemes/gender.json");
    let (_, people) = fixture.write();
    let text = fs::read_to_string(&scheme).unwrap().replace("code-", "other-");
    fs::write(&scheme, text).unwrap();
    let project = pipeline_config::load_project(&fixture.path("pipeline_config.json")).unwrap();
    let error = read_people(&people, &Design::new(&project)).unwrap_err();
    assert!(error.source().unwrap().to_string().contains("not in the scheme `gender`"));
    assert!(error.hint().unwrap().contains("stage 3"));
}
