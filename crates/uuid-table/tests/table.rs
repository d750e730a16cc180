//! The table over a local database and over Firestore: one id per person, whoever asks and how often.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::BTreeSet;
use std::path::Path;

use firestore_emulator::FirestoreEmulator;
use google_services::RetryPolicy;
use google_services::documents::{
    Change, CollectionPath, DocumentDatabase, Fields, Firestore, LocalDatabase, NewFields, Value,
    Write,
};
use uuid_table::{ParticipantUuid, Urn, UuidTable};

/// Opens one and the same database again and again, each time as another process would.
type Open<'a> = &'a (dyn Fn() -> Box<dyn DocumentDatabase> + Sync);

#[test]
fn a_person_has_one_id_and_others_have_others() {
    with_each_database(|open| {
        let texts = [
            "tel:+252610000001",
            "tel:252610000001",
            "tel:+252610000002",
            "telegram:252610000001",
            "mailto:asha/a%b@example.org",
        ];
        let uuids = table(open).uuids(&texts.map(urn)).unwrap();
        assert_eq!(uuids[0], uuids[1]);
        assert_eq!(uuids.iter().collect::<BTreeSet<_>>().len(), 4);
        assert_eq!(table(open).count().unwrap(), 4);
        assert_eq!(table(open).uuids(&texts.map(urn)).unwrap(), uuids);
    });
}

#[test]
fn a_person_comes_back_from_their_id() {
    with_each_database(|open| {
        let table = table(open);
        let uuids = table.uuids(&["tel:+252610000001", "telegram:1"].map(urn)).unwrap();
        let unknown = ParticipantUuid::from("demo-phone-uuid-unknown");
        let urns = table.urns(&[uuids[0].clone(), unknown]).unwrap();
        assert_eq!(urns.len(), 1);
        assert_eq!(urns[&uuids[0]], urn("tel:+252610000001"));
        assert_eq!(urns[&uuids[0]].operator_digits(), Some("25261"));
    });
}

#[test]
fn takes_the_mappings_of_the_original() {
    with_each_database(|open| {
        let old = "avf-phone-uuid-2e21d2a3-0000-4000-8000-000000000001";
        map(open, "252610000001", old);
        let uuids = table(open).uuids(&[urn("tel:+252610000001")]).unwrap();
        assert_eq!(uuids[0].as_str(), old);
    });
}

#[test]
fn people_on_facebook_keep_the_ids_that_the_original_gave_them() {
    with_each_database(|open| {
        let old = "avf-facebook-uuid-2e21d2a3-0000-4000-8000-000000000001";
        map(open, "1015712345678901234", old);
        let newcomer = urn("facebook:1015712345678901235");
        let urns = [urn("facebook:1015712345678901234"), newcomer.clone(), urn("tel:+25261")];
        let uuids = table(open).uuids(&urns).unwrap();
        assert_eq!(uuids[0].as_str(), old);
        assert_ne!(uuids[1].as_str(), old);
        assert_eq!(table(open).uuids(&urns).unwrap(), uuids);
        assert_eq!(table(open).count().unwrap(), 3, "nothing is there twice");
        let people = table(open).urns(&uuids).unwrap();
        assert_eq!(people[&uuids[0]].reveal(), "1015712345678901234");
        assert_eq!(people[&uuids[0]].scheme(), "facebook");
        assert_eq!(people[&uuids[1]], newcomer);
    });
}

#[test]
fn a_key_with_its_scheme_comes_before_that_of_the_original() {
    with_each_database(|open| {
        map(open, "1015712345678901234", "uuid-of-original");
        map(open, "facebook:1015712345678901234", "uuid-of-ours");
        let uuids = table(open).uuids(&[urn("facebook:1015712345678901234")]).unwrap();
        assert_eq!(uuids[0].as_str(), "uuid-of-ours");
    });
}

#[test]
fn nobody_on_facebook_is_taken_for_a_phone_number() {
    with_each_database(|open| {
        let urns = ["tel:+252610000001", "tel:+101571234567890"].map(urn);
        let of_phones = table(open).uuids(&urns).unwrap();
        let urns = ["facebook:252610000001", "facebook:101571234567890"].map(urn);
        let of_facebook = table(open).uuids(&urns).unwrap();
        assert!(of_facebook.iter().all(|uuid| !of_phones.contains(uuid)));
        assert_eq!(table(open).count().unwrap(), 4);
    });
}

#[test]
fn two_that_ask_at_once_are_told_the_same() {
    with_each_database(|open| {
        // Some have keys of the original.
        for n in 0..10 {
            map(open, &format!("10157{n:012}"), &format!("uuid-{n}"));
        }
        let phones = (0..500).map(|n| urn(&format!("tel:+25261{n:07}")));
        let on_facebook = (0..500).map(|n| urn(&format!("facebook:10157{n:012}")));
        let urns: Vec<Urn> = phones.chain(on_facebook).collect();
        let told: Vec<Vec<ParticipantUuid>> = std::thread::scope(|scope| {
            let ask = || table(open).uuids(&urns).unwrap();
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        assert!(told.iter().all(|uuids| uuids == &told[0]));
        assert_eq!(told[0].iter().collect::<BTreeSet<_>>().len(), urns.len());
        assert_eq!(told[0][500].as_str(), "uuid-0");
        assert_eq!(table(open).uuids(&urns).unwrap(), told[0]);
    });
}

#[test]
fn neither_errors_nor_debug_output_name_anybody() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("uuid_table.sqlite");
    let table = local_table(directory.path());
    table.uuids(&[urn("tel:+252610000001")]).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = table.uuids(&[urn("tel:+252610000002")]).unwrap_err();
    let shown = format!("{error} {error:?} {:?} {table:?}", error.hint());
    assert!(!shown.contains("25261"), "{shown}");
}

#[test]
fn refuses_a_name_that_is_a_path() {
    let directory = tempfile::tempdir().unwrap();
    let database = LocalDatabase::open(&directory.path().join("d.sqlite")).unwrap();
    let error = UuidTable::new(Box::new(database), "a/b", "demo-").unwrap_err();
    assert_eq!(error.to_string(), "`a/b` cannot be the name of a table of ids");
}

#[test]
fn the_command_reveals_people_only_when_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let uuids = local_table(directory.path()).uuids(&[urn("tel:+252610000001")]).unwrap();
    let credentials = directory.path().join("credentials.json");
    std::fs::write(&credentials, r#"{"type": "local", "root": "."}"#).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_uuid-table"));
        let output = command.arg(&credentials).arg("demo").args(arguments).output().unwrap();
        let said = format!("{:?}", String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains("25261"), "{said}");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let uuid = uuids[0].as_str();
    assert_eq!(run(&["count"]), (Some(0), "1\n".to_owned()));
    assert_eq!(run(&["export"]), (Some(2), String::new()));
    assert_eq!(run(&["lookup", uuid]), (Some(2), String::new()));
    let revealed = format!("uuid,urn\n{uuid},252610000001\n");
    assert_eq!(run(&["export", "--reveal-people"]), (Some(0), revealed.clone()));
    assert_eq!(run(&["lookup", "--reveal-people", uuid]), (Some(0), revealed.clone()));
    assert_eq!(run(&["lookup", "--reveal-people", uuid, "nobody"]), (Some(1), revealed));
}

/// Checks a local database, and Firestore's emulator where there is one.
#[track_caller]
fn with_each_database(check: impl Fn(Open<'_>)) {
    let directory = tempfile::tempdir().unwrap();
    check(&|| local_database(directory.path()));
    if let Some(emulator) = FirestoreEmulator::get() {
        let project = FirestoreEmulator::new_project();
        check(&|| {
            let retries = RetryPolicy::default();
            Box::new(Firestore::at_emulator(&emulator.host, &project, retries).unwrap())
        });
    }
}

fn table(open: Open<'_>) -> UuidTable {
    UuidTable::new(open(), "demo", "demo-phone-uuid-").unwrap()
}

fn local_table(directory: &Path) -> UuidTable {
    table(&|| local_database(directory))
}

fn local_database(directory: &Path) -> Box<dyn DocumentDatabase> {
    Box::new(LocalDatabase::open(&directory.join("uuid_table.sqlite")).unwrap())
}

/// Puts an id under a key of the table, as another program would.
fn map(open: Open<'_>, key: &str, uuid: &str) {
    let table_path = CollectionPath::top("tables").document("demo").unwrap();
    let fields = Fields::from([("uuid".to_owned(), Value::from(uuid))]);
    let write = Write {
        path: table_path.collection("mappings").document(key).unwrap(),
        change: Change::Create(NewFields::from(fields)),
    };
    open().transact(&mut |_| Ok(vec![write.clone()])).unwrap();
}

fn urn(text: &str) -> Urn {
    Urn::parse(text).unwrap()
}
