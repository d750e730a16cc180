//! Saving, restoring, listing, labelling.

use coda_io::Dataset;
use coda_io::backup::{Backup, RestoreError};
use coda_io::label::{GivenLabels, give_labels};
use coda_io::list::{dataset_names, progress};
use google_services::documents::{CollectionPath, Fields, Value};
use serde_json::json;

use crate::support::{
    Coda, fields, label, label_at, messages, numbered, options, project_schemes, replace,
};

pub fn a_restored_dataset_is_the_same_in_every_type(coda: &Coda) {
    coda.add_with(&messages(0..5), &options(&project_schemes(&[])));
    coda.label(1, "message-00001", "code-yes");
    let mut odd = fields(&numbered(5));
    for (key, value) in [
        ("Null", Value::Null),
        ("Double", Value::Double(1.0)),
        ("Bytes", Value::Bytes("AAE=".to_owned())),
        ("Point", Value::GeoPoint { latitude: 2.0, longitude: 45.3 }),
        ("TimeAsText", Value::from("2021-06-01T08:00:00Z")),
        ("Empty", Value::Map(Fields::new())),
    ] {
        odd.insert(key.to_owned(), value);
    }
    let autolabel = coda.segment(1).collection("metrics").document("autolabel").unwrap();
    coda.write(&[
        replace(&coda.message_path(1, "message-00005"), odd),
        replace(&autolabel, fields(&json!({"fractionComplete": 0.5}))),
    ]);
    coda.make_segments(2);
    coda.write_old_messages(2, &[numbered(6)]);

    let path = coda.scratch_file("backup.json");
    Backup::export(&*coda.database, &coda.dataset).unwrap().write(&path).unwrap();
    let backup = Backup::read(&path, "any").unwrap();
    assert_eq!(backup.n_messages(), 7);
    let copy = Dataset::new("COPY").unwrap();
    let restored = backup.restore(&*coda.database, &copy).unwrap();
    assert_eq!(restored.n_messages, 7);
    let original = Backup::export(&*coda.database, &coda.dataset).unwrap();
    let mut restored = Backup::export(&*coda.database, &copy).unwrap();
    restored.dataset.clone_from(&original.dataset);
    assert_eq!(restored, original);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o077, 0);
    }
}

pub fn restoring_over_a_different_dataset_is_refused(coda: &Coda) {
    coda.add(&messages(0..3));
    let backup = Backup::export(&*coda.database, &coda.dataset).unwrap();
    coda.label(1, "message-00001", "code-yes");
    let before = coda.messages(1);
    let error = backup.restore(&*coda.database, &coda.dataset).unwrap_err();
    assert!(matches!(error, RestoreError::Differs { n_differences: 1, .. }), "{error}");
    assert_eq!(coda.messages(1), before);
}

pub fn a_stopped_restore_is_finished_by_the_next(coda: &Coda) {
    coda.add_with(&messages(0..3), &options(&project_schemes(&[])));
    let backup = Backup::export(&*coda.database, &coda.dataset).unwrap();
    // As if it had been stopped after the second message.
    coda.delete(&coda.segment(1));
    coda.delete(&coda.message_path(1, "message-00002"));
    let restored = backup.restore(&*coda.database, &coda.dataset).unwrap();
    assert_eq!((restored.n_messages, restored.n_written), (3, 1));
    assert_eq!(Backup::export(&*coda.database, &coda.dataset).unwrap(), backup);
}

pub fn a_backup_of_the_original_gets_its_timestamps_back(coda: &Coda) {
    let mut message = numbered(0);
    message["LastUpdated"] = json!("2021-06-01T08:00:00.500000+00:00");
    let segment = |messages: serde_json::Value| {
        json!({"users": ["a@example.org"], "messages": messages, "metrics": {"messages_count": 1},
               "schemes": [project_schemes(&[])[0].scheme.to_json()]})
    };
    let lines = [
        json!({"dataset_id": "OTHER", "segments": {"OTHER": segment(json!([]))}}),
        json!({"dataset_id": "TEST_rqa", "segments": {
            "TEST_rqa": segment(json!([message])),
            "TEST_rqa_2": segment(json!([numbered(1)])),
        }}),
    ];
    let path = coda.scratch_file("original.json");
    std::fs::write(&path, lines.map(|line| format!("{line}\n")).concat()).unwrap();
    Backup::read(&path, "TEST_rqa").unwrap().restore(&*coda.database, &coda.dataset).unwrap();
    let instant = chrono::DateTime::from_timestamp_micros(1_622_534_400_500_000).unwrap();
    assert_eq!(coda.messages(1)["message-00000"]["LastUpdated"], Value::from(instant));
    assert_eq!(coda.messages(2).len(), 1);
    assert_eq!(coda.read(&coda.count_path()).unwrap()["segment_count"], Value::Integer(2));
    assert_eq!(coda.metrics(1), json!({"messages_count": 1}));
    let error = Backup::read(&path, "NONE").unwrap_err();
    assert!(error.to_string().contains("`OTHER`, `TEST_rqa`"), "{error}");
}

pub fn lists_datasets_with_their_progress(coda: &Coda) {
    coda.add_with(&messages(0..6), &options(&project_schemes(&[])));
    coda.make_segments(2);
    coda.label(1, "message-00000", "code-yes");
    coda.label(1, "message-00001", "code-NC");
    coda.label(1, "message-00002", "code-WS");
    coda.label(1, "message-00003", "code-yes");
    coda.label(1, "message-00003", "SPECIAL-MANUALLY_UNCODED");
    let tab = coda.read(&coda.message_path(1, "message-00004")).unwrap();
    let mut suggested = label("code-yes");
    suggested["Checked"] = json!(false);
    coda.label_in_tab(1, "message-00004", &tab, &suggested);
    // A ghost, and a dataset whose name looks like a segment's.
    let ghost = CollectionPath::top("datasets").document("GHOST").unwrap();
    coda.set(&ghost.collection("messages").document("m").unwrap(), &numbered(0));
    coda.set(&CollectionPath::top("datasets").document("GHOST_2").unwrap(), &json!({"users": []}));

    assert_eq!(dataset_names(&*coda.database).unwrap(), ["GHOST", "GHOST_2", "TEST_rqa"]);
    let found = progress(&*coda.database, &coda.dataset).unwrap();
    let found = serde_json::to_value(found).unwrap();
    assert_eq!(
        found,
        json!({"dataset": "TEST_rqa", "n_segments": 2, "n_users": 1, "n_messages": 6,
               "n_labelled": 3, "schemes": [
                   {"scheme_id": "Scheme-test", "name": "test", "n_labelled": 4, "n_checked": 3,
                    "n_wrong_scheme": 1, "n_not_coded": 1}]})
    );
    let missing = progress(&*coda.database, &Dataset::new("NONE").unwrap()).unwrap_err();
    assert_eq!(missing.to_string(), "there is no dataset `NONE` in Coda");
}

pub fn labels_are_only_ever_added(coda: &Coda) {
    coda.add_with(&messages(0..3), &options(&project_schemes(&[])));
    coda.label(1, "message-00001", "code-yes");
    let newer = label("code-no");
    let older = label_at("code-NC", "2021-06-01T08:00:00Z");
    let path = coda.scratch_file("labels.json");
    let given = json!([
        {"MessageID": "message-00001", "Labels": [newer, older]},
        {"MessageID": "message-00002", "Labels": [label("code-of-nobody")]},
        {"MessageID": "message-00009", "Labels": [newer]},
    ]);
    std::fs::write(&path, given.to_string()).unwrap();
    let given = GivenLabels::read(&path).unwrap();
    let done = give_labels(&*coda.database, &coda.dataset, &given, &[]).unwrap();
    assert_eq!((done.n_labels, done.n_messages), (3, 2));
    assert_eq!(done.missing, ["message-00009"]);
    assert_eq!(done.unknown_labels.len(), 1);
    coda.get();
    assert_eq!(coda.codes_in_file("message-00001"), ["code-no", "code-yes", "code-NC"]);
    assert_eq!(coda.metrics(1)["messages_with_label"], 2);
    let again = give_labels(&*coda.database, &coda.dataset, &given, &[]).unwrap();
    assert_eq!((again.n_labels, again.n_messages), (0, 0));
}
