//! Trees equal to what serde_json reads, and places that a person would point at.

use serde_json::Value;

use super::*;

#[test]
fn reads_what_serde_json_reads() {
    for text in [
        "null",
        " [ ] ",
        "{}",
        "[true, false, null, 0, -1.5e+3, 12E-2]",
        r#"{"a": {"b": [1, {"c": ""}]}, "": "x"}"#,
        r#"["\"quoted\"", "back\\slash\\", "line\n\ttab", "\u00e9\ud83d\ude00é😀"]"#,
        "{\r\n\t\"a\"\t:\r\n1}",
        r#"{"a": 1, "a": 2}"#,
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        let document = Document::parse(Path::new("file.json"), text.to_string()).unwrap();
        assert_eq!(to_value(document.top()), expected, "text: {text}");
    }
}

#[test]
fn counts_lines_from_one_and_columns_in_characters() {
    let text = "{\n  \"é😀\": [1,\n    {\"b\": 2}]}";
    let document = Document::parse(Path::new("file.json"), text.to_string()).unwrap();
    let check = |path: &JsonPath, expected: &str| {
        assert_eq!(document.error(path, "wrong").to_string(), expected);
    };
    let list = JsonPath::top().key("é😀");
    check(&JsonPath::top(), "file.json, line 1, column 1: wrong");
    check(&list.index(0), "file.json, line 2, column 10, `[\"é😀\"][0]`: wrong");
    check(&list.index(1).key("b"), "file.json, line 3, column 11, `[\"é😀\"][1].b`: wrong");
}

#[test]
fn points_at_what_is_nearest_when_the_path_ends_early() {
    let text = "{\"a\":\n {\"b\": 1}}";
    let document = Document::parse(Path::new("file.json"), text.to_string()).unwrap();
    let path = JsonPath::top().key("a").key("c");
    assert_eq!(
        document.error(&path, "wrong").to_string(),
        "file.json, line 2, column 2, `a.c`: wrong"
    );
}

#[test]
fn says_where_text_is_not_json() {
    let problem = Document::parse(Path::new("file.json"), "{\"a\": 1,\n}".to_string()).unwrap_err();
    assert_eq!(problem.to_string(), "file.json, line 2, column 1: expected JSON: trailing comma");
}

#[test]
fn says_where_bytes_are_not_text() {
    let bytes = b"{\"a\":\n  \"caf\xe9\"}".to_vec();
    let problem = Document::from_bytes(Path::new("file.json"), bytes).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "file.json, line 2, column 7: expected UTF-8, found other bytes"
    );
}

fn to_value(node: &Node) -> Value {
    match &node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Bool(value) => Value::Bool(*value),
        NodeValue::Number(number) => serde_json::from_str(number).unwrap(),
        NodeValue::String(text) => Value::String(text.clone()),
        NodeValue::Array(items) => items.iter().map(to_value).collect(),
        NodeValue::Object(members) => {
            members.iter().map(|member| (member.key.clone(), to_value(&member.value))).collect()
        }
    }
}
