//! One behaviour of the comparison with a schema each.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Show {
    /// Name of the show. It is
    /// printed.
    #[schemars(length(min = 1))]
    #[serde(alias = "Title")]
    #[schemars(extend("x-also" = ["Title"]))]
    name: String,
    /// Length, e.g. `30`, of the show.
    #[schemars(range(min = 1, max = 90))]
    minutes: Option<u32>,
    source: Option<Source>,
    #[serde(default)]
    guests: Vec<Guest>,
    #[schemars(extend("x-ignored" = "nobody listens"))]
    jingle: Option<Value>,
    numbers: Option<BTreeMap<String, i64>>,
    #[schemars(extend("format" = "loud"))]
    slogan: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "Kind")]
enum Source {
    Live(Live),
    Tape(Tape),
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Live {
    studio: bool,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tape {}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Guest {
    /// Sings.
    Singer,
    /// Speaks.
    Speaker,
}

#[test]
fn accepts_what_fits() {
    check(r#"{"Name": "a"}"#, &[]);
    check(
        r#"{"Title": "a", "Minutes": 30, "Source": {"Kind": "Live", "Studio": true},
            "Guests": ["Singer"], "Numbers": {"x": 1}, "Slogan": "HA"}"#,
        &[],
    );
    check(r#"{"Name": "a", "Minutes": null, "Source": null}"#, &[]);
}

#[test]
fn hints_at_the_first_sentence_of_what_is_missing() {
    let problems = problems_of("{}");
    assert_eq!(problems[0].message, "missing key `Name`");
    assert_eq!(problems[0].hint.as_deref(), Some("`Name`: Name of the show"));
}

#[test]
fn does_not_miss_a_key_that_is_only_misspelled() {
    check(r#"{"Nmae": "a"}"#, &["line 1, column 2, `Nmae`: unknown key `Nmae`"]);
}

#[test]
fn names_types() {
    check(r#"[]"#, &["line 1, column 1: expected an object, found a list"]);
    check(r#"{"Name": 1}"#, &["line 1, column 10, `Name`: expected a text, found the number `1`"]);
    check(
        r#"{"Name": "a", "Minutes": 1.5}"#,
        &["line 1, column 26, `Minutes`: expected a whole number, found the number `1.5`"],
    );
    check(
        r#"{"Name": "a", "Minutes": 91}"#,
        &["line 1, column 26, `Minutes`: expected a number from 1 to 90, found `91`"],
    );
    check(
        r#"{"Name": "a", "Numbers": {"x": "1"}}"#,
        &["line 1, column 32, `Numbers.x`: expected a whole number, found a text"],
    );
    check(
        r#"{"Name": "a", "Guests": null}"#,
        &["line 1, column 25, `Guests`: expected a list, found `null`"],
    );
}

#[test]
fn tells_variants_apart_by_their_tag() {
    let show = |source: &str| format!(r#"{{"Name": "a", "Source": {source}}}"#);
    check(&show("{}"), &["line 1, column 25, `Source`: missing key `Kind`"]);
    check(
        &show(r#"{"Kind": "live"}"#),
        &["line 1, column 34, `Source.Kind`: expected one of `Live`, `Tape`, found `live`"],
    );
    check(
        &show(r#"{"Kind": "Tape", "Studio": true}"#),
        &["line 1, column 42, `Source.Studio`: unknown key `Studio`"],
    );
    check(&show("5"), &["line 1, column 25, `Source`: expected an object, found the number `5`"]);
}

#[test]
fn runs_the_checks_of_formats() {
    check(r#"{"Name": "a", "Slogan": "ha"}"#, &["line 1, column 25, `Slogan`: louder than `ha`"]);
}

#[test]
fn warns_of_keys_that_are_not_used() {
    let problems = problems_of(r#"{"Name": "a", "Jingle": [1]}"#);
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].is_error());
    assert_eq!(problems[0].message, "key `Jingle` is not used");
}

#[test]
fn refuses_a_key_in_two_spellings() {
    check(
        r#"{"Name": "a", "Title": "b"}"#,
        &["line 1, column 15, `Title`: key `Title` given twice"],
    );
}

#[test]
fn lists_problems_in_the_order_of_the_file() {
    check(
        "{\"Guests\": [\"Singer\", \"Dancer\"],\n \"Minutes\": 0, \"Name\": \"\"}",
        &[
            "line 1, column 23, `Guests[1]`: expected one of `Singer`, `Speaker`, found `Dancer`",
            "line 2, column 13, `Minutes`: expected a number from 1 to 90, found `0`",
            "line 2, column 24, `Name`: expected a text, found an empty one",
        ],
    );
}

fn problems_of(text: &str) -> Vec<Problem> {
    let formats = Formats(&[("loud", check_loud)]);
    let document = Document::parse(Path::new("show.json"), text.to_string()).unwrap();
    let (show, problems) = crate::read::<Show>(&document, formats);
    assert_eq!(show.is_some(), !problems.iter().any(Problem::is_error));
    problems
}

fn check_loud(text: &str) -> Result<(), FormatFault> {
    match text.chars().all(char::is_uppercase) {
        true => Ok(()),
        false => Err(FormatFault { message: format!("louder than `{text}`"), hint: None }),
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = problems_of(text).iter().map(Problem::to_string).collect();
    let expected: Vec<String> = expected.iter().map(|it| format!("show.json, {it}")).collect();
    assert_eq!(found, expected);
}
