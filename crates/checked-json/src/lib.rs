//! JSON files read into types, every problem reported at once with its place in the file.
//!
//! A type that derives `Deserialize` and `JsonSchema` says what its file looks like. [`read`]
//! holds a [`Document`] against that schema, collects a [`Problem`] with JSON path, line and
//! column for all that differs, and only then reads the value. Checks of meaning that follow find
//! places by [`JsonPath`] with [`Document::error`] and [`Document::warning`].
//!
//! Schemas may use these keys of their own (with `#[schemars(extend(…))]`):
//!
//! - `format`: the name of one of the [`Formats`] given to [`read`];
//! - `x-also`: other spellings of the key;
//! - `x-ignored`: why the key is accepted and not used; its presence is a warning.

mod document;
mod nearest;
mod place;
mod problem;
mod shape;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use document::{Document, Member, Node, NodeValue, ReadError};
pub use nearest::nearest;
pub use place::{JsonPath, Place, Step};
pub use problem::{Problem, ProblemList, Severity};

/// Checks of texts by the name of their format.
#[derive(Clone, Copy)]
pub struct Formats(pub &'static [(&'static str, FormatCheck)]);

/// Says what is wrong with a text, if anything.
pub type FormatCheck = fn(&str) -> Result<(), FormatFault>;

/// Why a text does not follow its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatFault {
    /// What is wrong, with the text itself.
    pub message: String,
    /// What to try.
    pub hint: Option<String>,
}

/// Reads `document` into a `T`; the value is given only when no problem is an error.
pub fn read<T: DeserializeOwned + JsonSchema>(
    document: &Document,
    formats: Formats,
) -> (Option<T>, Vec<Problem>) {
    let mut problems = shape::check(document, &schema_of::<T>(), formats);
    if problems.iter().any(Problem::is_error) {
        return (None, problems);
    }
    match serde_json::from_str(document.text()) {
        Ok(value) => (Some(value), problems),
        Err(error) => {
            problems.push(document.serde_error(&error));
            (None, problems)
        }
    }
}

/// The JSON Schema of a `T`.
pub fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}
