//! Values of fields, with the types that Firestore has.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde_json::{Map, Number, Value as Json, json};

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Double(f64),
    /// A point in time, to the microsecond.
    Timestamp(DateTime<Utc>),
    /// A text.
    String(String),
    /// Bytes, in Base64.
    Bytes(String),
    /// The resource name of another document.
    Reference(String),
    /// A point on the Earth.
    GeoPoint {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// A list.
    Array(Vec<Value>),
    /// Named values.
    Map(Fields),
}

/// Named values, by name.
pub type Fields = BTreeMap<String, Value>;

/// A JSON value is not one of Firestore's typed values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a typed value such as `{{\"stringValue\": …}}`, found {found}")]
pub struct BadValue {
    /// The type that was found, or what kind of JSON.
    pub found: String,
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one; other programs write whole numbers as doubles too.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "a cast of a double saturates")]
            Self::Double(number) if number.fract() == 0.0 => Some(*number as i64),
            _ => None,
        }
    }

    /// Whether it is true or false, if it is either.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The named values, if it has them.
    pub fn as_map(&self) -> Option<&Fields> {
        match self {
            Self::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The value in the JSON of Firestore's REST interface, which keeps its type.
    pub fn to_typed_json(&self) -> Json {
        match self {
            Self::Null => json!({ "nullValue": null }),
            Self::Bool(bool) => json!({ "booleanValue": bool }),
            Self::Integer(number) => json!({ "integerValue": number.to_string() }),
            Self::Double(number) => json!({ "doubleValue": double_to_json(*number) }),
            Self::Timestamp(instant) => json!({ "timestampValue": format_timestamp(instant) }),
            Self::String(text) => json!({ "stringValue": text }),
            Self::Bytes(base64) => json!({ "bytesValue": base64 }),
            Self::Reference(name) => json!({ "referenceValue": name }),
            Self::GeoPoint { latitude, longitude } => {
                json!({ "geoPointValue": { "latitude": latitude, "longitude": longitude } })
            }
            Self::Array(items) if items.is_empty() => json!({ "arrayValue": {} }),
            Self::Array(items) => {
                let items: Vec<Json> = items.iter().map(Self::to_typed_json).collect();
                json!({ "arrayValue": { "values": items } })
            }
            Self::Map(fields) if fields.is_empty() => json!({ "mapValue": {} }),
            Self::Map(fields) => json!({ "mapValue": { "fields": fields_to_typed_json(fields) } }),
        }
    }

    /// The value from the JSON of Firestore's REST interface.
    ///
    /// # Errors
    ///
    /// [`BadValue`].
    pub fn from_typed_json(json: &Json) -> Result<Self, BadValue> {
        let object = json.as_object().filter(|object| object.len() == 1);
        let Some((kind, content)) = object.and_then(|object| object.iter().next()) else {
            return Err(BadValue { found: kind_of_json(json).to_owned() });
        };
        let bad = || BadValue { found: format!("`{kind}` with {}", kind_of_json(content)) };
        let text = || content.as_str().map(str::to_owned).ok_or_else(bad);
        match kind.as_str() {
            "nullValue" => Ok(Self::Null),
            "booleanValue" => content.as_bool().map(Self::Bool).ok_or_else(bad),
            "integerValue" => {
                let number = content.as_i64();
                let number = number.or_else(|| content.as_str()?.parse().ok());
                number.map(Self::Integer).ok_or_else(bad)
            }
            "doubleValue" => double_from_json(content).map(Self::Double).ok_or_else(bad),
            "timestampValue" => {
                let instant = content.as_str().and_then(parse_timestamp);
                instant.map(Self::Timestamp).ok_or_else(bad)
            }
            "stringValue" => text().map(Self::String),
            "bytesValue" => text().map(Self::Bytes),
            "referenceValue" => text().map(Self::Reference),
            "geoPointValue" => {
                // Zeros are left out.
                let degrees = |key: &str| content[key].as_f64().unwrap_or_default();
                let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
                Ok(Self::GeoPoint { latitude, longitude })
            }
            "arrayValue" => {
                let items = content["values"].as_array().into_iter().flatten();
                items.map(Self::from_typed_json).collect::<Result<_, _>>().map(Self::Array)
            }
            "mapValue" => fields_from_typed_json(&content["fields"]).map(Self::Map),
            _ => Err(BadValue { found: format!("the type `{kind}`") }),
        }
    }

    /// The value in plain JSON, as the tools of Coda write it: timestamps as ISO 8601 with six
    /// digits of microseconds. Types beyond JSON's are lost.
    pub fn to_plain_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Integer(number) => Json::from(*number),
            Self::Double(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Self::Timestamp(instant) => {
                Json::String(iso_time::format_utc_micros(&instant.fixed_offset()))
            }
            Self::String(text) | Self::Bytes(text) | Self::Reference(text) => {
                Json::String(text.clone())
            }
            Self::GeoPoint { latitude, longitude } => {
                json!({ "latitude": latitude, "longitude": longitude })
            }
            Self::Array(items) => items.iter().map(Self::to_plain_json).collect(),
            Self::Map(fields) => fields_to_plain_json(fields).into(),
        }
    }

    /// The value of plain JSON; every text becomes a text, also one that is a time.
    pub fn from_plain_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Integer(number),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::String(text.clone()),
            Json::Array(items) => Self::Array(items.iter().map(Self::from_plain_json).collect()),
            Json::Object(object) => Self::Map(
                object
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from_plain_json(value)))
                    .collect(),
            ),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<DateTime<Utc>> for Value {
    /// Cut to the microsecond, as Firestore does.
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Timestamp(instant.trunc_subsecs(6))
    }
}

/// Fields in the JSON of Firestore's REST interface.
pub fn fields_to_typed_json(fields: &Fields) -> Json {
    let object: Map<String, Json> =
        fields.iter().map(|(key, value)| (key.clone(), value.to_typed_json())).collect();
    Json::Object(object)
}

/// Fields from the JSON of Firestore's REST interface, where `null` is no fields.
///
/// # Errors
///
/// [`BadValue`].
pub fn fields_from_typed_json(json: &Json) -> Result<Fields, BadValue> {
    match json {
        Json::Null => Ok(Fields::new()),
        Json::Object(object) => object
            .iter()
            .map(|(key, value)| Ok((key.clone(), Value::from_typed_json(value)?)))
            .collect(),
        other => Err(BadValue { found: kind_of_json(other).to_owned() }),
    }
}

fn fields_to_plain_json(fields: &Fields) -> Map<String, Json> {
    fields.iter().map(|(key, value)| (key.clone(), value.to_plain_json())).collect()
}

/// The timestamp in the one spelling that sorts as the instants do.
pub(crate) fn format_timestamp(instant: &DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(crate) fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(instant.to_utc().trunc_subsecs(6))
}

fn double_to_json(number: f64) -> Json {
    let special = if number.is_nan() {
        "NaN"
    } else if number == f64::INFINITY {
        "Infinity"
    } else {
        "-Infinity"
    };
    Number::from_f64(number).map_or_else(|| special.into(), Json::Number)
}

fn double_from_json(json: &Json) -> Option<f64> {
    match json.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => json.as_f64(),
    }
}

fn kind_of_json(json: &Json) -> &'static str {
    match json {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_typed_json() {
        let instant = parse_timestamp("2021-06-01T08:00:00.123456Z").unwrap();
        let fields = Fields::from([("a".to_owned(), Value::Null)]);
        for value in [
            Value::Null,
            Value::Bool(true),
            Value::Integer(i64::MIN),
            Value::Double(1.0),
            Value::Double(f64::NEG_INFINITY),
            Value::Timestamp(instant),
            Value::from("2021-06-01T08:00:00Z"),
            Value::Bytes("AAE=".to_owned()),
            Value::Reference("projects/p/databases/(default)/documents/a/b".to_owned()),
            Value::GeoPoint { latitude: 2.5, longitude: 0.0 },
            Value::Array(vec![]),
            Value::Array(vec![Value::Integer(1), Value::Map(fields.clone())]),
            Value::Map(Fields::new()),
            Value::Map(fields),
        ] {
            assert_eq!(Value::from_typed_json(&value.to_typed_json()), Ok(value));
        }
        let nan = Value::from_typed_json(&Value::Double(f64::NAN).to_typed_json());
        assert!(matches!(nan, Ok(Value::Double(number)) if number.is_nan()));
    }

    #[test]
    fn timestamps_in_any_spelling_become_one() {
        for text in ["2021-06-01T08:00:00Z", "2021-06-01T08:00:00.000000000Z"] {
            let json = json!({ "timestampValue": text });
            let value = Value::from_typed_json(&json).unwrap();
            assert_eq!(value.to_typed_json()["timestampValue"], "2021-06-01T08:00:00.000000Z");
            assert_eq!(value.to_plain_json(), "2021-06-01T08:00:00.000000+00:00");
        }
    }

    #[test]
    fn refuses_what_is_no_typed_value() {
        for json in [
            json!("a"),
            json!({}),
            json!({ "integerValue": "1.5" }),
            json!({ "timestampValue": "yesterday" }),
            json!({ "vectorValue": [] }),
            json!({ "stringValue": "a", "integerValue": "1" }),
        ] {
            assert!(Value::from_typed_json(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn plain_json_keeps_whole_numbers_apart() {
        let value = Value::from_plain_json(&json!({"a": [1, 1.0, "2021-06-01T08:00:00Z", null]}));
        assert_eq!(
            value.to_plain_json().to_string(),
            r#"{"a":[1,1.0,"2021-06-01T08:00:00Z",null]}"#
        );
    }
}
