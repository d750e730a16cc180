//! Bytes made with Python 3.11's `json.dumps(…, sort_keys=True, indent=2, separators=(", ", ": "))`.

use super::*;
use crate::read_messages;

#[test]
fn writes_nothing_as_python_does() {
    check("[]", "[]");
}

#[test]
fn escapes_what_python_escapes() {
    check(
        r#"[{"MessageID": "m", "Labels": [], "CreationDateTimeUTC": "2021-08-29T00:00:00Z",
             "Text": "café 😀 \"q\" \\ / \t\n\r\b\f\u0001\u007f end"}]"#,
        concat!(
            "[\n",
            "  {\n",
            "    \"CreationDateTimeUTC\": \"2021-08-29T00:00:00Z\", \n",
            "    \"Labels\": [], \n",
            "    \"MessageID\": \"m\", \n",
            "    \"Text\": \"caf\\u00e9 \\ud83d\\ude00 \\\"q\\\" \\\\ / \\t\\n\\r\\b\\f\\u0001\\u007f end\"\n",
            "  }\n",
            "]",
        ),
    );
}

#[test]
fn sorts_keys_and_leaves_a_blank_after_commas() {
    check(
        r#"[{"SequenceNumber": 7, "MessageID": "m", "Text": "ok",
             "CreationDateTimeUTC": "2021-08-29T00:00:00+00:00",
             "LastUpdated": {"b": [1, {}], "a": null},
             "Labels": [
               {"SchemeID": "s", "CodeID": "c", "DateTimeUTC": "2021-08-29T00:00:00Z",
                "Checked": false, "Confidence": 1e-05, "LabelSet": 2,
                "Origin": {"OriginID": "o", "Name": "n", "OriginType": "Manual",
                           "Metadata": {"z": "1", "é": "2", "a": ""}}},
               {"SchemeID": "s", "CodeID": "c", "DateTimeUTC": "2021-08-29T00:00:00Z",
                "Confidence": 1,
                "Origin": {"OriginID": "o", "Name": "n", "OriginType": "Manual",
                           "Metadata": {}}}]}]"#,
        include_str!("python.json"),
    );
}

#[test]
fn writes_exports_as_codas_tool_does() {
    let messages = serde_json::from_str(r#"[{"b": ["é", {}, []], "a": {"d": 0.5, "c": null}}]"#);
    let mut written = Vec::new();
    crate::write_export(messages.unwrap(), &mut written).unwrap();
    // Python: print(json.dumps(messages, indent=2, sort_keys=True))
    let expected = concat!(
        "[\n  {\n    \"a\": {\n      \"c\": null,\n      \"d\": 0.5\n    },\n",
        "    \"b\": [\n      \"\\u00e9\",\n      {},\n      []\n    ]\n  }\n]\n",
    );
    assert_eq!(String::from_utf8(written).unwrap(), expected);

    let mut empty = Vec::new();
    crate::write_export(Vec::new(), &mut empty).unwrap();
    assert_eq!(empty, b"[]\n");
}

#[test]
fn writes_floats_as_python_does() {
    let table = [
        (0.0, "0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (0.95, "0.95"),
        (0.30000000000000004, "0.30000000000000004"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e-7, "1.5e-07"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.2345678901234568e17, "1.2345678901234568e+17"),
        (f64::MAX, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (-0.0, "-0.0"),
    ];
    for (value, expected) in table {
        assert_eq!(python_float(value), expected);
    }
}

#[track_caller]
fn check(json: &str, expected: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json).unwrap();
    let mut written = Vec::new();
    write_messages(&read_messages(file.path()).unwrap(), &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), expected);
}
