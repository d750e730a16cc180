//! Updates, nesting, hiding and copies.

use super::*;
use crate::TOMBSTONE;

fn metadata(source: &str) -> Arc<Metadata> {
    Arc::new(Metadata::new("ann@example.org", source, "2021-09-01T10:00:00.000000+00:00"))
}

fn object(pairs: &[(&str, &str)]) -> TracedData {
    let pairs = pairs.iter().map(|(key, value)| (Key::new(key), Value::from(*value)));
    TracedData::new(pairs.collect(), &metadata("tests::new"))
}

#[test]
fn the_latest_value_counts_and_the_earlier_ones_stay() {
    let mut person = object(&[("id", "0"), ("gender", "woman")]);
    let changed = person.update([(Key::new("gender"), "f".into())], &metadata("tests::clean"));
    assert!(changed);
    assert_eq!(person.get(Key::new("gender")), Some(&"f".into()));
    let values: Vec<_> = person
        .history()
        .of_key(Key::new("gender"))
        .iter()
        .map(|change| change.value.cloned())
        .collect();
    assert_eq!(values, [Some("woman".into()), Some("f".into())]);
}

#[test]
fn an_update_that_changes_nothing_is_not_appended() {
    let mut person = object(&[("id", "0")]);
    let mut changes = Changes::new().set("id", "0");
    changes.hide(Key::new("absent"));
    assert!(!person.append(changes, &metadata("tests::same")).unwrap());
    assert_eq!(person.history().updates().count(), 1);
}

#[test]
fn hidden_keys_are_gone_but_not_forgotten() {
    let mut person = object(&[("id", "0"), ("gender", "woman")]);
    let mut changes = Changes::new();
    changes.hide(Key::new("gender"));
    person.append(changes, &metadata("tests::hide")).unwrap();
    assert!(!person.contains(Key::new("gender")));
    assert_eq!(person.history().newest().data(), [(Key::new("gender"), TOMBSTONE.into())]);
    assert_eq!(person.history().of_key(Key::new("gender"))[1].value, None);
}

#[test]
fn nested_objects_bring_their_values_and_their_history() {
    let mut message = object(&[("id", "0"), ("text", "haa")]);
    let survey = object(&[("id", "0"), ("age", "24")]);
    let mut changes = Changes::new();
    changes.nest(Key::new("survey"), survey);
    message.append(changes, &metadata("tests::join")).unwrap();
    assert_eq!(message.get(Key::new("age")), Some(&"24".into()));
    assert_eq!(message.history().of_key(Key::new("age"))[0].metadata.source(), "tests::new");
}

#[test]
fn nesting_an_object_with_another_value_for_a_key_is_refused() {
    let mut message = object(&[("id", "0"), ("text", "haa")]);
    let before = message.history().sha();
    let mut changes = Changes::new();
    changes.nest(Key::new("survey"), object(&[("id", "1")]));
    let conflict = message.append(changes.clone(), &metadata("tests::join")).unwrap_err();
    assert_eq!(conflict.key, Key::new("id"));
    assert_eq!(message.history().sha(), before);
    assert_eq!(message.get(Key::new("id")), Some(&"0".into()));

    let decided = changes.set("id", "2");
    message.append(decided, &metadata("tests::fold")).unwrap();
    assert_eq!(message.get(Key::new("id")), Some(&"2".into()));
}

#[test]
fn copies_share_their_past_and_nothing_else() {
    let mut original = object(&[("id", "0")]);
    let copy = original.clone();
    original.update([(Key::new("age"), "24".into())], &metadata("tests::clean"));
    assert!(!copy.contains(Key::new("age")));
    let oldest =
        |object: &TracedData| std::ptr::from_ref(object.history().updates().last().unwrap());
    assert_eq!(oldest(&original), oldest(&copy));
}

#[test]
fn a_history_gives_back_the_latest_values() {
    let mut message = object(&[("id", "0"), ("text", "haa"), ("noise", "x")]);
    let mut changes = Changes::new().set("uid", "person");
    changes.nest(Key::new("survey"), object(&[("age", "24")]));
    changes.hide(Key::new("noise"));
    message.append(changes, &metadata("tests::join")).unwrap();
    let again = TracedData::from(message.history().clone());
    assert_eq!(again.sorted_items(), message.sorted_items());
}

#[test]
fn a_very_long_history_is_dropped_without_recursion() {
    let mut person = object(&[("n", "0")]);
    for number in 0_i64..200_000 {
        person.update([(Key::new("n"), number.into())], &metadata("tests::count"));
    }
    drop(person);
}

#[test]
fn the_sha_is_that_of_the_original_library() {
    // Computed with CoreDataModules 0.15.4.
    let mut person = object(&[("id", "0"), ("name", "é")]);
    let mut changes = Changes::new().set("age", 24_i64);
    changes.nest(Key::new("b"), object(&[("id", "0")]));
    person.append(changes, &metadata("tests::join")).unwrap();
    let shas: Vec<String> =
        person.history().updates().map(|update| update.sha().to_string()).collect();
    assert_eq!(
        shas,
        [
            "cec0d4ea1eb22c847335fa85e0b005e71da244b10e16cf90fe6732f025f13753",
            "5282685db2f011a2c93c23207cbda10f8b1b7ee4fb613cb30d827d7c2bc52a2e",
        ]
    );
}
