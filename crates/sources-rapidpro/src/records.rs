//! What is kept of the server's runs and contacts: nothing that says who somebody is.
//!
//! Whatever else the server says of a run or contact is not read at all, or becomes a participant
//! id before it gets here.

use std::collections::BTreeMap;

use fetching::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use uuid_table::ParticipantUuid;

/// A run: one person's way through a flow.
///
/// Read from the server's answers, archives, our own raw files and those of the original alike;
/// names and URNs in them are skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawRun {
    /// Absent in raw files of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Box<str>>,
    /// Deprecated by the server, which may leave it out one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The flow.
    pub flow: Reference,
    /// The contact.
    pub contact: Reference,
    /// Whether the person answered anything.
    #[serde(default)]
    pub responded: Option<bool>,
    /// The answers, by key of the result.
    #[serde(default)]
    pub values: Answers,
    /// When the run began.
    pub created_on: Time,
    /// When the run last changed.
    pub modified_on: Time,
    /// When the run ended.
    #[serde(default)]
    pub exited_on: Option<Time>,
    /// How the run ended.
    #[serde(default)]
    pub exit_type: Option<Box<str>>,
    /// Whether it comes from an archive. Archives do not say how far the server's list was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_archived: bool,
}

/// An answer of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawValue {
    /// What the result is called.
    #[serde(default)]
    pub name: Text,
    /// What RapidPro made of the text.
    #[serde(default)]
    pub value: Text,
    /// The category that RapidPro put it in.
    #[serde(default)]
    pub category: Text,
    /// When it was given.
    #[serde(default)]
    pub time: Option<Time>,
    /// What the person typed, where the server says it; null when nobody typed this.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_said")]
    pub input: Option<Text>,
}

/// The answers of a run by key of the result, sorted, each key once.
///
/// A run has few answers and there are many runs: a list is a tenth of what a map would be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers(Box<[(Box<str>, RawValue)]>);

/// A text, or null. RapidPro gives nothing else; should it once, its JSON is the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Option<Box<str>>);

/// What the server refers to by its UUID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The UUID.
    pub uuid: Box<str>,
}

/// A contact, by the ids of the people it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawContact {
    /// RapidPro's UUID.
    pub uuid: String,
    /// When the contact last changed.
    pub modified_on: Time,
    /// Whether the contact was deleted in RapidPro.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deleted: bool,
    /// Whether the workspace hides how the contact is reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
    /// One per way to reach the contact, in the server's order: the preferred one first.
    pub addresses: Vec<Address>,
}

/// One way to reach a contact, without saying which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Who is reached.
    pub participant: ParticipantUuid,
    /// How, e.g. `tel`.
    pub scheme: String,
    /// The first five digits of a phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_digits: Option<String>,
}

impl RawContact {
    /// The address that says who the contact is: the first phone number, else the first.
    ///
    /// Whoever has a phone number is the same person in every workspace, whatever else reaches
    /// them.
    pub fn main_address(&self) -> Option<&Address> {
        let phone = self.addresses.iter().find(|address| address.scheme == "tel");
        phone.or_else(|| self.addresses.first())
    }
}

impl RawRun {
    /// Whether the server said what people typed; if not, its `value`s stand in.
    pub fn has_input(&self) -> bool {
        self.values.iter().any(|(_, value)| value.input.is_some())
    }
}

impl RawRun {
    /// Reads a run as the original wrote it: null stands there also for input that the server did
    /// not say.
    pub(crate) fn of_original(mut self) -> Self {
        let is_unsaid = |value: &RawValue| value.input.as_ref().is_none_or(|text| text.0.is_none());
        if self.values.iter().all(|(_, value)| is_unsaid(value)) {
            self.values.iter_mut().for_each(|(_, value)| value.input = None);
        }
        self
    }
}

impl Answers {
    /// The answer with this key.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        let place = self.0.binary_search_by(|(other, _)| (**other).cmp(key)).ok()?;
        Some(&self.0[place].1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answers with their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut RawValue)> {
        self.0.iter_mut().map(|(key, value)| (&**key, value))
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answers: Option<BTreeMap<Box<str>, RawValue>> = Option::deserialize(deserializer)?;
        Ok(Self(answers.unwrap_or_default().into_iter().collect()))
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Json::deserialize(deserializer)? {
            Json::Null => None,
            Json::String(text) => Some(text.into()),
            other => Some(other.to_string().into()),
        }))
    }
}

fn null_is_said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text>, D::Error> {
    Text::deserialize(deserializer).map(Some)
}
