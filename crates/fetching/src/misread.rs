//! Answers of servers, read; when that fails, named without being quoted.
//!
//! The messages of `serde_json` quote what they found, which could be a phone number or a name. So
//! they are not shown: an error says which item was odd, and where.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;

/// Why an answer cannot be understood, without quoting it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// HTML, or a text for people.
    #[error("the answer is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where it stops being JSON.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The answer stops in the middle.
    #[error("the answer is cut short")]
    CutShort,
    /// JSON of another shape.
    #[error("the answer is not of the form that was expected (line {line}, column {column})")]
    OtherShape {
        /// Where it was noticed.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// One item of a page has another shape.
    #[error("item {number} of the page{} is not of the form that was expected", of(.id))]
    OtherItem {
        /// Its place on the page, from 1.
        number: usize,
        /// Its id, where it has one that can be shown.
        id: Option<String>,
    },
}

/// Reads an answer.
///
/// # Errors
///
/// [`Misread`].
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Misread> {
    serde_json::from_slice(bytes).map_err(|error| misread(&error))
}

/// The first of `items` that is no `T`; `show_id` gives its id if that can be shown.
pub fn odd_item<T: DeserializeOwned>(
    items: &[Value],
    show_id: impl Fn(&Value) -> Option<String>,
) -> Option<Misread> {
    let (place, item) =
        items.iter().enumerate().find(|(_, item)| T::deserialize(*item).is_err())?;
    Some(Misread::OtherItem { number: place + 1, id: show_id(item) })
}

/// Whether a body is JSON, as those of interfaces are, and not a page for people.
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

fn misread(error: &serde_json::Error) -> Misread {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Syntax => Misread::NotJson { line, column },
        Category::Eof => Misread::CutShort,
        Category::Data | Category::Io => Misread::OtherShape { line, column },
    }
}

fn of(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_answer_is_named_and_not_quoted() {
        check("<html>+252610000099", "the answer is not JSON (line 1, column 1)");
        check("[1, 2", "the answer is cut short");
        check(
            r#""+252610000099""#,
            "the answer is not of the form that was expected (line 1, column 15)",
        );
    }

    #[test]
    fn an_odd_item_is_named_by_its_place() {
        let items = [Value::from(1), Value::from("+252610000099")];
        let misread = odd_item::<u64>(&items, |_| None).unwrap();
        assert_eq!(misread.to_string(), "item 2 of the page is not of the form that was expected");
        assert_eq!(odd_item::<Value>(&items, |_| None), None);
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let misread = read_json::<Vec<u64>>(body.as_bytes()).unwrap_err();
        assert_eq!(misread.to_string(), expected);
        assert!(!format!("{misread:?}").contains("25261"), "{misread:?}");
    }
}
