//! Adding.

use std::collections::BTreeSet;

use coda_io::add::{AddOptions, ProjectScheme, UpdateSchemes, add};
use coda_io::previous::Previous;
use google_services::documents::Value;
use serde_json::{Value as Json, json};

use crate::support::{
    Coda, fields, label_at, message, messages, numbered, options, project_schemes, replace, scheme,
};

pub fn round_trip_of_6000_messages_in_three_segments(coda: &Coda) {
    let users = ["labeller@example.org".to_owned()];
    let schemes = project_schemes(&[]);
    let options = AddOptions { users: &users, ..options(&schemes) };
    let mut sent = messages(0..6_000);
    // Two that a program has labelled: one confirmed, one not.
    let label = label_at("code-WS", "2021-06-01T08:00:00+00:00");
    sent[4_000]["Labels"] = json!([label]);
    sent[4_001]["Labels"] = json!([label]);
    sent[4_001]["Labels"][0]["Checked"] = json!(false);
    let added = coda.add_with(&sent, &options);
    assert_eq!((added.n_added, added.n_known), (6_000, 0));
    assert_eq!(added.new_segments, ["TEST_rqa_2", "TEST_rqa_3"]);

    let count = coda.read(&coda.count_path()).unwrap();
    assert_eq!(count["segment_count"], Value::Integer(3));
    for (segment, n_messages) in [(1, 2_500), (2, 2_500), (3, 1_000)] {
        assert_eq!(coda.messages(segment).len(), n_messages, "segment {segment}");
        assert_eq!(coda.metrics(segment)["messages_count"], n_messages, "segment {segment}");
        let users = Value::Array(vec![Value::from("labeller@example.org")]);
        assert_eq!(coda.read(&coda.segment(segment)).unwrap()["users"], users);
        let schemes = coda.all(&coda.segment(segment).collection("code_schemes"));
        assert_eq!(schemes.len(), 1, "segment {segment}");
    }
    assert_eq!(
        coda.metrics(2),
        json!({"messages_count": 2_500, "messages_with_label": 1, "wrong_scheme_messages": 1,
               "not_coded_messages": 0})
    );
    coda.get();
    let got = coda.file();
    let expected = sent.iter().enumerate().map(|(number, message)| {
        let mut message = message.clone();
        message["SequenceNumber"] = json!(number);
        message
    });
    let without_time = got.iter().map(|message| {
        let mut message = message.clone();
        let time = message.as_object_mut().unwrap().shift_remove("LastUpdated").unwrap();
        iso_time::parse(time.as_str().unwrap()).unwrap();
        message
    });
    assert!(without_time.eq(expected), "what comes back is what was sent");
    let first = &coda.messages(1)["message-00000"];
    assert!(matches!(first["LastUpdated"], Value::Timestamp(_)));
    assert!(matches!(first["CreationDateTimeUTC"], Value::String(_)));
}

pub fn a_new_dataset_is_whole(coda: &Coda) {
    let users = ["a@example.org".to_owned(), "b@example.org".to_owned()];
    let schemes = [ProjectScheme { scheme: scheme(&[]), n_copies: 2 }];
    let options = AddOptions { users: &users, ..options(&schemes) };
    let added = coda.add_with(&messages(0..1), &options);
    assert_eq!(added.new_dataset.unwrap().n_users, 2);
    assert_eq!(added.n_new_schemes, 3);
    let document = Value::Map(coda.read(&coda.segment(1)).unwrap()).to_plain_json();
    assert_eq!(document, json!({ "users": users }));
    let found = coda.all(&coda.segment(1).collection("code_schemes"));
    let ids: Vec<&str> = found.iter().map(|document| document.path.id()).collect();
    assert_eq!(ids, ["Scheme-test", "Scheme-test-1", "Scheme-test-2"]);
    assert_eq!(found[0].fields, fields(&schemes[0].scheme.to_json()));
    assert_eq!(found[2].fields["SchemeID"], Value::from("Scheme-test-2"));
    assert!(coda.read(&coda.count_path()).is_none(), "one segment needs no count");
    assert_eq!(coda.metrics(1)["messages_count"], 1);
}

pub fn two_at_once_add_each_message_once(coda: &Coda) {
    const N_MESSAGES: usize = 700;
    let processes: Vec<_> = (0..2).map(|_| coda.another_process()).collect();
    let schemes = project_schemes(&[]);
    std::thread::scope(|scope| {
        for (index, database) in processes.iter().enumerate() {
            let schemes = &schemes;
            scope.spawn(move || {
                let mut sent = messages(0..N_MESSAGES);
                if index == 1 {
                    sent.reverse();
                }
                let sent = coda.new_messages(&sent);
                let options = options(schemes);
                add(&**database, &coda.dataset, sent, &Previous::Nothing, &options, |_| {})
                    .unwrap();
            });
        }
    });
    let found = coda.messages(1);
    assert_eq!(found.len(), N_MESSAGES);
    let numbers: BTreeSet<i64> =
        found.values().map(|message| message["SequenceNumber"].as_integer().unwrap()).collect();
    assert_eq!(numbers, (0..700).collect());
    assert_eq!(coda.metrics(1)["messages_count"], N_MESSAGES);
}

pub fn an_existing_message_is_never_touched(coda: &Coda) {
    coda.add(&messages(0..10));
    coda.label(1, "message-00003", "code-yes");
    let before = coda.messages(1);
    let mut again = messages(0..12);
    again[3]["Text"] = json!("another text");
    let added = coda.add(&again);
    assert_eq!((added.n_added, added.n_known), (2, 10));
    let after = coda.messages(1);
    assert!(before.iter().all(|(id, message)| after[id] == *message));
}

pub fn a_second_run_adds_nothing(coda: &Coda) {
    let schemes = project_schemes(&[]);
    coda.add_with(&messages(0..500), &options(&schemes));
    let before = coda.messages(1);
    let added = coda.add_with(&messages(0..500), &options(&schemes));
    assert_eq!((added.n_added, added.n_known, added.n_new_schemes), (0, 500, 0));
    assert_eq!(coda.messages(1), before);

    // With a download, only what changed is read.
    coda.get();
    let n_reads = coda.database.n_reads();
    coda.add_with(&messages(0..500), &options(&schemes));
    let is_local = coda.database.server_time_slack().is_zero();
    if is_local {
        assert!(coda.database.n_reads() - n_reads < 20, "{}", coda.database.n_reads() - n_reads);
    }
}

pub fn a_ghost_becomes_a_dataset(coda: &Coda) {
    // Messages without a document: no program of Coda's lists them.
    coda.write_old_messages(1, &[numbered(4)]);
    let users = ["a@example.org".to_owned()];
    let schemes = project_schemes(&[]);
    let added = coda.add_with(&messages(4..6), &AddOptions { users: &users, ..options(&schemes) });
    assert_eq!((added.n_added, added.n_known), (1, 1));
    assert_eq!(coda.messages(1)["message-00005"]["SequenceNumber"], Value::Integer(5));
    assert!(coda.read(&coda.segment(1)).is_some());
    assert_eq!(coda.metrics(1)["messages_count"], 2);
}

pub fn a_begun_segment_is_completed(coda: &Coda) {
    let schemes = project_schemes(&[]);
    let full: Vec<Json> = (0..2_500).map(numbered).collect();
    coda.write_old_messages(1, &full);
    coda.make_segments(1);
    // A program wrote the second segment and a message, and stopped before it raised the count.
    coda.set(&coda.segment(2), &json!({"users": ["labeller@example.org"]}));
    coda.write_old_messages(2, &[numbered(2_500)]);
    let added = coda.add_with(&messages(0..2_502), &options(&schemes));
    assert_eq!(added.new_segments, ["TEST_rqa_2"]);
    assert_eq!((added.n_added, added.n_known), (1, 2_501));
    assert_eq!(coda.messages(2).len(), 2);
    assert_eq!(coda.messages(2)["message-02501"]["SequenceNumber"], Value::Integer(2_501));
    assert_eq!(coda.all(&coda.segment(2).collection("code_schemes")).len(), 1);
    assert_eq!(coda.read(&coda.count_path()).unwrap()["segment_count"], Value::Integer(2));
}

pub fn numbers_in_the_file_are_kept_where_they_are_free(coda: &Coda) {
    coda.write_old_messages(1, &[numbered(5)]);
    let mut sent = messages(10..14);
    sent[0]["SequenceNumber"] = json!(5);
    sent[1]["SequenceNumber"] = json!(20);
    sent[2]["SequenceNumber"] = json!(20);
    coda.add(&sent);
    let found = coda.messages(1);
    let numbers: Vec<i64> = (10..14)
        .map(|n| found[&format!("message-{n:05}")]["SequenceNumber"].as_integer().unwrap())
        .collect();
    assert_eq!(numbers, [6, 20, 21, 22]);
}

pub fn metrics_that_do_not_fit_are_counted_again(coda: &Coda) {
    let schemes = project_schemes(&[]);
    coda.add_with(&messages(0..3), &options(&schemes));
    coda.label(1, "message-00000", "code-yes");
    coda.label(1, "message-00001", "code-NC");
    // A tab that was opened before the last message came.
    let stale = json!({"messages_count": 2, "messages_with_label": 0, "wrong_scheme_messages": 0,
                       "not_coded_messages": 0});
    let path = coda.segment(1).collection("metrics").document("messages").unwrap();
    coda.set(&path, &stale);
    coda.add_with(&messages(0..4), &options(&schemes));
    assert_eq!(
        coda.metrics(1),
        json!({"messages_count": 4, "messages_with_label": 2, "wrong_scheme_messages": 0,
               "not_coded_messages": 1})
    );
}

pub fn schemes_that_differ_are_reported_then_written(coda: &Coda) {
    coda.add_with(&messages(0..1), &options(&project_schemes(&[])));
    let path = coda.segment(1).collection("code_schemes").document("Scheme-test").unwrap();
    // A browser writes whole numbers as doubles: that is no difference.
    let mut scheme = coda.read(&path).unwrap();
    let Some(Value::Array(codes)) = scheme.get_mut("Codes") else { panic!() };
    let Value::Map(code) = &mut codes[0] else { panic!() };
    code.insert("NumericValue".to_owned(), Value::Double(0.0));
    coda.write(&[replace(&path, scheme.clone())]);
    let added = coda.add_with(&messages(0..1), &options(&project_schemes(&[])));
    assert_eq!(added.scheme_differences, []);

    let changed = project_schemes(&["code-new"]);
    let added = coda.add_with(&messages(0..1), &options(&changed));
    assert_eq!(added.scheme_differences[0].scheme_id, "Scheme-test");
    assert_eq!(coda.read(&path).unwrap(), scheme);

    let write = AddOptions { update_schemes: UpdateSchemes::Write, ..options(&changed) };
    let added = coda.add_with(&messages(0..1), &write);
    assert_eq!((added.n_updated_schemes, added.scheme_differences), (1, vec![]));
    assert_eq!(coda.read(&path).unwrap(), fields(&changed[0].scheme.to_json()));
}

pub fn an_update_never_takes_codes_away(coda: &Coda) {
    coda.add_with(&messages(0..1), &options(&project_schemes(&["code-old"])));
    let without = project_schemes(&[]);
    let write = AddOptions { update_schemes: UpdateSchemes::Write, ..options(&without) };
    let added = coda.add_with(&messages(0..1), &write);
    assert_eq!(added.n_updated_schemes, 0);
    assert_eq!(added.scheme_differences[0].lost_codes, ["code-old"]);
}

pub fn large_messages_are_split_over_transactions(coda: &Coda) {
    let text = "x".repeat(800_000);
    let sent: Vec<Json> = (0..15)
        .map(|number| {
            let mut message = message(number);
            message["Text"] = json!(text);
            message
        })
        .collect();
    assert_eq!(coda.add(&sent).n_added, 15);
    assert_eq!(coda.messages(1).len(), 15);
}
