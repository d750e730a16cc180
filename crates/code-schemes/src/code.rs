//! One code of a scheme.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::CodeId;

/// One of the answers that a scheme can give to a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The id by which labels refer to the code.
    pub code_id: CodeId,
    /// Whether the code says something about the world or about the message.
    pub code_type: CodeType,
    /// The name shown to labellers.
    pub display_text: String,
    /// The code as a number, unique within the scheme; for ages, the age in whole years.
    pub numeric_value: i64,
    /// The code in CSV files and headers, unique within the scheme.
    pub string_value: String,
    /// Whether labellers may choose the code.
    pub visible_in_coda: bool,
    /// The key that chooses the code in Coda, one character.
    pub shortcut: Option<String>,
    /// The color of the code in Coda.
    pub color: Option<String>,
    /// What a cleaner or a plan calls the code; each is unique within the scheme.
    pub match_values: Vec<String>,
    /// Keys of the file that the pipeline does not know, kept for Coda.
    pub other_keys: Map<String, Value>,
}

impl Code {
    /// Whether the code says something about the world: neither a control nor a meta code.
    pub fn is_normal(&self) -> bool {
        matches!(self.code_type, CodeType::Normal)
    }

    /// The control code, if it is one.
    pub fn control_code(&self) -> Option<ControlCode> {
        match self.code_type {
            CodeType::Control(control_code) => Some(control_code),
            CodeType::Normal | CodeType::Meta(_) => None,
        }
    }

    /// The meta code, e.g. `greeting`, if it is one.
    pub fn meta_code(&self) -> Option<&str> {
        match &self.code_type {
            CodeType::Meta(meta_code) => Some(meta_code),
            CodeType::Normal | CodeType::Control(_) => None,
        }
    }
}

/// What a code speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CodeType {
    /// The subject of the question, e.g. `female`.
    Normal,
    /// The state of the answer, e.g. missing.
    Control(ControlCode),
    /// The kind of message, e.g. `greeting`.
    Meta(Arc<str>),
}

/// The state of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlCode {
    /// The person withdrew consent.
    Stop,
    /// The message was deleted.
    Deleted,
    /// There is no answer.
    TrueMissing,
    /// The question was skipped.
    Skipped,
    /// The answer contradicts another one.
    NotInternallyConsistent,
    /// The labels contradict each other.
    CodingError,
    /// Nobody has looked at the answer yet.
    NotReviewed,
    /// The answer fits no code.
    NotCoded,
    /// The answer belongs to another question.
    WrongScheme,
    /// The message came through another channel.
    NoiseOtherChannel,
}

impl ControlCode {
    /// All control codes.
    pub const ALL: [Self; 10] = [
        Self::Stop,
        Self::Deleted,
        Self::TrueMissing,
        Self::Skipped,
        Self::NotInternallyConsistent,
        Self::CodingError,
        Self::NotReviewed,
        Self::NotCoded,
        Self::WrongScheme,
        Self::NoiseOtherChannel,
    ];

    /// The control code as scheme files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Deleted => "DELETED",
            Self::TrueMissing => "NA",
            Self::Skipped => "NS",
            Self::NotInternallyConsistent => "NIC",
            Self::CodingError => "CE",
            Self::NotReviewed => "NR",
            Self::NotCoded => "NC",
            Self::WrongScheme => "WS",
            Self::NoiseOtherChannel => "NOC",
        }
    }
}

impl fmt::Display for ControlCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ControlCode {
    type Err = UnknownControlCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|control_code| control_code.as_str() == text);
        known.ok_or_else(|| UnknownControlCode(text.to_string()))
    }
}

/// The text is none of the control codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown control code `{0}`")]
pub struct UnknownControlCode(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_codes_read_back() {
        for control_code in ControlCode::ALL {
            assert_eq!(control_code.as_str().parse(), Ok(control_code));
        }
    }

    #[test]
    fn refuses_unknown_control_codes() {
        assert_eq!("nc".parse::<ControlCode>(), Err(UnknownControlCode("nc".to_string())));
    }
}
