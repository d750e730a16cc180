//! Files of messages, good and bad; each is read by the fast and by the slow pass.

use super::*;

const GOOD: &str = r#"[
  {
    "MessageID": "m1",
    "Text": "hello",
    "CreationDateTimeUTC": "2021-08-29T00:00:00+00:00",
    "SequenceNumber": 4,
    "LastUpdated": "2022-01-01T00:00:00.000Z",
    "Labels": [
      {
        "SchemeID": "Scheme-1",
        "CodeID": "code-1",
        "DateTimeUTC": "2021-08-30T00:00:00Z",
        "Checked": true,
        "Confidence": 0.5,
        "LabelSet": 1,
        "Origin": {"OriginID": "o", "Name": "n", "OriginType": "Manual", "Metadata": {"k": "v"}}
      }
    ]
  }
]"#;

#[test]
fn reads_all_of_a_message() {
    let message = &read(GOOD).unwrap()[0];
    assert_eq!(message.message_id, "m1");
    assert_eq!(message.sequence_number, Some(4));
    assert_eq!(message.last_updated, Some("2022-01-01T00:00:00.000Z".into()));
    let label = &message.labels[0];
    assert_eq!(label.code_id, "code-1");
    assert_eq!(label.checked, Some(true));
    assert_eq!(label.origin.metadata.as_ref().unwrap()["k"], "v");
}

#[test]
fn reads_labels_without_checked() {
    let messages = read(&GOOD.replace("\"Checked\": true,", "")).unwrap();
    assert_eq!(messages[0].labels[0].checked, None);
    let messages = read(&GOOD.replace("\"Checked\": true,", "\"Checked\": null,")).unwrap();
    assert_eq!(messages[0].labels[0].checked, None);
}

#[test]
fn ignores_keys_that_coda_adds() {
    let added = GOOD.replace("\"Text\":", "\"Starred\": {\"by\": []}, \"Text\":");
    assert_eq!(read(&added).unwrap(), read(GOOD).unwrap());
}

#[test]
fn says_where_keys_are_missing() {
    check(
        &GOOD.replace("\"CodeID\": \"code-1\",", ""),
        "line 9, column 7, `[0].Labels[0]`: missing key `CodeID` (message `m1`)",
    );
}

#[test]
fn says_what_type_was_expected() {
    check(
        &GOOD.replace("true", "\"yes\""),
        "line 13, column 20, `[0].Labels[0].Checked`: expected `true` or `false`, found a text (message `m1`)",
    );
    check(
        &GOOD.replace("\"Confidence\": 0.5", "\"Confidence\": 1.5"),
        "line 14, column 23, `[0].Labels[0].Confidence`: expected a number from 0 to 1, found `1.5` (message `m1`)",
    );
    check(
        &GOOD.replace("\"LabelSet\": 1", "\"LabelSet\": 1.0"),
        "line 15, column 21, `[0].Labels[0].LabelSet`: expected a whole number, found the number `1.0` (message `m1`)",
    );
    check(
        &GOOD.replace("\"v\"", "5"),
        "line 16, column 92, `[0].Labels[0].Origin.Metadata.k`: expected a text, found the number `5` (message `m1`)",
    );
}

#[test]
fn refuses_empty_texts() {
    check(
        &GOOD.replace("hello", ""),
        "line 4, column 13, `[0].Text`: expected a text, found an empty one (message `m1`)",
    );
    check(
        &GOOD.replace("Scheme-1", ""),
        "line 10, column 21, `[0].Labels[0].SchemeID`: expected a text, found an empty one (message `m1`)",
    );
    check(
        &GOOD.replace("\"n\"", "\"\""),
        "line 16, column 45, `[0].Labels[0].Origin.Name`: expected a text, found an empty one (message `m1`)",
    );
}

#[test]
fn asks_for_times_in_utc() {
    check(
        &GOOD.replace("00:00:00+00:00", "03:00:00+03:00"),
        "line 5, column 28, `[0].CreationDateTimeUTC`: expected a time in UTC, found `2021-08-29T03:00:00+03:00` (message `m1`)",
    );
    check(
        &GOOD.replace("2021-08-30T00:00:00Z", "2021-08-30"),
        "line 12, column 24, `[0].Labels[0].DateTimeUTC`: expected a time with a UTC offset, found `2021-08-30` (message `m1`)",
    );
}

#[test]
fn reports_all_problems_together() {
    let bad =
        GOOD.replace("true", "1").replace("\"o\"", "\"\"").replace("\"Text\": \"hello\",", "");
    assert_eq!(read(&bad).unwrap_err().len(), 3);
}

#[test]
fn refuses_what_is_not_json() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[{\n]").unwrap();
    let error = read_messages(file.path()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.ends_with(", line 2, column 1: expected JSON: key must be a string"),
        "{source}"
    );
}

#[test]
fn says_which_stage_makes_a_missing_file() {
    let error = read_messages(Path::new("no such file.json")).unwrap_err();
    assert_eq!(error.to_string(), "could not read Coda messages from `no such file.json`");
    assert_eq!(error.hint().unwrap(), "stage 1 (`1_coda_get.sh`) downloads it");
}

#[test]
fn shows_no_more_problems_than_a_person_reads() {
    let bad = format!("[{}]", vec!["{}"; 30].join(","));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bad).unwrap();
    let error = read_messages(file.path()).unwrap_err();
    assert_eq!(error.to_string().lines().filter(|line| line.starts_with("- ")).count(), 20);
    assert!(error.hint().unwrap().starts_with("100 more problems"));
}

/// Reads with both passes, which must agree.
fn read(text: &str) -> Result<Vec<CodaMessage>, Vec<Problem>> {
    let fast = serde_json::from_str::<Vec<CodaMessage>>(text).ok();
    let fast = fast.filter(|messages| messages.iter().all(is_valid));
    let document = Document::parse(Path::new("dataset.json"), text.to_string()).unwrap();
    let slow = read_explaining(&document);
    assert_eq!(fast.as_ref(), slow.as_ref().ok(), "the fast and the slow pass differ");
    slow
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let problems = read(text).unwrap_err();
    let found: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(found, [format!("dataset.json, {expected}")]);
}
