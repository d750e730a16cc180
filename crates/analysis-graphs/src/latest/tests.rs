//! Reading the latest values gives what the whole history gives, and refuses what is damaged.

use traced_data::{Changes, Metadata, serialize_line};

use super::*;

fn metadata() -> Arc<Metadata> {
    Arc::new(Metadata::new("ann", "tests::make", "2021-09-01T10:00:00+00:00"))
}

/// An object with a history: values that were replaced and hidden, nested objects, odd characters.
fn object() -> TracedData {
    let metadata = metadata();
    let mut survey = TracedData::new(
        Changes::new()
            .set("gender_raw", "naag \"ü\" \\ 🙏")
            .set("hidden inside", "x")
            .set("both", "same"),
        &metadata,
    );
    let mut hide = Changes::new();
    hide.hide(Key::new("hidden inside"));
    survey.append(hide, &metadata).unwrap();
    let mut object = TracedData::new(
        Changes::new().set("uid", "p1").set("replaced", "old").set("gone", "x").set("both", "same"),
        &metadata,
    );
    let mut nest = Changes::new().set("ö", "umlaut");
    nest.nest(Key::new("survey - a"), survey);
    object.append(nest, &metadata).unwrap();
    let mut replace = Changes::new().set("replaced", "new");
    replace.hide(Key::new("gone"));
    object.append(replace, &metadata).unwrap();
    object
}

const KEYS: [&str; 8] =
    ["uid", "replaced", "gone", "hidden inside", "gender_raw", "both", "ö", "never"];

fn line_of(object: &TracedData) -> Vec<u8> {
    let mut line = Vec::new();
    serialize_line(object.history(), &mut line);
    line.strip_suffix(b"\n").map(<[u8]>::to_vec).unwrap_or(line)
}

#[test]
fn values_are_those_of_the_whole_history() {
    let object = object();
    let line = line_of(&object);
    let wanted = Arc::new(Wanted::new(KEYS.map(Key::new)));
    let latest = LatestValues::of_line(&line, &wanted).unwrap();
    for key in KEYS.map(Key::new) {
        assert_eq!(latest.get(key), object.get(key).map(json).as_ref(), "key: {key}");
    }
}

#[test]
fn lines_of_the_pipeline_need_no_history_in_memory() {
    let metadata = metadata();
    let mut object = TracedData::new(Changes::new().set("uid", "p1"), &metadata);
    let nested = TracedData::new(Changes::new().set("age raw", "24"), &metadata);
    let mut nest = Changes::new().set("age coded", "x");
    nest.nest(Key::new("age"), nested);
    object.append(nest, &metadata).unwrap();
    let wanted = Wanted::new([Key::new("uid"), Key::new("age raw")]);
    let values = canonical(&line_of(&object), &wanted).expect("the line is canonical");
    assert_eq!(values, [Some(Value::from("p1")), Some(Value::from("24"))]);
}

#[test]
fn a_changed_line_is_refused() {
    let line = String::from_utf8(line_of(&object())).unwrap().replace("\"p1\"", "\"p2\"");
    let wanted = Arc::new(Wanted::new([Key::new("uid")]));
    assert!(canonical(line.as_bytes(), &wanted).is_none());
    let error = LatestValues::of_line(line.as_bytes(), &wanted).err();
    assert!(matches!(error, Some(LineError::BrokenChain { .. })), "{error:?}");
}

#[test]
fn cut_and_foreign_lines_are_left_to_the_parser() {
    let line = line_of(&object());
    let wanted = Arc::new(Wanted::new([Key::new("uid")]));
    for length in 0..line.len() {
        assert!(LatestValues::of_line(&line[..length], &wanted).is_err(), "length: {length}");
    }
    let spaced = String::from_utf8(line).unwrap().replace(", \"SHA\"", ",  \"SHA\"");
    let latest = LatestValues::of_line(spaced.as_bytes(), &wanted).unwrap();
    assert_eq!(latest.get(Key::new("uid")), Some(&Value::from("p1")));
}
