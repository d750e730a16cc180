//! A message in Coda and the labels it was given.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::{CodeId, MessageId, SchemeId};

/// The code id of a label by which a labeller took back an earlier one.
pub const MANUALLY_UNCODED: &str = "SPECIAL-MANUALLY_UNCODED";

/// A text to be labelled, with its labels.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CodaMessage {
    /// The id: the SHA-256 (hex) of the text.
    #[serde(rename = "MessageID")]
    pub message_id: MessageId,
    /// The text as the person wrote it.
    #[schemars(length(min = 1))]
    pub text: String,
    /// When the message was sent: ISO 8601 in UTC, spelled as in the file.
    #[serde(rename = "CreationDateTimeUTC")]
    #[schemars(extend("format" = "utc-time"))]
    pub creation_date_time_utc: String,
    /// The labels, newest first.
    pub labels: Vec<Label>,
    /// The place of the message in its dataset; given by Coda.
    pub sequence_number: Option<i64>,
    /// When Coda last changed the message, as Coda wrote it.
    pub last_updated: Option<Value>,
}

/// A code that someone or something gave to a message.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Label {
    /// The scheme, or one of its duplicates in Coda (see [`crate::CodeScheme::owns`]).
    #[serde(rename = "SchemeID")]
    pub scheme_id: SchemeId,
    /// The code, or [`MANUALLY_UNCODED`].
    #[serde(rename = "CodeID")]
    pub code_id: CodeId,
    /// When the label was given: ISO 8601 in UTC, spelled as in the file.
    #[serde(rename = "DateTimeUTC")]
    #[schemars(extend("format" = "utc-time"))]
    pub date_time_utc: String,
    /// Whether a person confirmed the label; `None` when nobody was asked.
    pub checked: Option<bool>,
    /// How sure the giver is, from 0 to 1.
    #[schemars(with = "Option<f64>", range(min = 0, max = 1))]
    pub confidence: Option<Number>,
    /// Which of several sets of labels this one belongs to.
    pub label_set: Option<i64>,
    /// Who or what gave the label.
    pub origin: Origin,
}

/// Who or what gave a label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Origin {
    /// The id of the giver, e.g. the e-mail address of a labeller or the name of a program.
    #[serde(rename = "OriginID")]
    #[schemars(length(min = 1))]
    pub origin_id: String,
    /// The name of the giver.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The kind of giver, e.g. `Manual` or `External`.
    #[schemars(length(min = 1))]
    pub origin_type: String,
    /// What else the giver said.
    pub metadata: Option<BTreeMap<String, String>>,
}
