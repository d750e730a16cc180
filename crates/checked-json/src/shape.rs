//! A document held against a JSON Schema.
//!
//! Knows the part of JSON Schema that `schemars` writes for serde types: types, properties,
//! required keys, lists, maps, enums, tagged objects, options, lengths and ranges.

use serde_json::Value;

use crate::{Document, FormatFault, Formats, JsonPath, Member, Node, NodeValue, Problem, nearest};

/// All differences between `document` and `schema`, in the order of the file.
pub(crate) fn check(document: &Document, schema: &Value, formats: Formats) -> Vec<Problem> {
    let mut checker = Checker { document, schema, formats, problems: Vec::new() };
    checker.value(document.top(), schema, &JsonPath::top());
    checker.problems.sort_by_key(|problem| problem.place.clone());
    checker.problems
}

struct Checker<'a> {
    document: &'a Document,
    /// The whole schema, for its definitions.
    schema: &'a Value,
    formats: Formats,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn value(&mut self, node: &Node, schema: &'a Value, path: &JsonPath) {
        let schema = self.resolve(schema);
        if let Some(alternatives) = list(schema, "anyOf") {
            return self.option(node, alternatives, path);
        }
        if let Some(variants) = list(schema, "oneOf") {
            return self.variants(node, variants, path);
        }
        if !self.has_allowed_type(node, schema, path) {
            return;
        }
        match &node.value {
            NodeValue::String(text) => self.text(node, text, schema, path),
            NodeValue::Number(number) => self.number(node, number, schema, path),
            NodeValue::Array(items) => {
                if let Some(item_schema) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.value(item, item_schema, &path.index(index));
                    }
                }
            }
            NodeValue::Object(members) => self.object(node, members, schema, path),
            NodeValue::Null | NodeValue::Bool(_) => {}
        }
    }

    /// `null` or a value of the one other alternative.
    fn option(&mut self, node: &Node, alternatives: &'a [Value], path: &JsonPath) {
        let is_null = |schema: &&Value| schema.get("type") == Some(&Value::from("null"));
        if matches!(node.value, NodeValue::Null) && alternatives.iter().any(|it| is_null(&it)) {
            return;
        }
        if let Some(schema) = alternatives.iter().find(|it| !is_null(it)) {
            self.value(node, schema, path);
        }
    }

    /// One of several texts, or one of several objects told apart by a tag.
    fn variants(&mut self, node: &Node, variants: &'a [Value], path: &JsonPath) {
        if variants.iter().all(|variant| variant.get("const").is_some()) {
            let names = variants.iter().filter_map(|variant| variant["const"].as_str());
            let NodeValue::String(text) = &node.value else {
                return self.wrong_type(node, "a text", path);
            };
            return self.one_of(node, text, &names.collect::<Vec<_>>(), path);
        }
        let NodeValue::Object(members) = &node.value else {
            return self.wrong_type(node, "an object", path);
        };
        let tags = variants.iter().filter_map(|variant| Some((tag_of(variant)?, variant)));
        let tags: Vec<_> = tags.collect();
        let Some(((tag_key, _), _)) = tags.first() else { return };
        let Some(member) = members.iter().find(|member| member.key == *tag_key) else {
            return self.push(node.offset, path, format!("missing key `{tag_key}`"));
        };
        let tag_path = path.key(*tag_key);
        let NodeValue::String(text) = &member.value.value else {
            return self.wrong_type(&member.value, "a text", &tag_path);
        };
        match tags.iter().find(|((_, tag), _)| tag == text) {
            Some((_, variant)) => self.value(node, variant, path),
            None => {
                let names: Vec<&str> = tags.iter().map(|((_, tag), _)| *tag).collect();
                self.one_of(&member.value, text, &names, &tag_path);
            }
        }
    }

    fn one_of(&mut self, node: &Node, text: &str, names: &[&str], path: &JsonPath) {
        if names.contains(&text) {
            return;
        }
        let message = format!("expected one of {}, found `{text}`", quoted(names));
        let problem = self.document.problem_at(path, node.offset, message);
        let problem = match nearest(text, names.iter().copied()) {
            Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
            _ => problem,
        };
        self.problems.push(problem);
    }

    fn has_allowed_type(&mut self, node: &Node, schema: &Value, path: &JsonPath) -> bool {
        let allowed: Vec<&str> = match schema.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let is_allowed = match &node.value {
            NodeValue::Null => allowed.contains(&"null"),
            NodeValue::Bool(_) => allowed.contains(&"boolean"),
            NodeValue::Number(number) => {
                allowed.contains(&"number") || (allowed.contains(&"integer") && is_whole(number))
            }
            NodeValue::String(_) => allowed.contains(&"string"),
            NodeValue::Array(_) => allowed.contains(&"array"),
            NodeValue::Object(_) => allowed.contains(&"object"),
        };
        if !is_allowed {
            let names = allowed.iter().filter(|name| **name != "null").map(|name| type_name(name));
            self.wrong_type(node, &names.collect::<Vec<_>>().join(" or "), path);
        }
        is_allowed
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Value, path: &JsonPath) {
        let length = text.chars().count() as u64;
        if schema.get("minLength").and_then(Value::as_u64).is_some_and(|minimum| length < minimum) {
            return self.push(node.offset, path, "expected a text, found an empty one".to_string());
        }
        if schema.get("maxLength").and_then(Value::as_u64).is_some_and(|maximum| maximum < length) {
            let maximum = &schema["maxLength"];
            let message = format!("expected at most {maximum} characters, found `{text}`");
            return self.push(node.offset, path, message);
        }
        if let Some(names) = list(schema, "enum") {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            return self.one_of(node, text, &names, path);
        }
        let format = schema.get("format").and_then(Value::as_str);
        let check = self.formats.0.iter().find(|(name, _)| Some(*name) == format);
        if let Some((_, check)) = check
            && let Err(FormatFault { message, hint }) = check(text)
        {
            let problem = self.document.problem_at(path, node.offset, message);
            self.problems.push(Problem { hint, ..problem });
        }
    }

    fn number(&mut self, node: &Node, number: &str, schema: &Value, path: &JsonPath) {
        let Ok(value) = number.parse::<f64>() else { return };
        let minimum = schema.get("minimum").and_then(Value::as_f64).unwrap_or(f64::NEG_INFINITY);
        let maximum = schema.get("maximum").and_then(Value::as_f64).unwrap_or(f64::INFINITY);
        if value < minimum || maximum < value {
            let expected = match (minimum.is_finite(), maximum.is_finite()) {
                (true, true) => format!("a number from {minimum} to {maximum}"),
                (true, false) => format!("a number of at least {minimum}"),
                _ => format!("a number of at most {maximum}"),
            };
            self.push(node.offset, path, format!("expected {expected}, found `{number}`"));
        }
    }

    fn object(&mut self, node: &Node, members: &[Member], schema: &'a Value, path: &JsonPath) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties: Vec<(&str, &'a Value)> =
            properties.into_iter().flatten().map(|(name, it)| (name.as_str(), it)).collect();
        let mut seen: Vec<&str> = Vec::new();
        for member in members {
            let path = path.key(member.key.as_str());
            let is_spelled = |name: &str, property: &Value| {
                name == member.key || has_spelling(property, &member.key)
            };
            let known = properties.iter().find(|(name, property)| is_spelled(name, property));
            match (known, schema.get("additionalProperties")) {
                (Some((name, _)), _) if seen.contains(name) => {
                    self.push(
                        member.key_offset,
                        &path,
                        format!("key `{}` given twice", member.key),
                    );
                }
                (Some((name, property)), _) => {
                    seen.push(name);
                    self.known_member(member, property, &path);
                }
                (None, Some(Value::Bool(false))) => {
                    seen.extend(self.unknown_key(member, &properties, &path));
                }
                (None, Some(schema @ Value::Object(_))) => self.value(&member.value, schema, &path),
                (None, _) => {}
            }
        }
        for key in list(schema, "required").into_iter().flatten().filter_map(Value::as_str) {
            if !seen.contains(&key) {
                let property = properties.iter().find(|(name, _)| *name == key);
                self.missing_key(node, key, property.map(|(_, property)| *property), path);
            }
        }
    }

    fn missing_key(&mut self, node: &Node, key: &str, property: Option<&Value>, path: &JsonPath) {
        let message = format!("missing key `{key}`");
        let problem = self.document.problem_at(path, node.offset, message);
        let problem = match property.and_then(description) {
            Some(text) => problem.hint(format!("`{key}`: {text}")),
            None => problem,
        };
        self.problems.push(problem);
    }

    fn known_member(&mut self, member: &Member, property: &'a Value, path: &JsonPath) {
        if let Some(reason) = property.get("x-ignored").and_then(Value::as_str) {
            let message = format!("key `{}` is not used", member.key);
            let problem = self.document.problem_at(path, member.key_offset, message);
            self.problems.push(problem.as_warning().hint(format!("leave it out: {reason}")));
            return;
        }
        self.value(&member.value, property, path);
    }

    /// Reports an unknown key; gives the known one that was probably meant.
    fn unknown_key(
        &mut self,
        member: &Member,
        properties: &[(&'a str, &'a Value)],
        path: &JsonPath,
    ) -> Option<&'a str> {
        let message = format!("unknown key `{}`", member.key);
        let problem = self.document.problem_at(path, member.key_offset, message);
        let (hint, meant) = match nearest(&member.key, properties.iter().map(|(name, _)| *name)) {
            Some((name, true)) => (format!("did you mean `{name}`?"), Some(name)),
            Some((name, false)) => (format!("the nearest known key is `{name}`"), None),
            None => ("no keys are known here".to_string(), None),
        };
        self.problems.push(problem.hint(hint));
        meant
    }

    fn wrong_type(&mut self, node: &Node, expected: &str, path: &JsonPath) {
        let found = match &node.value {
            NodeValue::Null => "`null`".to_string(),
            NodeValue::Bool(value) => format!("`{value}`"),
            NodeValue::Number(number) => format!("the number `{number}`"),
            NodeValue::String(_) => "a text".to_string(), // not shown: it could be a secret
            NodeValue::Array(_) => "a list".to_string(),
            NodeValue::Object(_) => "an object".to_string(),
        };
        self.push(node.offset, path, format!("expected {expected}, found {found}"));
    }

    fn push(&mut self, offset: usize, path: &JsonPath, message: String) {
        self.problems.push(self.document.problem_at(path, offset, message));
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str);
        let definition = name.and_then(|name| self.schema.pointer(name.strip_prefix('#')?));
        definition.unwrap_or(schema)
    }
}

/// The key and the text by which a variant is told from others.
fn tag_of(variant: &Value) -> Option<(&str, &str)> {
    let properties = variant.get("properties")?.as_object()?;
    properties
        .iter()
        .find_map(|(key, property)| Some((key.as_str(), property.get("const")?.as_str()?)))
}

fn has_spelling(property: &Value, key: &str) -> bool {
    list(property, "x-also").is_some_and(|spellings| spellings.iter().any(|it| it == key))
}

fn list<'a>(schema: &'a Value, key: &str) -> Option<&'a [Value]> {
    schema.get(key)?.as_array().map(Vec::as_slice)
}

/// The first sentence of the description, on one line.
fn description(schema: &Value) -> Option<String> {
    let text = schema.get("description")?.as_str()?.replace('\n', " ");
    let ends_sentence = |end: &usize| {
        let next = text[end + ". ".len()..].chars().next();
        next.is_none_or(char::is_uppercase) // not so after `e.g. `
    };
    let end = text.match_indices(". ").map(|(end, _)| end).find(ends_sentence);
    Some(text[..end.unwrap_or(text.len())].trim_end_matches('.').to_string())
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn is_whole(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn type_name(name: &str) -> &str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

#[cfg(test)]
mod tests;
