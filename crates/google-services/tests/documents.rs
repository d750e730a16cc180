//! What holds for every database of documents: the local one, and Firestore's emulator.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use firestore_emulator::FirestoreEmulator;
use google_services::RetryPolicy;
use google_services::documents::{
    Change, CollectionPath, DatabaseError, DocumentDatabase, DocumentPath, Fields, Firestore,
    LocalDatabase, NewFields, Selection, Value, Write,
};

/// Makes a test per database of each named function.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod local {
            $(#[test]
            fn $name() {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("services/test.sqlite");
                super::$name(&super::LocalDatabase::open(&path).unwrap());
            })*
        }

        mod firestore {
            use super::{Firestore, FirestoreEmulator, RetryPolicy};

            $(#[test]
            fn $name() {
                let Some(emulator) = FirestoreEmulator::get() else { return };
                let project = FirestoreEmulator::new_project();
                let retries = RetryPolicy::default();
                let database = Firestore::at_emulator(&emulator.host, &project, retries);
                super::$name(&database.unwrap());
            })*
        }
    };
}

contract! {
    keeps_every_type,
    reads_in_the_order_asked_for,
    finds_by_bound_only_what_has_its_type,
    reads_more_than_a_page,
    a_snapshot_sees_one_moment,
    creates_only_what_is_not_there,
    a_failed_transaction_writes_nothing,
    the_server_sets_the_time,
    concurrent_transactions_do_not_lose_an_update,
    lists_documents_that_are_only_parents,
    tells_the_highest_number,
    counts_its_reads,
}

fn keeps_every_type(database: &dyn DocumentDatabase) {
    let instant = chrono::DateTime::from_timestamp_micros(1_622_534_400_123_456).unwrap();
    let fields: Fields = [
        ("null", Value::Null),
        ("bool", Value::Bool(true)),
        ("integer", Value::Integer(i64::MAX)),
        ("double", Value::Double(1.0)),
        ("timestamp", Value::from(instant)),
        ("string", Value::from("2021-06-01T08:00:00Z")),
        ("bytes", Value::Bytes("AAEC".to_owned())),
        ("point", Value::GeoPoint { latitude: 2.5, longitude: 45.25 }),
        ("array", Value::Array(vec![Value::Integer(1), Value::from("é\u{1F600}\0")])),
        ("empty", Value::Array(Vec::new())),
        ("map", Value::Map([("a b".to_owned(), Value::Map(Fields::new()))].into())),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    write(database, vec![create("a", fields.clone())]);
    assert_eq!(read(database, "a"), Some(fields));
}

fn reads_in_the_order_asked_for(database: &dyn DocumentDatabase) {
    write(database, vec![create("é ?#%", number(1)), create("b", number(2))]);
    let snapshot = database.snapshot().unwrap();
    let paths = ["b", "missing", "é ?#%", "b"].map(path);
    let found = snapshot.documents(&paths, Selection::NoFields).unwrap();
    let ids: Vec<Option<&str>> =
        found.iter().map(|document| document.as_ref().map(|it| it.path.id())).collect();
    assert_eq!(ids, [Some("b"), None, Some("é ?#%"), Some("b")]);
    assert!(found[0].as_ref().unwrap().fields.is_empty());

    let all = snapshot.all(&things(), Selection::Fields(&["n"])).unwrap();
    let ids: Vec<&str> = all.iter().map(|document| document.path.id()).collect();
    assert_eq!(ids, ["b", "é ?#%"]);
    assert_eq!(all[0].fields, number(2));
}

fn finds_by_bound_only_what_has_its_type(database: &dyn DocumentDatabase) {
    let at = |secs| Value::from(chrono::DateTime::from_timestamp(secs, 0).unwrap());
    let fields = |value| Fields::from([("LastUpdated".to_owned(), value)]);
    write(
        database,
        vec![
            create("early", fields(at(100))),
            create("bound", fields(at(200))),
            create("late", fields(at(300))),
            create("text", fields(Value::from("2021-06-01T08:00:00Z"))),
            create("old text", fields(Value::from("2020-06-01T08:00:00Z"))),
            create("none", Fields::new()),
        ],
    );
    let find = |bound: Value| -> Vec<String> {
        let snapshot = database.snapshot().unwrap();
        let found = snapshot.at_least(&things(), "LastUpdated", &bound).unwrap();
        found.iter().map(|document| document.path.id().to_owned()).collect()
    };
    assert_eq!(find(at(200)), ["bound", "late"]);
    assert_eq!(find(Value::from("2021")), ["text"]);
}

fn reads_more_than_a_page(database: &dyn DocumentDatabase) {
    // Equal values, so that pages end within them.
    let ids: Vec<String> = (0..2_100).map(|number| format!("{number:05}")).collect();
    for ids in ids.chunks(400) {
        write(database, ids.iter().map(|id| create(id, number(7))));
    }
    let snapshot = database.snapshot().unwrap();
    for found in [
        snapshot.all(&things(), Selection::AllFields).unwrap(),
        snapshot.at_least(&things(), "n", &Value::Integer(7)).unwrap(),
    ] {
        let found: Vec<&str> = found.iter().map(|document| document.path.id()).collect();
        assert_eq!(found, ids);
    }
    let found =
        snapshot.documents(&ids.iter().map(|id| path(id)).collect::<Vec<_>>(), Selection::NoFields);
    assert_eq!(found.unwrap().iter().flatten().count(), ids.len());
    assert_eq!(snapshot.count(&things()).unwrap(), 2_100);
}

fn a_snapshot_sees_one_moment(database: &dyn DocumentDatabase) {
    write(database, vec![create("a", number(1))]);
    let snapshot = database.snapshot().unwrap();
    let a = || snapshot.documents(&[path("a")], Selection::AllFields).unwrap()[0].clone();
    assert_eq!(a().unwrap().fields, number(1));
    let read_at = snapshot.read_at().unwrap();

    write(database, vec![replace("a", number(2)), create("b", number(2))]);
    assert_eq!(a().unwrap().fields, number(1));
    assert_eq!(snapshot.all(&things(), Selection::AllFields).unwrap().len(), 1);
    assert_eq!(snapshot.count(&things()).unwrap(), 1);
    assert_eq!(snapshot.read_at(), Some(read_at));
    assert_eq!(read(database, "a"), Some(number(2)));
}

fn creates_only_what_is_not_there(database: &dyn DocumentDatabase) {
    write(database, vec![create("a", number(1))]);
    let blind = vec![create("b", number(2)), create("a", number(2))];
    let error = database.transact(&mut |_| Ok(blind.clone())).unwrap_err();
    let error = match error {
        DatabaseError::Contention { source, .. } => *source,
        other => other,
    };
    assert!(
        matches!(&error, DatabaseError::AlreadyExists { path } if path == "things/a"),
        "{error:?}"
    );
    assert_eq!(read(database, "a"), Some(number(1)));
    assert_eq!(read(database, "b"), None);
}

fn a_failed_transaction_writes_nothing(database: &dyn DocumentDatabase) {
    let failed = database
        .transact(&mut |_| Err(CollectionPath::top("things").document("").unwrap_err().into()));
    assert!(matches!(failed, Err(DatabaseError::BadId(_))));
    database.transact(&mut |_| Ok(Vec::new())).unwrap();
    // Nothing is locked.
    write(database, vec![create("a", number(1))]);
}

fn the_server_sets_the_time(database: &dyn DocumentDatabase) {
    let new = NewFields { fields: number(1), server_time: Some("at") };
    let write = Write { path: path("a"), change: Change::Create(new) };
    let written_at = database.transact(&mut |_| Ok(vec![write.clone()])).unwrap();
    let snapshot = database.snapshot().unwrap();
    let document = snapshot.documents(&[path("a")], Selection::AllFields).unwrap();
    let document = document[0].as_ref().unwrap();
    let Some(Value::Timestamp(at)) = document.fields.get("at") else { panic!("no time") };
    assert!(*at <= written_at && written_at <= snapshot.read_at().unwrap());
    let slack = chrono::TimeDelta::from_std(database.server_time_slack()).unwrap();
    assert!(written_at - slack <= *at);
    assert_eq!(document.updated_at, written_at);
}

fn concurrent_transactions_do_not_lose_an_update(database: &dyn DocumentDatabase) {
    const N_THREADS: usize = 4;
    const N_ROUNDS: usize = 5;
    write(database, vec![create("counter", number(0))]);
    let barrier = Barrier::new(N_THREADS);
    std::thread::scope(|scope| {
        for _ in 0..N_THREADS {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..N_ROUNDS {
                    database
                        .transact(&mut |reads| {
                            let found =
                                reads.documents(&[path("counter")], Selection::AllFields)?;
                            let before =
                                found[0].as_ref().and_then(|it| it.fields["n"].as_integer());
                            Ok(vec![replace("counter", number(before.unwrap() + 1))])
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(read(database, "counter"), Some(number(20)));
}

fn lists_documents_that_are_only_parents(database: &dyn DocumentDatabase) {
    let child = path("ghost").collection("messages").document("m").unwrap();
    write(
        database,
        vec![
            create("real", number(1)),
            Write { path: child, change: Change::Create(number(1).into()) },
        ],
    );
    let snapshot = database.snapshot().unwrap();
    assert_eq!(snapshot.ids(&things()).unwrap(), ["ghost", "real"]);
    let below = snapshot.collections_below(&path("ghost")).unwrap();
    assert_eq!(below, [path("ghost").collection("messages")]);
    assert!(snapshot.collections_below(&path("real")).unwrap().is_empty());

    write(database, vec![Write { path: path("real"), change: Change::Delete }]);
    assert_eq!(database.snapshot().unwrap().ids(&things()).unwrap(), ["ghost"]);
}

fn tells_the_highest_number(database: &dyn DocumentDatabase) {
    let highest = || database.snapshot().unwrap().highest(&things(), "n").unwrap();
    assert_eq!(highest(), None);
    let text = Fields::from([("n".to_owned(), Value::from("9"))]);
    write(database, vec![create("text", text), create("none", Fields::new())]);
    assert_eq!(highest(), None);
    write(database, vec![create("a", number(9)), create("b", number(10))]);
    assert_eq!(highest(), Some(10));
    let double = Fields::from([("n".to_owned(), Value::Double(10.5))]);
    write(database, vec![create("double", double)]);
    assert_eq!(highest(), Some(11));
}

fn counts_its_reads(database: &dyn DocumentDatabase) {
    write(database, (0..20).map(|n| create(&n.to_string(), number(n))));
    let reads_of = |work: &dyn Fn()| {
        let before = database.n_reads();
        work();
        database.n_reads() - before
    };
    let snapshot = database.snapshot().unwrap();
    assert_eq!(reads_of(&|| drop(snapshot.all(&things(), Selection::NoFields).unwrap())), 20);
    assert_eq!(reads_of(&|| assert_eq!(snapshot.count(&things()).unwrap(), 20)), 1);
    assert_eq!(
        reads_of(&|| drop(snapshot.at_least(&things(), "n", &Value::Integer(15)).unwrap())),
        5
    );
    let paths = [path("1"), path("missing")];
    assert_eq!(reads_of(&|| drop(snapshot.documents(&paths, Selection::NoFields).unwrap())), 2);
}

#[test]
fn a_local_database_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("services/test.sqlite");
    let database = LocalDatabase::open(&path).unwrap();
    let _snapshot = database.snapshot().unwrap();
    write(&database, vec![create("a", number(1))]);
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
    let again = LocalDatabase::open(&path).unwrap();
    assert_eq!(again.identity(), database.identity());
}

#[test]
fn a_local_file_that_is_no_database_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.sqlite");
    std::fs::write(
        &path,
        "not a database, but long enough to be read as the head of one. ".repeat(20),
    )
    .unwrap();
    let error = LocalDatabase::open(&path).unwrap_err();
    assert!(error.to_string().contains("test.sqlite"), "{error}");
    assert!(error.hint().unwrap().contains("restore it from a backup"));
}

#[test]
fn local_server_times_never_repeat() {
    let directory = tempfile::tempdir().unwrap();
    let database = LocalDatabase::open(&directory.path().join("test.sqlite")).unwrap();
    let n_done = AtomicUsize::new(0);
    let mut last = chrono::DateTime::UNIX_EPOCH;
    while n_done.fetch_add(1, Ordering::Relaxed) < 50 {
        let written_at = database.transact(&mut |_| Ok(vec![replace("a", number(1))])).unwrap();
        assert!(last < written_at);
        last = written_at;
    }
}

fn things() -> CollectionPath {
    CollectionPath::top("things")
}

fn path(id: &str) -> DocumentPath {
    things().document(id).unwrap()
}

fn number(n: i64) -> Fields {
    Fields::from([("n".to_owned(), Value::Integer(n))])
}

fn create(id: &str, fields: Fields) -> Write {
    Write { path: path(id), change: Change::Create(fields.into()) }
}

fn replace(id: &str, fields: Fields) -> Write {
    Write { path: path(id), change: Change::Replace(fields.into()) }
}

fn write(database: &dyn DocumentDatabase, writes: impl IntoIterator<Item = Write>) {
    let writes: Vec<Write> = writes.into_iter().collect();
    database.transact(&mut |_| Ok(writes.clone())).unwrap();
}

fn read(database: &dyn DocumentDatabase, id: &str) -> Option<Fields> {
    let snapshot = database.snapshot().unwrap();
    let found = snapshot.documents(&[path(id)], Selection::AllFields).unwrap().remove(0);
    found.map(|document| document.fields)
}

#[test]
fn a_new_local_database_can_be_opened_by_many_at_once() {
    for _ in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new.sqlite");
        std::thread::scope(|scope| {
            let open = || drop(LocalDatabase::open(&path).unwrap());
            (0..8).for_each(|_| drop(scope.spawn(open)));
        });
    }
}
