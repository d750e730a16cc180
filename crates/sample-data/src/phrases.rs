//! What people of a country write: the file that `SampleTexts` of `country.json` names.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::SampleDataError;

/// Texts of a country without such a file.
const ENGLISH: &str = include_str!("../data/sample_texts.english.json");

/// What people write; `{}` in a text stands for what it is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Phrases {
    /// First digits of numbers, with how many people have such a number.
    pub(crate) prefixes: BTreeMap<String, u32>,
    /// First digits of numbers abroad, and of operators that nobody knows.
    pub(crate) foreign_prefixes: Vec<String>,
    /// How people are reached who have no number.
    pub(crate) apps: Vec<String>,
    /// How many of 1,000 people have no number. Left out: few.
    pub(crate) apps_per_mille: Option<u32>,
    pub(crate) man: Vec<String>,
    pub(crate) woman: Vec<String>,
    pub(crate) yes: Vec<String>,
    pub(crate) no: Vec<String>,
    pub(crate) ages: Vec<String>,
    /// Texts about a place of any level.
    pub(crate) places: Vec<String>,
    /// A text about a place of each level, smallest level first.
    pub(crate) levels: Vec<String>,
    /// Texts about anything else that one word answers.
    pub(crate) words: Vec<String>,
    /// Answers that need a human, and then mostly stay uncoded.
    pub(crate) unclear: Vec<String>,
    /// Texts about themes of a radio show, the usual ones first.
    pub(crate) opinions: Vec<String>,
    /// What stands between two themes.
    pub(crate) and: String,
    pub(crate) meaningless: Vec<String>,
    pub(crate) stop: Vec<String>,
    /// Texts by meta code; any other meta code is spelled out.
    pub(crate) meta: BTreeMap<String, Vec<String>>,
}

impl Phrases {
    /// Reads the texts of a country; `None` for one without texts.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, SampleDataError> {
        let phrases: Self = serde_json::from_str(text.unwrap_or(ENGLISH))
            .map_err(|source| SampleDataError::SampleTexts { source })?;
        let needed = [
            phrases.prefixes.is_empty(),
            phrases.foreign_prefixes.is_empty(),
            phrases.apps.is_empty(),
            phrases.meaningless.is_empty(),
        ];
        match needed.contains(&true) {
            true => Err(SampleDataError::TooFewSampleTexts),
            false => Ok(phrases),
        }
    }
}

/// The text about `what`.
pub(crate) fn about(text: &str, what: &str) -> String {
    text.replace("{}", what)
}
