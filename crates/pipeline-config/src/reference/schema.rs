//! JSON Schemas without the keys that only our own checks understand.

use serde_json::{Map, Value, json};

/// What a format of ours is as a pattern, as far as a pattern can say it.
const PATTERNS: [(&str, &str); 9] = [
    ("iso-time", r"^\d{4}.*(Z|z|[+-]\d{2}(:?\d{2})?)$"),
    ("gs-url", "^gs://[^/]+/.+"),
    ("gs-flow-url", r"^gs://[^/]+/(.*/)?[^/.][^/]*$"),
    ("bucket", r"^(gs://)?[A-Za-z0-9._-]+/?$"),
    ("object-path", ".+"),
    ("file-name", r"^[^/\\]+$"),
    ("domain", r"^(https?://\S+|[^/\s]+)$"),
    ("http-url", r"^https?://\S+"),
    ("graph-version", r"^v\d+\.\d+$"),
];

/// The schema for editors and other tools: formats as patterns, other spellings of keys as keys of
/// their own, unused keys as deprecated.
pub(super) fn for_editors(schema: Value) -> Value {
    match schema {
        Value::Object(object) => Value::Object(translate(object)),
        Value::Array(items) => items.into_iter().map(for_editors).collect(),
        other => other,
    }
}

fn translate(object: Map<String, Value>) -> Map<String, Value> {
    let choices = required_choices(&object);
    let mut translated = Map::new();
    for (key, value) in object {
        match (key.as_str(), &value) {
            ("x-also", _) => {}
            ("x-ignored", _) => {
                translated.insert("deprecated".to_string(), Value::Bool(true));
            }
            ("format", Value::String(name)) => {
                // Names of number types are not formats of JSON Schema.
                if let Some((_, pattern)) = PATTERNS.iter().find(|(known, _)| known == name) {
                    translated.insert("pattern".to_string(), json!(pattern));
                }
            }
            ("properties", Value::Object(properties)) => {
                let properties = properties.iter().flat_map(|(name, property)| {
                    let names = std::iter::once(name.clone()).chain(spellings(property));
                    names.map(|name| (name, for_editors(property.clone())))
                });
                translated.insert(key, Value::Object(properties.collect()));
            }
            ("required", Value::Array(names)) => {
                let is_plain = |name: &&Value| !choices.iter().any(|choice| choice.contains(name));
                translated.insert(key, names.iter().filter(is_plain).cloned().collect());
            }
            _ => {
                translated.insert(key, for_editors(value));
            }
        }
    }
    if !choices.is_empty() {
        let one_of = |choice: &Vec<Value>| -> Value {
            let options = choice.iter().map(|name| json!({ "required": [name] }));
            json!({ "oneOf": options.collect::<Vec<_>>() })
        };
        translated.insert("allOf".to_string(), choices.iter().map(one_of).collect());
    }
    translated
}

/// Of each required key with several spellings, these.
fn required_choices(object: &Map<String, Value>) -> Vec<Vec<Value>> {
    let Some(Value::Array(required)) = object.get("required") else { return Vec::new() };
    let spellings_of = |name: &Value| -> Vec<Value> {
        let property = object.get("properties").and_then(|it| it.get(name.as_str()?));
        let others = property.into_iter().flat_map(spellings).map(Value::from);
        std::iter::once(name.clone()).chain(others).collect()
    };
    required.iter().map(spellings_of).filter(|choice| 1 < choice.len()).collect()
}

/// Other spellings of a key.
pub(super) fn spellings(property: &Value) -> impl Iterator<Item = String> {
    let spellings = property.get("x-also").and_then(Value::as_array).into_iter().flatten();
    spellings.filter_map(Value::as_str).map(str::to_string)
}
