//! Files of buckets: what is taken as it is, and what is refused.

use std::io::Write as _;
use std::sync::Arc;

use traced_data::{Changes, Key, Metadata, TracedData, Value, serialize_line};

use super::CheckedLines;

const PERSON: &str = "avf-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

#[test]
fn lines_pass_as_they_are_wherever_they_are_cut() {
    let mut bytes = line("avf_phone_id", PERSON);
    bytes.extend(line("avf_facebook_id", PERSON));
    bytes.pop();
    for size in [1, 7, 100, bytes.len()] {
        let mut checked = CheckedLines::new(Vec::new());
        bytes.chunks(size).for_each(|chunk| checked.write_all(chunk).unwrap());
        let (passed, n_lines) = checked.finish().unwrap();
        assert_eq!((passed, n_lines), (bytes.clone(), 2), "chunks of {size}");
    }
}

#[test]
fn an_empty_file_has_no_objects() {
    assert_eq!(CheckedLines::new(Vec::new()).finish().unwrap().1, 0);
}

#[test]
fn a_line_that_cannot_be_used_is_named_and_not_quoted() {
    check(b"{\"Sender\": \"+252615550001\"}\n", "line 2 is not TracedData");
    check(b"\n", "line 2 is not TracedData");
    check(&line("message", "0615550001"), "line 2 has neither `avf_phone_id` nor");
    for person in
        ["+252615550001", "252615550001", "tel:+252615550001", "0615550001", "Asha 5550001", ""]
    {
        for key in ["avf_phone_id", "avf_facebook_id"] {
            check(&line(key, person), &format!("line 2 says in `{key}`, now or earlier, who"));
        }
    }
    let mut broken = line("avf_phone_id", PERSON);
    let at = broken.windows(4).position(|window| window == b"2e21").unwrap();
    broken[at] = b'3';
    check(&broken, "line 2 is not TracedData");
}

#[test]
fn a_number_that_an_object_had_earlier_is_refused_too() {
    let number = Changes::new().set("avf_phone_id", "tel:+252615550001");
    let mut replaced = TracedData::new(number.clone(), &step());
    replaced.append(Changes::new().set("avf_phone_id", PERSON), &step()).unwrap();
    check(&line_of(&replaced), "line 2 says in `avf_phone_id`, now or earlier");
    let mut hidden = TracedData::new(number, &step());
    let mut changes = Changes::new().set("avf_facebook_id", PERSON);
    changes.hide(Key::new("avf_phone_id"));
    hidden.append(changes, &step()).unwrap();
    check(&line_of(&hidden), "line 2 says in `avf_phone_id`, now or earlier");
}

#[test]
fn a_number_in_an_object_within_an_object_is_refused_too() {
    let inner = TracedData::new(Changes::new().set("avf_phone_id", "0615550001"), &step());
    let mut changes = Changes::new().set("avf_phone_id", PERSON);
    changes.nest(Key::new("survey_responses"), inner);
    check(&line_of(&TracedData::new(changes, &step())), "line 2 says in `avf_phone_id`, now or");
}

#[test]
fn authors_on_facebook_are_participants() {
    let id = |id: &str| Value::object([(Key::new("id"), Value::from(id))]);
    let within = |key: &str, value: Value| Value::object([(Key::new(key), value)]);
    let named = within("name", "Asha 5550001".into());
    let comment = |key: &str, value: Value| {
        line_of(&TracedData::new(
            Changes::new().set("avf_facebook_id", PERSON).set(key, value),
            &step(),
        ))
    };
    // As the original has them.
    for (key, value) in [
        ("e01.from", id("10157615550001234")),
        ("e01.from", named.clone()),
        ("e01.parent", within("from", id("10157615550001234"))),
        ("e01.parent", within("from", named)),
        ("e01.replies", within("data", Value::Array([within("from", id("5550001"))].into()))),
    ] {
        check(&comment(key, value), "line 2 says in `from`, now or earlier, who somebody is");
    }
    // As ours are, and what people write.
    for (key, value) in [
        ("e01.from", id(PERSON)),
        ("e01.from", Value::object([])),
        ("e01.parent", id("comment")),
        ("e01.message", "from: 0615550001".into()),
        ("Answer (Text) - where are you from", "Asha, 0615550001".into()),
    ] {
        let mut checked = CheckedLines::new(Vec::new());
        checked.write_all(&comment(key, value)).unwrap();
        assert_eq!(checked.finish().unwrap().1, 1, "key: {key}");
    }
}

fn step() -> Arc<Metadata> {
    Arc::new(Metadata::new("test", "test", "2021-07-01T00:00:00+00:00"))
}

fn line(key: &str, value: &str) -> Vec<u8> {
    line_of(&TracedData::new(Changes::new().set(key, value), &step()))
}

fn line_of(object: &TracedData) -> Vec<u8> {
    let mut line = Vec::new();
    serialize_line(object.history(), &mut line);
    line
}

#[track_caller]
fn check(second_line: &[u8], expected: &str) {
    let mut checked = CheckedLines::new(Vec::new());
    checked.write_all(&line("avf_phone_id", PERSON)).unwrap();
    let _ = checked.write_all(second_line);
    let error = checked.finish().map(|_| ()).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(shown.starts_with(expected), "{shown}");
    assert!(!shown.contains("5550001"), "{shown}");
}
