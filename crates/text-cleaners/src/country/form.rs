//! The form of `country.json`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::locations::LocationLevel;

/// The words, places and telephone operators of a country.
///
/// Files are looked for beside this file, then among the word lists that come with the program.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "Country")]
pub(crate) struct CountryForm {
    /// Name of the country.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Time zone that people live in, e.g. `Europe/Athens`. Left out: UTC, unless the
    /// configuration says otherwise.
    #[schemars(extend("format" = "time-zone"))]
    pub(crate) time_zone: Option<String>,
    /// File that says which letters are heard alike, e.g. `sounds.swahili.txt`. Left out: only
    /// doubled letters are.
    #[schemars(length(min = 1))]
    pub(crate) sounds: Option<String>,
    /// Files with words that carry no code, such as `I am`.
    #[serde(default)]
    pub(crate) fillers: Vec<String>,
    /// Files with everyday words that are no misspelling of a listed word.
    #[serde(default)]
    pub(crate) common_words: Vec<String>,
    /// What coding plans can name as `Cleaner`.
    #[serde(default)]
    pub(crate) cleaners: Vec<CleanerForm>,
    /// Ranks of places, smallest first.
    #[serde(default)]
    pub(crate) location_levels: Vec<LocationLevel>,
    /// CSV file with the columns `level`, `code`, `parent_level`, `parent_code`: each place, and
    /// the place it lies in. A row of level `other name` is another name of its parent. Needed
    /// when there are `LocationLevels`.
    #[schemars(length(min = 1))]
    pub(crate) locations: Option<String>,
    /// CSV file with the columns `prefix`, `operator`, `place`: the first digits of numbers
    /// (country code first, at most 5) or another way to reach people (`whatsapp`), the operator,
    /// and the place that most of its customers live in, if there is one.
    #[schemars(length(min = 1))]
    pub(crate) operators: Option<String>,
    /// JSON file with what people of the country write, for made-up data (`sample-data`). Left
    /// out: made-up data is in English.
    #[schemars(length(min = 1))]
    pub(crate) sample_texts: Option<String>,
}

/// What a cleaner does with a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "Kind")]
#[schemars(rename = "Cleaner")]
pub(crate) enum CleanerForm {
    /// Gives the code whose words stand in the text.
    Words(WordsForm),
    /// Gives an age from 10 to 99, in digits or words.
    Age(AgeForm),
    /// Gives the operator of a telephone number.
    Operator(OperatorForm),
}

/// A cleaner that looks for words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "Words")]
pub(crate) struct WordsForm {
    /// Name of the cleaner in coding plans.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Files with lines `code: word, word`; codes are match values of a scheme. A text with words
    /// of several codes gets the code that stands first.
    pub(crate) files: Vec<String>,
    /// Cleaner of a more precise question: a text that it can code is left by this one.
    #[schemars(length(min = 1))]
    pub(crate) unless_cleaner: Option<String>,
}

/// A cleaner that reads ages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "Age")]
pub(crate) struct AgeForm {
    /// Name of the cleaner in coding plans.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Files with lines `number: word, word`; the words of `+` join tens and units.
    #[serde(default)]
    pub(crate) number_files: Vec<String>,
    /// Files with lines `age: word, word` and `other: word, word`: what numbers are counted in.
    #[serde(default)]
    pub(crate) unit_files: Vec<String>,
}

/// A cleaner that reads telephone numbers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "Operator")]
pub(crate) struct OperatorForm {
    /// Name of the cleaner in coding plans.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}

impl CleanerForm {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Words(form) => &form.name,
            Self::Age(form) => &form.name,
            Self::Operator(form) => &form.name,
        }
    }
}
