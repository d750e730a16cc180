//! One value of a line, without reading the rest of it.

use std::borrow::Cow;

use crate::TOMBSTONE;
use crate::json::{JsonError, Parser};
use crate::read::{LineError, utf8};

/// The latest value of `key` in the object that a line holds; `None` when it is hidden, was never
/// set, or is no string.
///
/// Nothing is verified, and most of the line is only skipped: for sorting lines by a key before
/// [`parse_line`](crate::parse_line) reads them.
///
/// # Errors
///
/// [`LineError`] when the line is not JSON of the expected shape; a damaged line can also pass.
pub fn peek_text<'a>(line: &'a [u8], key: &str) -> Result<Option<Cow<'a, str>>, LineError> {
    let mut parser = Parser::new(utf8(line)?);
    let found = peek_history(&mut parser, key)?;
    parser.end()?;
    Ok(found.flatten())
}

/// What an update says of a key: a text, or that it is hidden or something else than a text.
type Said<'a> = Option<Cow<'a, str>>;

/// `None` when no update says anything.
fn peek_history<'a>(parser: &mut Parser<'a>, key: &str) -> Result<Option<Said<'a>>, LineError> {
    let mut found = None;
    parser.array(|parser| match found {
        // Newest first: older updates are of no interest.
        Some(_) => Ok(parser.skip()?),
        None => {
            found = peek_update(parser, key)?;
            Ok::<_, LineError>(())
        }
    })?;
    Ok(found)
}

fn peek_update<'a>(parser: &mut Parser<'a>, key: &str) -> Result<Option<Said<'a>>, LineError> {
    let mut own = None;
    let mut nested: Option<(String, Said<'a>)> = None;
    parser.object(|parser, part| match part {
        "Data" => parser.object(|parser, name| {
            if name == key {
                own = Some(said(parser)?);
                return Ok(());
            }
            Ok::<_, LineError>(parser.skip()?)
        }),
        "NestedTracedData" => parser.object(|parser, name| {
            if let Some(said) = peek_history(parser, key)? {
                // Nested objects take effect in the order of their keys.
                match &nested {
                    Some((last, _)) if name < last.as_str() => {}
                    _ => nested = Some((name.to_owned(), said)),
                }
            }
            Ok::<_, LineError>(())
        }),
        _ => Ok(parser.skip()?),
    })?;
    Ok(own.or(nested.map(|(_, said)| said)))
}

fn said<'a>(parser: &mut Parser<'a>) -> Result<Said<'a>, JsonError> {
    match parser.is_at_string() {
        true => Ok(Some(parser.string()?).filter(|text| text != TOMBSTONE)),
        false => parser.skip().map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Changes, Key, Metadata, TracedData, Value, serialize_line};

    #[test]
    fn finds_the_latest_value() {
        check(&[Changes::new().set("a", "1")], Some("1"));
        check(&[Changes::new().set("a", "1"), Changes::new().set("a", "é\"2")], Some("é\"2"));
        check(
            &[Changes::new().set("a", "1"), Changes::new().set("b", "{\"a\": \"3\"}")],
            Some("1"),
        );
    }

    #[test]
    fn finds_nothing_where_there_is_none() {
        let mut hidden = Changes::new();
        hidden.hide(Key::new("a"));
        check(&[Changes::new().set("a", "1"), hidden], None);
        check(&[Changes::new().set("b", "1")], None);
        check(&[Changes::new().set("a", "1"), Changes::new().set("a", 2_i64)], None);
    }

    #[test]
    fn looks_into_nested_objects() {
        let object = |text: &str| TracedData::new(Changes::new().set("a", text), &metadata());
        let mut changes = Changes::new();
        changes.nest(Key::new("n"), object("nested"));
        check(&[Changes::new().set("b", "1"), changes], Some("nested"));
    }

    #[test]
    fn says_what_is_wrong_with_a_line() {
        assert!(peek_text(b"[{\"Data\": {\"b\": \"1", "a").unwrap_err().is_cut_short());
        assert!(matches!(peek_text(b"[\xff]", "a"), Err(LineError::NotUtf8 { byte: 2 })));
    }

    #[track_caller]
    fn check(updates: &[Changes], expected: Option<&str>) {
        let mut object = TracedData::new(updates[0].clone(), &metadata());
        for changes in &updates[1..] {
            object.append(changes.clone(), &metadata()).unwrap();
        }
        let mut line = Vec::new();
        serialize_line(object.history(), &mut line);
        assert_eq!(peek_text(&line, "a").unwrap().as_deref(), expected);
        let latest = object.get(Key::new("a")).and_then(Value::as_str);
        assert_eq!(latest, expected, "the object itself says otherwise");
    }

    fn metadata() -> Arc<Metadata> {
        Arc::new(Metadata::new("ann", "tests::peek", "2021-09-01T10:00:00+00:00"))
    }
}
