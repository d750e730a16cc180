//! The ten ways in which Coda's own tools lose labels, each reproduced, with nothing lost.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use coda_io::backup::Backup;
use coda_io::get::{FullBecause, GetOptions, RemovedLabels};
use coda_io::previous::Previous;
use google_services::DocumentDatabase;
use google_services::documents::{
    Body, CollectionPath, DatabaseError, Document, DocumentPath, Fields, Reads, Selection, Value,
};
use serde_json::{Value as Json, json};

use crate::support::{
    Coda, fields, label, label_at, message, messages, numbered, options, project_schemes, replace,
};

/// The original reads one segment after the other, then asks for what changed meanwhile with a
/// time in the wrong type: a label in the first segment, made while the last one is read, is
/// never seen again once a later label is.
pub fn loss_1_a_label_made_while_segments_are_read(coda: &Coda) {
    for segment in 1..=3 {
        coda.write_old_messages(segment, &[numbered(segment)]);
    }
    coda.make_segments(3);
    let last = coda.segment(3).collection("messages");
    for _ in 0..2 {
        let interrupting = Interrupting::new(coda, last.clone(), || {
            coda.label(1, "message-00001", "code-yes");
            coda.label(3, "message-00003", "code-no");
        });
        // The first time all segments are read in full, the second time what changed.
        coda.get_through(&interrupting, &GetOptions::default());
    }
    let report = coda.get();
    assert_eq!(report.full_because, None);
    assert_eq!(coda.codes_in_file("message-00001"), ["code-yes", "code-yes"]);
    assert_eq!(coda.codes_in_file("message-00003"), ["code-no", "code-no"]);
}

/// The original takes the ids of the local file for those in Coda: with the file of another
/// dataset, an old one or an edited one, it writes existing messages anew, without labels.
pub fn loss_2_adding_with_a_foreign_file(coda: &Coda) {
    coda.add(&messages(0..5));
    coda.get();
    let old_files = [coda.files().messages, coda.files().record]
        .map(|path| (std::fs::read(&path).unwrap(), path));
    for number in 0..5 {
        coda.label(1, &format!("message-{number:05}"), "code-yes");
    }
    let labelled = coda.messages(1);
    let check = || {
        let added = coda.add(&messages(0..6));
        assert_eq!(added.n_added + added.n_known, 6);
        let mut now = coda.messages(1);
        assert!(now.remove("message-00005").is_some());
        assert_eq!(now, labelled);
        coda.delete(&coda.message_path(1, "message-00005"));
    };
    // Foreign: messages that Coda has are missing, and others are there.
    std::fs::write(coda.files().messages, json!([numbered(77)]).to_string()).unwrap();
    check();
    // Foreign messages with the record of the right ones.
    std::fs::write(coda.files().messages, json!([numbered(0), numbered(5)]).to_string()).unwrap();
    check();
    // Without record.
    std::fs::remove_file(coda.files().record).unwrap();
    check();
    // Old, but a download.
    for (bytes, path) in old_files {
        std::fs::write(path, bytes).unwrap();
    }
    check();
    // None.
    std::fs::remove_file(coda.files().messages).unwrap();
    check();
}

/// The original never learns of messages without a time that came after its last download.
pub fn loss_3_messages_without_a_time(coda: &Coda) {
    coda.add(&messages(0..2));
    coda.get();
    let mut labelled = numbered(2);
    labelled["Labels"] = json!([label("code-yes")]);
    coda.set(&coda.message_path(1, "message-00002"), &labelled);

    let added = coda.add(&messages(0..4));
    assert_eq!((added.n_added, added.n_known), (1, 3));
    assert_eq!(coda.messages(1)["message-00002"], fields(&labelled));
    let report = coda.get();
    assert_eq!(report.full_because, Some(FullBecause::CountDiffers));
    assert_eq!(coda.codes_in_file("message-00002"), ["code-yes"]);
}

/// The original adds such messages to the last segment, and then dies on the duplicate whenever it
/// reads.
pub fn loss_4_a_message_in_two_segments(coda: &Coda) {
    coda.write_old_messages(1, &[numbered(0), numbered(1)]);
    let mut copy = numbered(1);
    copy["Labels"] = json!([label_at("code-no", "2021-06-02T08:00:00Z")]);
    coda.write_old_messages(2, &[copy]);
    coda.make_segments(2);
    coda.label(1, "message-00001", "code-yes");
    for _ in 0..2 {
        let report = coda.get();
        assert_eq!(report.copies, ["message-00001"]);
        assert_eq!(coda.codes_in_file("message-00001"), ["code-yes", "code-no"]);
        assert_eq!(coda.file().len(), 2);
    }
    // Whichever copy people label from now on.
    coda.label(2, "message-00001", "code-WS");
    coda.get();
    assert_eq!(coda.codes_in_file("message-00001"), ["code-WS", "code-yes", "code-no"]);

    // Ours makes no such copies: a message of the first segment is not added to the second.
    let added = coda.add(&messages(0..2));
    assert_eq!((added.n_added, added.n_known), (0, 2));
}

/// After a restore the original finds texts where it expects times, and dies.
pub fn loss_5_times_that_are_texts(coda: &Coda) {
    let mut restored = numbered(0);
    restored["LastUpdated"] = json!("2021-06-01T08:00:00.000000+00:00");
    coda.make_segments(1);
    coda.set(&coda.message_path(1, "message-00000"), &restored);
    coda.get();
    assert_eq!(coda.file()[0]["LastUpdated"], "2021-06-01T08:00:00.000000+00:00");

    // A program that writes texts is seen, whatever its spelling and offset.
    for time in ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%6f-11:00"] {
        let code = format!("code-{}", time.len());
        let now = Utc::now() - chrono::TimeDelta::hours(if time.ends_with('Z') { 0 } else { 11 });
        restored["LastUpdated"] = json!(now.format(time).to_string());
        restored["Labels"] = json!([label(&code)]);
        coda.set(&coda.message_path(1, "message-00000"), &restored);
        let report = coda.get();
        assert_eq!(report.full_because, None);
        assert!(coda.codes_in_file("message-00000").contains(&code));
    }
}

/// In the original's file, messages that were deleted in Coda stay for ever.
pub fn loss_6_deleted_messages_stay(coda: &Coda) {
    coda.add(&messages(0..5));
    coda.label(1, "message-00003", "code-yes");
    coda.get();
    coda.delete(&coda.message_path(1, "message-00003"));
    let report = coda.get();
    assert_eq!(report.full_because, Some(FullBecause::CountDiffers));
    assert_eq!(report.removed.len(), 1);
    assert!(report.removed[0].was_labelled);
    assert_eq!(coda.file().len(), 4);

    // One deleted, one added by somebody else: the count alone does not show it.
    coda.delete(&coda.message_path(1, "message-00001"));
    coda.add(&messages(5..6));
    let report = coda.get();
    assert_eq!((report.removed.len(), report.n_new), (1, 1));
    assert_eq!(coda.file().len(), 4);
    // What Coda does not have is added again.
    assert_eq!(coda.add(&messages(0..6)).n_added, 2);
}

/// With a count of one segment, the original copies the schemes of the second segment from
/// `<dataset>_1`, which does not exist: from then on every tool stops at the difference.
pub fn loss_7_a_count_of_one_segment(coda: &Coda) {
    let schemes = project_schemes(&[]);
    let full: Vec<Json> = (0..2_499).map(numbered).collect();
    coda.add_with(&messages(2_499..2_500), &options(&schemes));
    coda.write_old_messages(1, &full);
    coda.set(&coda.count_path(), &json!({"segment_count": 1}));
    coda.add_with(&messages(0..2_501), &options(&schemes));
    assert_eq!(coda.messages(2).len(), 1);
    let of = |segment| -> Vec<Fields> {
        let documents = coda.all(&coda.segment(segment).collection("code_schemes"));
        documents.into_iter().map(|document| document.fields).collect()
    };
    assert_eq!(of(1).len(), 1);
    assert_eq!(of(1), of(2));
    assert_eq!(coda.read(&coda.segment(1)), coda.read(&coda.segment(2)));
    coda.get();
    assert_eq!(coda.file().len(), 2_501);
}

/// Two originals at once give the same sequence numbers, and both make the next segment.
pub fn loss_8_two_adds_at_once(coda: &Coda) {
    let schemes = project_schemes(&[]);
    let full: Vec<Json> = (0..2_400).map(numbered).collect();
    coda.write_old_messages(1, &full);
    coda.make_segments(1);
    let processes: Vec<_> = (0..2).map(|_| coda.another_process()).collect();
    std::thread::scope(|scope| {
        for (index, database) in processes.iter().enumerate() {
            let schemes = &schemes;
            scope.spawn(move || {
                // Half of them are the same for both.
                let sent = coda.new_messages(&messages(2_400 + 100 * index..2_600 + 100 * index));
                let options = options(schemes);
                let previous = Previous::Nothing;
                let added = |_| {};
                coda_io::add::add(&**database, &coda.dataset, sent, &previous, &options, added)
                    .unwrap();
            });
        }
    });
    coda.get();
    let file = coda.file();
    assert_eq!(file.len(), 2_700);
    assert!(file.iter().enumerate().all(|(number, message)| message["SequenceNumber"] == number));
    assert_eq!((coda.messages(1).len(), coda.messages(2).len()), (2_500, 200));
    assert_eq!(coda.read(&coda.count_path()).unwrap()["segment_count"], Value::Integer(2));
    assert_eq!(coda.metrics(2)["messages_count"], 200);
}

/// Restores and programs that set no time are invisible to the original's downloads.
pub fn loss_9_a_restore_behind_our_back(coda: &Coda) {
    coda.write_old_messages(1, &[numbered(0), numbered(1)]);
    coda.make_segments(1);
    coda.label(1, "message-00001", "code-no");
    coda.get();
    // Somebody deletes the dataset and restores an old backup, as many messages as before.
    coda.delete(&coda.segment(1));
    let mut labelled = numbered(0);
    labelled["Labels"] = json!([label_at("code-yes", "2021-06-01T08:00:00Z")]);
    coda.write_old_messages(1, &[labelled, numbered(1)]);
    coda.make_segments(1);
    let report = coda.get();
    assert_eq!(report.full_because, Some(FullBecause::DatasetWritten));
    assert_eq!(coda.codes_in_file("message-00000"), ["code-yes"]);
    // The label that the backup did not have is not lost either.
    assert_eq!(report.with_removed_labels, ["message-00001"]);
    assert_eq!(coda.codes_in_file("message-00001"), ["code-no"]);

    // Our own restore is seen in the same way.
    let backup = Backup::export(&*coda.database, &coda.dataset).unwrap();
    for path in [coda.message_path(1, "message-00000"), coda.message_path(1, "message-00001")] {
        coda.delete(&path);
    }
    backup.restore(&*coda.database, &coda.dataset).unwrap();
    assert_eq!(coda.get().full_because, Some(FullBecause::DatasetWritten));
}

/// Coda's web page writes whole messages: a tab that has not seen a label overwrites it.
pub fn loss_10_a_stale_tab_overwrites_a_label(coda: &Coda) {
    coda.add_with(&messages(0..2), &options(&project_schemes(&[])));
    let id = "message-00001";
    let stale_tab = coda.read(&coda.message_path(1, id)).unwrap();
    coda.label(1, id, "code-yes");
    coda.get();
    coda.label_in_tab(1, id, &stale_tab, &label("code-no"));
    assert_eq!(coda.messages(1)[id]["Labels"].as_array().unwrap().len(), 1, "Coda has lost it");

    let report = coda.get();
    assert_eq!(report.with_removed_labels, [id]);
    assert_eq!(coda.codes_in_file(id), ["code-no", "code-yes"]);
    let full = GetOptions { mode: coda_io::get::Mode::Full, ..GetOptions::default() };
    coda.get_with(&full);
    assert_eq!(coda.codes_in_file(id), ["code-no", "code-yes"]);

    // It goes back into Coda,
    let given = coda_io::label::GivenLabels::read(&coda.files().messages).unwrap();
    let done = coda_io::label::give_labels(&*coda.database, &coda.dataset, &given, &[]).unwrap();
    assert_eq!((done.n_labels, done.n_messages), (1, 1));
    assert_eq!(coda.messages(1)[id]["Labels"].as_array().unwrap().len(), 2);
    assert_eq!(coda.get().with_removed_labels, [""; 0]);

    // or it was removed on purpose.
    coda.write(&[replace(&coda.message_path(1, id), fields(&message(1)))]);
    let accept = GetOptions { removed_labels: RemovedLabels::Drop, ..full };
    coda.get_with(&accept);
    assert_eq!(coda.codes_in_file(id), [""; 0]);
}

/// A database in which something happens right before a collection is first read.
struct Interrupting<'a, F> {
    inner: &'a dyn DocumentDatabase,
    collection: CollectionPath,
    interruption: Mutex<Option<F>>,
}

impl<'a, F: FnOnce()> Interrupting<'a, F> {
    fn new(coda: &'a Coda, collection: CollectionPath, interruption: F) -> Self {
        let interruption = Mutex::new(Some(interruption));
        Self { inner: &*coda.database, collection, interruption }
    }
}

impl<F> std::fmt::Debug for Interrupting<'_, F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(out)
    }
}

impl<F: FnOnce() + Send> DocumentDatabase for Interrupting<'_, F> {
    fn snapshot(&self) -> Result<Box<dyn Reads + '_>, DatabaseError> {
        let inner = self.inner.snapshot()?;
        Ok(Box::new(InterruptedReads { inner, database: self }))
    }

    fn transact(&self, body: Body<'_>) -> Result<DateTime<Utc>, DatabaseError> {
        self.inner.transact(body)
    }

    fn identity(&self) -> &str {
        self.inner.identity()
    }

    fn server_time_slack(&self) -> Duration {
        self.inner.server_time_slack()
    }

    fn n_reads(&self) -> u64 {
        self.inner.n_reads()
    }
}

struct InterruptedReads<'a, F> {
    inner: Box<dyn Reads + 'a>,
    database: &'a Interrupting<'a, F>,
}

impl<F: FnOnce()> InterruptedReads<'_, F> {
    fn interrupt(&self, collection: &CollectionPath) {
        if *collection == self.database.collection
            && let Some(interruption) = self.database.interruption.lock().unwrap().take()
        {
            interruption();
        }
    }
}

impl<F: FnOnce()> Reads for InterruptedReads<'_, F> {
    fn read_at(&self) -> Option<DateTime<Utc>> {
        self.inner.read_at()
    }

    fn documents(
        &self,
        paths: &[DocumentPath],
        selection: Selection<'_>,
    ) -> Result<Vec<Option<Document>>, DatabaseError> {
        self.inner.documents(paths, selection)
    }

    fn all(
        &self,
        collection: &CollectionPath,
        selection: Selection<'_>,
    ) -> Result<Vec<Document>, DatabaseError> {
        self.interrupt(collection);
        self.inner.all(collection, selection)
    }

    fn at_least(
        &self,
        collection: &CollectionPath,
        field: &str,
        bound: &Value,
    ) -> Result<Vec<Document>, DatabaseError> {
        self.interrupt(collection);
        self.inner.at_least(collection, field, bound)
    }

    fn highest(
        &self,
        collection: &CollectionPath,
        field: &str,
    ) -> Result<Option<i64>, DatabaseError> {
        self.inner.highest(collection, field)
    }

    fn count(&self, collection: &CollectionPath) -> Result<u64, DatabaseError> {
        self.inner.count(collection)
    }

    fn ids(&self, collection: &CollectionPath) -> Result<Vec<String>, DatabaseError> {
        self.inner.ids(collection)
    }

    fn collections_below(
        &self,
        document: &DocumentPath,
    ) -> Result<Vec<CollectionPath>, DatabaseError> {
        self.inner.collections_below(document)
    }
}
