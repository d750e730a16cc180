//! Messages that an operator recovered.

use traced_data::{TracedData, Value};

use crate::world::{PREFIX, World, shown};

const NUMBER: &str = "tel:+252615550001";
const STRANGER: &str = "demo-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

#[test]
fn recovered_messages_of_a_show_have_the_keys_of_the_original() {
    let world = World::new();
    let sender = world.participant(NUMBER);
    assert!(sender.as_str().starts_with(PREFIX));
    world.put("hormuud_e01.csv", csv(&[(sender.as_str(), "haa", "01/06/2021 10:05")]));
    let fetched = world.fetch_recovered(&["hormuud_e01.csv"], &[]);
    assert!(fetched.failures.is_empty(), "{:?}", fetched.failures);
    let objects = world.objects("hormuud_e01");
    assert_eq!(objects.len(), 1);
    let keys: Vec<&str> = objects[0].sorted_items().iter().map(|(key, _)| key.as_str()).collect();
    let expected = [
        "avf_phone_id",
        "message",
        "operator_coded",
        "operator_raw",
        "received_on",
        "run_id",
        "urn_type",
    ];
    assert_eq!(keys, expected);
    assert_eq!(text(&objects[0], "received_on"), "2021-06-01T10:05:00+03:00");
    assert_eq!(text(&objects[0], "urn_type"), "tel");
    assert_eq!(text(&objects[0], "operator_raw"), "25261");
    assert_eq!(text(&objects[0], "run_id").len(), 64);
    let sources: Vec<&str> =
        objects[0].history().updates().map(|update| update.metadata().source()).collect();
    let expected = ["sources_files::label_operators", "sources_files::convert_recovered_messages"];
    assert_eq!(sources, expected);
}

#[test]
fn survey_answers_have_no_operator() {
    let world = World::new();
    let sender = world.participant(NUMBER);
    world.put("demog.csv", csv(&[(sender.as_str(), "woman", "2021/06/01 10:05:00.123")]));
    world.fetch_recovered(&[], &["demog.csv"]);
    assert_eq!(world.objects("demog")[0].get("operator_raw".into()), None);
}

#[test]
fn a_sender_whom_the_table_does_not_know_has_no_operator_and_is_counted() {
    let world = World::new();
    let known = world.participant(NUMBER);
    world.put(
        "e01.csv",
        csv(&[(STRANGER, "haa", "01/06/2021 10:05"), (known.as_str(), "maya", "01/06/2021 10:06")]),
    );
    let fetched = world.fetch_recovered(&["e01.csv"], &[]);
    assert_eq!((fetched.n_unknown_senders, fetched.n_objects), (1, 2));
    let objects = world.objects("e01");
    let label = |object: &TracedData| object.get("operator_coded".into()).cloned();
    assert_ne!(label(&objects[0]), None);
    assert_ne!(label(&objects[0]), label(&objects[1]), "one is not coded, the other is");
}

#[test]
fn files_are_converted_again_only_when_they_or_the_configuration_changed() {
    let mut world = World::new();
    world.put("e01.csv", csv(&[(STRANGER, "haa", "01/06/2021 10:05")]));
    world.fetch_recovered(&["e01.csv"], &[]);
    let before = world.files();
    assert_eq!(world.fetch_recovered(&["e01.csv"], &[]).n_unchanged, 1);
    assert_eq!(world.files(), before, "the time of the run is no change");
    world.configuration_hash = "two".to_owned();
    assert_eq!(world.fetch_recovered(&["e01.csv"], &[]).n_files, 1);
}

#[test]
fn a_sender_with_a_number_is_named_by_the_line_and_keeps_the_old_file() {
    let world = World::new();
    world.put("e01.csv", csv(&[(STRANGER, "haa", "01/06/2021 10:05")]));
    world.fetch_recovered(&["e01.csv"], &[]);
    let before = world.files();
    for number in ["+252615550001", "252615550001", "0615550001", "demo-phone-uuid-0615550001"] {
        let rows = [(STRANGER, "haa", "01/06/2021 10:05"), (number, "hi", "01/06/2021 10:05")];
        world.put("e01.csv", csv(&rows));
        let errors = shown(&world.fetch_recovered(&["e01.csv"], &[]));
        assert!(errors[0].contains("line 3: `Sender` is not a participant id"), "{errors:#?}");
        assert!(errors[0].contains("e01.csv") && !errors[0].contains("5550001"), "{errors:#?}");
        assert_eq!(world.files(), before);
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let world = World::new();
    world.put("e01.csv", b"Sender,Message,ReceivedOn\nx,caf\xe9,y\n");
    let errors = shown(&world.fetch_recovered(&["e01.csv"], &[]));
    assert!(errors[0].contains("is not a text in UTF-8"), "{errors:#?}");
}

fn csv(rows: &[(&str, &str, &str)]) -> String {
    let rows = rows.iter().map(|(sender, text, time)| format!("{sender},{text},{time}\n"));
    std::iter::once("Sender,Message,ReceivedOn\n".to_owned()).chain(rows).collect()
}

fn text(object: &TracedData, key: &str) -> String {
    object.get(key.into()).map(Value::to_cell).unwrap().into_owned()
}
