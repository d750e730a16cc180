//! Round trips, damaged files, and files that Python reads and writes.

use proptest::prelude::*;

use super::*;
use crate::{Changes, TracedData, serialize_line, write_jsonl};

fn person() -> History {
    let metadata = Arc::new(Metadata::new("ann", "tests::new", "2021-09-01T10:00:00+00:00"));
    let survey = TracedData::new(Changes::new().set("age", "24"), &metadata);
    let mut person = TracedData::new(Changes::new().set("text", "haa 🙏\n"), &metadata);
    let mut changes = Changes::new().set("run", 7_i64);
    changes.nest(Key::new("survey"), survey);
    person.append(changes, &metadata).expect("no key in common");
    person.into_history()
}

fn line() -> Vec<u8> {
    let mut line = Vec::new();
    serialize_line(&person(), &mut line);
    line.pop();
    line
}

#[test]
fn what_was_written_is_read_again() {
    assert_eq!(parse_line(&line()), Ok(person()));
}

#[test]
fn every_cut_line_is_noticed() {
    let line = line();
    for length in 1..line.len() {
        assert!(parse_line(&line[..length]).unwrap_err().is_cut_short(), "cut at {length}");
    }
}

#[test]
fn an_edited_line_is_noticed() {
    let text = String::from_utf8(line()).unwrap();
    for (from, to, update) in [("haa", "maya", 2), (r#""run": 7"#, r#""run": 8"#, 1)] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        let expected = LineError::BrokenChain { update, n_updates: 2 };
        assert_eq!(parse_line(edited.as_bytes()), Err(expected));
    }
    let nested = text.replacen(r#""age": "24""#, r#""age": "25""#, 1);
    let expected = LineError::BrokenChain { update: 1, n_updates: 1 };
    assert_eq!(parse_line(nested.as_bytes()), Err(expected));
}

#[test]
fn errors_name_file_and_line() {
    let mut file = line();
    file.push(b'\n');
    file.extend_from_slice(&line());
    file.extend_from_slice(b"\n[{\"Data\": {}}]\n");
    file.extend_from_slice(b"\xff\n");
    let error = JsonlReader::new(&file[..], Path::new("Raw Data/flow.jsonl"))
        .collect::<Result<Vec<_>, _>>()
        .unwrap_err();
    assert_eq!(error.to_string(), "`Raw Data/flow.jsonl`, line 3");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "update 1 (newest first): no `SHA`");
    assert_eq!(parse_line(b"[\xff"), Err(LineError::NotUtf8 { byte: 2 }));
    assert_eq!(parse_line(b"[]"), Err(LineError::NoUpdates));
}

#[test]
fn an_empty_file_has_no_objects() {
    let mut reader = JsonlReader::new(&b""[..], Path::new("empty.jsonl"));
    assert!(reader.next().is_none());
}

#[test]
fn reading_in_small_pieces_gives_the_same() {
    /// Gives one byte a time, as a slow pipe would.
    struct Trickle<'a>(&'a [u8]);
    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n_read = 1.min(self.0.len()).min(buffer.len());
            buffer[..n_read].copy_from_slice(&self.0[..n_read]);
            self.0 = &self.0[n_read..];
            Ok(n_read)
        }
    }
    let mut file = Vec::new();
    write_jsonl(&[person(), person()], &mut file).unwrap();
    let objects: Vec<History> = JsonlReader::new(Trickle(&file), Path::new("pipe"))
        .flat_map(|batch| batch.unwrap())
        .collect();
    assert_eq!(objects, [person(), person()]);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |n| !n.is_nan())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| Value::Array(items.into())),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..4).prop_map(|pairs| Value::object(
                pairs.into_iter().map(|(key, value)| (Key::new(&key), value))
            )),
        ]
    })
}

proptest! {
    #[test]
    fn any_history_survives_a_round_trip(
        updates in prop::collection::vec(prop::collection::vec(("[a-zé]{1,3}", values()), 1..5), 1..6)
    ) {
        let metadata = Arc::new(Metadata::new("ann", "tests::any", "2021-09-01T10:00:00+00:00"));
        let mut object: Option<TracedData> = None;
        for pairs in updates {
            let changes: Changes = pairs.into_iter().map(|(key, value)| (Key::new(&key), value)).collect();
            match &mut object {
                Some(object) => { object.append(changes, &metadata).unwrap(); }
                None => object = Some(TracedData::new(changes, &metadata)),
            }
        }
        let history = object.unwrap().into_history();
        let mut line = Vec::new();
        serialize_line(&history, &mut line);
        prop_assert!(line.is_ascii());
        line.pop();
        prop_assert_eq!(parse_line(&line).unwrap(), history);
    }

    #[test]
    fn any_bytes_are_refused_or_read_but_never_panic(bytes: Vec<u8>) {
        let _ = parse_line(&bytes);
    }
}
