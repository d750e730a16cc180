//! Downloading.

use std::time::Duration;

use coda_io::get::{FullBecause, GetOptions, Got, get};
use coda_io::previous::{Previous, Unusable};
use google_services::documents::Value;
use serde_json::json;

use crate::support::{
    Coda, fields, label, message, messages, numbered, options, project_schemes, replace, scheme,
};

pub fn a_dataset_that_does_not_exist_yet_is_no_error(coda: &Coda) {
    let got = get(&*coda.database, &coda.dataset, &Previous::Nothing, &GetOptions::default());
    assert!(matches!(got, Ok(Got::NoDataset)), "{got:?}");
}

pub fn writes_what_the_original_wrote(coda: &Coda) {
    coda.make_segments(1);
    let mut second = fields(&numbered(1));
    let last_updated = chrono::DateTime::from_timestamp_micros(1_622_534_400_500_000).unwrap();
    second.insert("LastUpdated".to_owned(), Value::from(last_updated));
    second.insert("Elsewhere".to_owned(), Value::Double(1.0));
    coda.write(&[
        replace(&coda.message_path(1, "message-00001"), second),
        replace(&coda.message_path(1, "message-00000"), fields(&numbered(0))),
    ]);
    coda.get();
    let text = std::fs::read_to_string(coda.files().messages).unwrap();
    let expected = r#"[
  {
    "CreationDateTimeUTC": "2021-06-01T07:00:00.123456+00:00",
    "Labels": [],
    "MessageID": "message-00000",
    "SequenceNumber": 0,
    "Text": "text 0 \u00e9 \ud83d\ude00"
  },
  {
    "CreationDateTimeUTC": "2021-06-01T07:00:00.123456+00:00",
    "Elsewhere": 1.0,
    "Labels": [],
    "LastUpdated": "2021-06-01T08:00:00.500000+00:00",
    "MessageID": "message-00001",
    "SequenceNumber": 1,
    "Text": "text 1 \u00e9 \ud83d\ude00"
  }
]
"#;
    assert_eq!(text, expected);
}

pub fn an_unchanged_dataset_costs_next_to_nothing(coda: &Coda) {
    let numbered: Vec<_> = (0..10_000).map(numbered).collect();
    for (index, messages) in numbered.chunks(2_500).enumerate() {
        coda.write_old_messages(index + 1, messages);
    }
    coda.make_segments(4);
    let reads_of_get = || {
        let before = coda.database.n_reads();
        let report = coda.get();
        (coda.database.n_reads() - before, report)
    };
    let (n_reads, report) = reads_of_get();
    assert_eq!(report.full_because, Some(FullBecause::First));
    assert!((10_000..10_100).contains(&n_reads), "{n_reads}");
    let bytes = std::fs::read(coda.files().messages).unwrap();

    // Per segment its document, two queries that find nothing, and a count of 2,500.
    const N_READS_TO_SEE_THAT_NOTHING_CHANGED: u64 = 30;
    let (n_reads, report) = reads_of_get();
    assert_eq!(report.full_because, None);
    assert!(n_reads < N_READS_TO_SEE_THAT_NOTHING_CHANGED, "{n_reads}");
    assert!(bytes == std::fs::read(coda.files().messages).unwrap(), "the bytes stay the same");

    for (segment, number) in [(1, 7), (2, 2_600), (4, 9_999)] {
        coda.label(segment, &format!("message-{number:05}"), "code-yes");
    }
    let (n_reads, report) = reads_of_get();
    assert_eq!((report.full_because, report.n_changed, report.n_new), (None, 3, 0));
    assert!(n_reads < N_READS_TO_SEE_THAT_NOTHING_CHANGED + 3, "{n_reads}");
    assert_eq!(coda.codes_in_file("message-09999"), ["code-yes"]);
}

pub fn a_damaged_file_is_replaced_and_kept(coda: &Coda) {
    coda.add(&messages(0..3));
    coda.get();
    let whole = std::fs::read(coda.files().messages).unwrap();
    for damaged in [&b""[..], &whole[..whole.len() / 2], b"[]\n", b"{}"] {
        std::fs::write(coda.files().messages, damaged).unwrap();
        let report = coda.get();
        assert_eq!(report.full_because, Some(FullBecause::Unusable(Unusable::Changed)));
        assert_eq!(std::fs::read(coda.files().messages).unwrap(), whole);
        assert_eq!(std::fs::read(coda.files().replaced).unwrap(), damaged);
    }
    std::fs::write(coda.files().record, "{").unwrap();
    let report = coda.get();
    assert_eq!(report.full_because, Some(FullBecause::Unusable(Unusable::Changed)));
    std::fs::remove_file(coda.files().record).unwrap();
    let report = coda.get();
    assert_eq!(report.full_because, Some(FullBecause::Unusable(Unusable::NoRecord)));
    assert_eq!(coda.get().full_because, None);
}

pub fn the_file_of_another_dataset_is_replaced(coda: &Coda) {
    coda.add(&messages(0..3));
    coda.get();
    // Both files of a dataset, copied over those of another.
    let other = coda_io::Dataset::new("OTHER").unwrap();
    let other_files = coda_io::previous::DownloadFiles::of(&coda.data_root, &other).unwrap();
    std::fs::copy(coda.files().messages, &other_files.messages).unwrap();
    std::fs::copy(coda.files().record, &other_files.record).unwrap();
    let previous = other_files.read(&other, coda.database.identity()).unwrap();
    assert!(
        matches!(previous, Previous::Unusable { reason: Unusable::OtherDataset, .. }),
        "{previous:?}"
    );
    let previous = coda.files().read(&coda.dataset, "another database").unwrap();
    assert!(
        matches!(previous, Previous::Unusable { reason: Unusable::OtherDatabase, .. }),
        "{previous:?}"
    );
}

pub fn reads_everything_now_and_then(coda: &Coda) {
    coda.add(&messages(0..3));
    coda.get();
    // Somebody changes a message without saying when.
    let mut changed = fields(&numbered(1));
    changed.insert("Text".to_owned(), Value::from("changed"));
    coda.write(&[replace(&coda.message_path(1, "message-00001"), changed)]);
    let report = coda.get();
    assert_eq!((report.full_because, report.n_changed), (None, 0));

    let options = GetOptions { full_every: Duration::ZERO, ..GetOptions::default() };
    let report = coda.get_with(&options);
    assert_eq!((report.full_because, report.n_changed), (Some(FullBecause::Due), 1));
    assert_eq!(coda.file()[1]["Text"], "changed");
}

pub fn reads_what_the_originals_tools_wrote(coda: &Coda) {
    // Every key that the data formats of Coda name, with the types that Python and Dart write.
    coda.make_segments(1);
    let whole = json!({
        "MessageID": "m", "SequenceNumber": 3.0, "Text": "x",
        "CreationDateTimeUTC": "2021-06-01T07:00:00.000Z",
        "Labels": [{
            "SchemeID": "Scheme-test", "CodeID": "code-yes", "Checked": false, "Confidence": 0.95,
            "LabelSet": 2, "DateTimeUTC": "2021-06-01T07:00:00",
            "Origin": {"OriginID": "a", "Name": "b", "OriginType": "Automatic",
                       "Metadata": {"k": "v"}}}],
    });
    let mut as_timestamp = fields(&numbered(1));
    let instant = chrono::DateTime::from_timestamp(1_622_534_400, 0).unwrap();
    as_timestamp.insert("CreationDateTimeUTC".to_owned(), Value::from(instant));
    coda.write(&[
        replace(&coda.message_path(1, "m"), fields(&whole)),
        replace(&coda.message_path(1, "message-00001"), as_timestamp),
    ]);
    let mut without_number = fields(&message(9));
    without_number.remove("SequenceNumber");
    coda.write(&[replace(&coda.message_path(1, "message-00009"), without_number)]);
    let report = coda.get();
    assert_eq!(report.without_sequence_number, ["message-00009"]);
    let file = coda.file();
    assert_eq!(file[0]["CreationDateTimeUTC"], "2021-06-01T08:00:00.000000+00:00");
    assert_eq!(file[1], whole);
    assert_eq!(file[2]["MessageID"], "message-00009");
}

pub fn reports_labels_that_fit_no_scheme(coda: &Coda) {
    coda.add_with(&messages(0..3), &options(&project_schemes(&[])));
    coda.label(1, "message-00001", "code-of-nobody");
    coda.label(1, "message-00002", "SPECIAL-MANUALLY_UNCODED");
    let report = coda.get();
    let unknown: Vec<String> = report.unknown_labels.iter().map(ToString::to_string).collect();
    assert_eq!(unknown, ["message `message-00001`: scheme `Scheme-test`, code `code-of-nobody`"]);
    assert_eq!(coda.codes_in_file("message-00001"), ["code-of-nobody"]);

    // A code that only the project has, in a copy of its scheme.
    let tab = fields(&numbered(0));
    let mut label = label("code-new");
    label["SchemeID"] = json!("Scheme-test-1");
    coda.label_in_tab(1, "message-00000", &tab, &label);
    let schemes = scheme(&["code-new"]);
    let options = GetOptions { project_schemes: &[&schemes], ..GetOptions::default() };
    let unknown = coda.get_with(&options).unknown_labels;
    assert!(unknown.iter().all(|label| label.message_id == "message-00001"), "{unknown:?}");
}

pub fn a_dataset_that_is_gone_leaves_its_file(coda: &Coda) {
    coda.add(&messages(0..2));
    coda.get();
    for number in 0..2 {
        coda.delete(&coda.message_path(1, &format!("message-{number:05}")));
    }
    coda.delete(&coda.segment(1));
    let got = get(&*coda.database, &coda.dataset, &coda.previous(), &GetOptions::default());
    assert!(matches!(got, Ok(Got::NoDataset)), "{got:?}");
}
