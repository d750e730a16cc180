//! The page that explains all keys.

use std::fmt::Write;

use serde_json::Value;

use super::schema::spellings;

const INTRODUCTION: &str = "\
<!-- Generated from doc comments: UPDATE_REFERENCE=1 cargo test -p pipeline-config reference -->

# Configuration reference

A project is a directory with three kinds of JSON files, and a fourth when it brings a country of its own.
`check-config <project>/pipeline_config.json` checks all of them together.
The same rules as JSON Schemas, for editors: \
[pipeline_config](pipeline_config.schema.json), [coding_plans](coding_plans.schema.json), \
[code_scheme](code_scheme.schema.json), [country](country.schema.json).

Times are ISO 8601 with an offset from UTC, such as `2021-08-29T00:00:00+03:00`; `T24:00:00` is \
midnight at the end of the day.
In `pipeline_config.json`, `coding_plans.json` and `country.json` a key that is not listed here is an error.
";

/// The page for files, each with its name and schema.
pub(super) fn render(files: &[(&str, &Value)]) -> String {
    let mut page = INTRODUCTION.to_string();
    for (name, schema) in files {
        write!(page, "\n## `{name}`\n").expect("writing to a string cannot fail");
        File { schema, page: &mut page }.render();
    }
    page
}

struct File<'a> {
    schema: &'a Value,
    page: &'a mut String,
}

impl File<'_> {
    fn render(mut self) {
        let schema = self.schema;
        self.add_object(schema);
        // In the order in which they are first mentioned.
        let mut names: Vec<String> = Vec::new();
        collect_references(schema, &mut names);
        let mut position = 0;
        while let Some(name) = names.get(position).cloned() {
            let definition = &schema["$defs"][&name];
            collect_references(definition, &mut names);
            if is_section(definition) {
                self.add(&format!("\n### {name}\n"));
                self.add_definition(definition);
            }
            position += 1;
        }
    }

    fn add(&mut self, text: &str) {
        self.page.push_str(text);
    }

    fn add_definition(&mut self, definition: &Value) {
        match definition.get("oneOf").and_then(Value::as_array) {
            None => self.add_object(definition),
            Some(variants) if variants.iter().all(|it| it.get("const").is_some()) => {
                self.add_description(definition);
                self.add("\n| Value | Meaning |\n|---|---|\n");
                for variant in variants {
                    let value = variant["const"].as_str().unwrap_or_default();
                    self.add(&format!("| `{value}` | {} |\n", in_cell(&description(variant))));
                }
            }
            Some(variants) => {
                self.add_description(definition);
                for variant in variants {
                    let tag = tag_of(variant).unwrap_or_default();
                    self.add(&format!("\n#### {tag}\n"));
                    self.add_object(variant);
                }
            }
        }
    }

    fn add_object(&mut self, object: &Value) {
        self.add_description(object);
        let required = object.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
        self.add("\n| Key | Value | Needed | Meaning |\n|---|---|---|---|\n");
        for (name, property) in object["properties"].as_object().into_iter().flatten() {
            let needed = if is_required(name) { "yes".to_string() } else { default_of(property) };
            let mut meaning = in_cell(&description(property));
            for spelling in spellings(property) {
                meaning += &format!(" Also read: `{spelling}`.");
            }
            let value = value_of(property);
            self.add(&format!("| `{name}` | {value} | {needed} | {meaning} |\n"));
        }
    }

    fn add_description(&mut self, schema: &Value) {
        let text = description(schema).replace(". ", ".\n");
        self.add(&format!("\n{text}\n"));
    }
}

/// Whether a definition is more than a name for a text.
fn is_section(definition: &Value) -> bool {
    definition.get("oneOf").is_some() || definition.get("properties").is_some()
}

/// The names of definitions that a schema mentions, each once, in order.
fn collect_references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value.as_str()) {
                    ("$defs", _) => {}
                    ("$ref", Some(reference)) => {
                        let name = reference.trim_start_matches("#/$defs/").to_string();
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    _ => collect_references(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, names)),
        _ => {}
    }
}

/// What a value looks like, in a few words.
fn value_of(property: &Value) -> String {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        return match reference.trim_start_matches("#/$defs/") {
            id @ ("SchemeId" | "CodeId") => format!("text ({id})"),
            name => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(alternatives) = property.get("anyOf").and_then(Value::as_array) {
        return alternatives.first().map(value_of).unwrap_or_default();
    }
    if let Some(tag) = property.get("const").and_then(Value::as_str) {
        return format!("`{tag}`");
    }
    if let Some(names) = property.get("enum").and_then(Value::as_array) {
        let names = names.iter().filter_map(Value::as_str).map(|name| format!("`{name}`"));
        return names.collect::<Vec<_>>().join(", ");
    }
    let format = property.get("format").and_then(Value::as_str).unwrap_or_default();
    let type_name = match &property["type"] {
        Value::Array(names) => names.first().and_then(Value::as_str).unwrap_or_default(),
        other => other.as_str().unwrap_or_default(),
    };
    match (type_name, format) {
        (_, "iso-time") => "time".to_string(),
        (_, "gs-url" | "gs-flow-url") => "`gs://` URL".to_string(),
        (_, "bucket") => "bucket".to_string(),
        (_, "object-path") => "path".to_string(),
        (_, "file-name") => "file name".to_string(),
        (_, "domain") => "host or URL".to_string(),
        (_, "http-url") => "URL".to_string(),
        (_, "graph-version") => "version".to_string(),
        ("array", _) => match value_of(&property["items"]) {
            link if link.starts_with('[') => format!("list of {link}"),
            item => format!("list of {item}s"),
        },
        ("integer", _) => "whole number".to_string(),
        ("number", _) => "number".to_string(),
        ("boolean", _) => "`true` or `false`".to_string(),
        ("string", _) => "text".to_string(),
        _ => "anything".to_string(),
    }
}

/// Says that a key may be left out, and what it is then.
fn default_of(property: &Value) -> String {
    match property.get("default") {
        None => "no".to_string(),
        Some(Value::Array(items)) if items.is_empty() => "no".to_string(),
        Some(Value::String(text)) => format!("no, `{text}`"),
        Some(value) => format!("no, `{value}`"),
    }
}

fn tag_of(variant: &Value) -> Option<&str> {
    variant["properties"].as_object()?.values().find_map(|it| it.get("const")?.as_str())
}

/// The description on one line.
fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}
