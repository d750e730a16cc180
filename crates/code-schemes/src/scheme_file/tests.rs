//! Scheme files, good and bad.

use super::*;

const GOOD: &str = r##"{
  "SchemeID": "Scheme-1",
  "Name": "Gender",
  "Version": "0.0.0.1",
  "Codes": [
    {
      "CodeID": "code-1",
      "CodeType": "Normal",
      "DisplayText": "female",
      "Shortcut": "f",
      "NumericValue": 1,
      "StringValue": "female",
      "VisibleInCoda": true,
      "Color": "#fff",
      "MatchValues": ["female", "woman"]
    },
    {
      "CodeID": "code-NC",
      "CodeType": "Control",
      "ControlCode": "NC",
      "DisplayText": "NC (not coded)",
      "NumericValue": -30,
      "StringValue": "NC",
      "VisibleInCoda": true
    },
    {
      "CodeID": "code-G",
      "CodeType": "Meta",
      "MetaCode": "greeting",
      "DisplayText": "greeting",
      "NumericValue": -100,
      "StringValue": "greeting",
      "VisibleInCoda": true
    }
  ],
  "Documentation": {"URI": "https://example.org/codebook"}
}"##;

#[test]
fn finds_codes_by_each_of_their_names() {
    let scheme = parse_text(GOOD).unwrap();
    assert_eq!(scheme.codes().len(), 3);
    assert_eq!(scheme.code("code-1").unwrap().display_text, "female");
    assert_eq!(scheme.matching("woman").unwrap().code_id, "code-1");
    assert_eq!(scheme.control(ControlCode::NotCoded).unwrap().code_id, "code-NC");
    assert_eq!(scheme.meta("greeting").unwrap().code_id, "code-G");
    assert_eq!(scheme.code("code-2"), None);
    assert_eq!(scheme.matching("man"), None);
    assert_eq!(scheme.control(ControlCode::Stop), None);
    assert_eq!(scheme.meta("impact"), None);
}

#[test]
fn owns_its_duplicates() {
    let scheme = parse_text(GOOD).unwrap();
    assert!(scheme.owns("Scheme-1"));
    assert!(scheme.owns("Scheme-1-2"));
    assert!(!scheme.owns("Scheme-2"));
}

#[test]
fn keeps_keys_it_does_not_know() {
    let text = GOOD
        .replace("\"Name\":", "\"Owner\": {\"team\": [1]}, \"Name\":")
        .replace("\"Color\":", "\"Definition\": \"…\", \"Color\":");
    let scheme = parse_text(&text).unwrap();
    assert_eq!(scheme.other_keys["Owner"], json!({"team": [1]}));
    assert_eq!(scheme.codes()[0].other_keys["Definition"], json!("…"));
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(scheme.to_json(), expected);
}

#[test]
fn refuses_repeated_values() {
    check(
        &GOOD
            .replace("code-NC", "code-1")
            .replace("-30", "1")
            .replace("\"greeting\",\n      \"V", "\"NC\",\n      \"V"),
        &[
            "line 18, column 17, `Codes[1].CodeID`: code id `code-1` is also that of `Codes[0].CodeID`",
            "line 22, column 23, `Codes[1].NumericValue`: numeric value `1` is also that of `Codes[0].NumericValue`",
            "line 32, column 22, `Codes[2].StringValue`: string value `NC` is also that of `Codes[1].StringValue`",
        ],
    );
    check(
        &GOOD.replace("\"woman\"", "\"female\""),
        &[
            "line 15, column 33, `Codes[0].MatchValues[1]`: match value `female` is also that of `Codes[0].MatchValues[0]`",
        ],
    );
}

#[test]
fn asks_for_the_code_of_its_type() {
    check(
        &GOOD.replace("\"ControlCode\": \"NC\",", "").replace("\"MetaCode\": \"greeting\",", ""),
        &[
            "line 17, column 5, `Codes[1]`: missing key `ControlCode` in a code of type `Control`",
            "line 26, column 5, `Codes[2]`: missing key `MetaCode` in a code of type `Meta`",
        ],
    );
    check(
        &GOOD.replace("\"ControlCode\": \"NC\"", "\"ControlCode\": \"nc\""),
        &["line 20, column 22, `Codes[1].ControlCode`: unknown control code `nc`"],
    );
    check(
        &GOOD.replace("\"Meta\"", "\"meta\""),
        &[
            "line 28, column 19, `Codes[2].CodeType`: expected one of `Normal`, `Control`, `Meta`, found `meta`",
        ],
    );
}

#[test]
fn asks_for_one_character_as_shortcut() {
    check(
        &GOOD.replace("\"f\"", "\"fe\""),
        &["line 10, column 19, `Codes[0].Shortcut`: expected at most 1 characters, found `fe`"],
    );
}

#[test]
fn refuses_wrong_types_and_empty_texts() {
    check(
        &GOOD
            .replace("\"Gender\"", "\"\"")
            .replace("\"NumericValue\": 1,", "\"NumericValue\": 1.5,")
            .replace("\"woman\"", "3")
            .replace("https://example.org/codebook", ""),
        &[
            "line 3, column 11, `Name`: expected a text, found an empty one",
            "line 11, column 23, `Codes[0].NumericValue`: expected a whole number, found the number `1.5`",
            "line 15, column 33, `Codes[0].MatchValues[1]`: expected a text, found the number `3`",
            "line 36, column 28, `Documentation.URI`: expected a text, found an empty one",
        ],
    );
}

#[test]
fn reads_schemes_without_optional_keys() {
    let text = GOOD
        .replace("\"Shortcut\": \"f\",", "")
        .replace("\"Color\": \"#fff\",", "\"Color\": null,")
        .replace("\"MatchValues\": [\"female\", \"woman\"]", "\"MatchValues\": null")
        .replace(",\n  \"Documentation\": {\"URI\": \"https://example.org/codebook\"}", "");
    let scheme = parse_text(&text).unwrap();
    let code = &scheme.codes()[0];
    assert_eq!((&code.shortcut, &code.color, code.match_values.len()), (&None, &None, 0));
    assert_eq!(scheme.documentation, None);
}

fn parse_text(text: &str) -> Result<CodeScheme, SchemeFileError> {
    CodeScheme::parse(Path::new("gender.json"), text)
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let problems = parse_text(text).unwrap_err().into_problems();
    let found: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let expected: Vec<String> = expected.iter().map(|it| format!("gender.json, {it}")).collect();
    assert_eq!(found, expected);
}
