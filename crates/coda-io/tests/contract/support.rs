//! A Coda to test with, and the people and programs that use it beside us.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coda_io::Dataset;
use coda_io::add::{AddOptions, Added, NewMessage, ProjectScheme, UpdateSchemes, add};
use coda_io::get::{GetOptions, Got, Report, get};
use coda_io::previous::{DownloadFiles, Previous};
use code_schemes::CodeScheme;
use data_root::DataRoot;
use firestore_emulator::FirestoreEmulator;
use google_services::documents::{
    Change, CollectionPath, Document, DocumentPath, Fields, Firestore, LocalDatabase, NewFields,
    Selection, Value, Write,
};
use google_services::{DocumentDatabase, RetryPolicy};
use serde_json::{Value as Json, json};

/// The dataset that most tests are about.
pub const DATASET: &str = "TEST_rqa";

/// A Coda, and a data root.
pub struct Coda {
    pub database: Box<dyn DocumentDatabase>,
    pub data_root: DataRoot,
    pub dataset: Dataset,
    directory: tempfile::TempDir,
    firestore_project: Option<String>,
}

impl Coda {
    pub fn local() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = LocalDatabase::open(&directory.path().join("services/coda.sqlite")).unwrap();
        Self::new(Box::new(database), directory, None)
    }

    pub fn firestore() -> Option<Self> {
        let project = FirestoreEmulator::new_project();
        let database = open_firestore(&project)?;
        Some(Self::new(database, tempfile::tempdir().unwrap(), Some(project)))
    }

    fn new(
        database: Box<dyn DocumentDatabase>,
        directory: tempfile::TempDir,
        firestore_project: Option<String>,
    ) -> Self {
        let data_root = DataRoot::create(&directory.path().join("data")).unwrap();
        let dataset = Dataset::new(DATASET).unwrap();
        Self { database, data_root, dataset, directory, firestore_project }
    }

    /// The same database, as another process has it.
    pub fn another_process(&self) -> Box<dyn DocumentDatabase> {
        match &self.firestore_project {
            Some(project) => open_firestore(project).unwrap(),
            None => {
                let path = self.directory.path().join("services/coda.sqlite");
                Box::new(LocalDatabase::open(&path).unwrap())
            }
        }
    }

    /// A file beside the data root.
    pub fn scratch_file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn files(&self) -> DownloadFiles {
        DownloadFiles::of(&self.data_root, &self.dataset).unwrap()
    }

    pub fn previous(&self) -> Previous {
        self.files().read(&self.dataset, self.database.identity()).unwrap()
    }

    /// Stage 1 for the dataset.
    pub fn get(&self) -> Report {
        self.get_with(&GetOptions::default())
    }

    pub fn get_with(&self, options: &GetOptions<'_>) -> Report {
        self.get_through(&*self.database, options)
    }

    /// Stage 1 over another view of the database.
    pub fn get_through(&self, database: &dyn DocumentDatabase, options: &GetOptions<'_>) -> Report {
        let previous = self.previous();
        match get(database, &self.dataset, &previous, options).unwrap() {
            Got::Dataset(download, report) => {
                self.files().write(*download, &previous).unwrap();
                report
            }
            other => panic!("{other:?}"),
        }
    }

    /// What stage 1 wrote.
    pub fn file(&self) -> Vec<Json> {
        let bytes = std::fs::read(self.files().messages).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The code ids of the labels of a message in the file.
    pub fn codes_in_file(&self, id: &str) -> Vec<String> {
        let file = self.file();
        let message = file.iter().find(|message| message["MessageID"] == id).unwrap();
        let labels = message["Labels"].as_array().unwrap();
        labels.iter().map(|label| label["CodeID"].as_str().unwrap().to_owned()).collect()
    }

    /// Stage 4 for the dataset.
    pub fn add(&self, messages: &[Json]) -> Added {
        self.add_with(messages, &options(&[]))
    }

    pub fn add_with(&self, messages: &[Json], options: &AddOptions<'_>) -> Added {
        let messages = self.new_messages(messages);
        add(&*self.database, &self.dataset, messages, &self.previous(), options, |_| {}).unwrap()
    }

    /// Messages as stage 4 reads them.
    pub fn new_messages(&self, messages: &[Json]) -> Vec<NewMessage> {
        let path = tempfile::NamedTempFile::new_in(self.directory.path()).unwrap();
        std::fs::write(path.path(), serde_json::to_vec(messages).unwrap()).unwrap();
        coda_io::add::read_new_messages(path.path()).unwrap()
    }

    /// The segment with this number, counted from 1.
    pub fn segment(&self, number: usize) -> DocumentPath {
        let name = match number {
            1 => DATASET.to_owned(),
            number => format!("{DATASET}_{number}"),
        };
        CollectionPath::top("datasets").document(&name).unwrap()
    }

    pub fn message_path(&self, segment: usize, id: &str) -> DocumentPath {
        self.segment(segment).collection("messages").document(id).unwrap()
    }

    pub fn read(&self, path: &DocumentPath) -> Option<Fields> {
        let reads = self.database.snapshot().unwrap();
        let mut found = reads.documents(std::slice::from_ref(path), Selection::AllFields).unwrap();
        found.remove(0).map(|document| document.fields)
    }

    pub fn all(&self, collection: &CollectionPath) -> Vec<Document> {
        self.database.snapshot().unwrap().all(collection, Selection::AllFields).unwrap()
    }

    /// All messages of a segment, by id.
    pub fn messages(&self, segment: usize) -> BTreeMap<String, Fields> {
        let documents = self.all(&self.segment(segment).collection("messages"));
        documents.into_iter().map(|it| (it.path.id().to_owned(), it.fields)).collect()
    }

    pub fn metrics(&self, segment: usize) -> Json {
        let path = self.segment(segment).collection("metrics").document("messages").unwrap();
        Value::Map(self.read(&path).unwrap()).to_plain_json()
    }

    /// Writes documents as they are, as any other program can.
    pub fn write(&self, writes: &[Write]) {
        for writes in writes.chunks(250) {
            self.database.transact(&mut |_| Ok(writes.to_vec())).unwrap();
        }
    }

    pub fn set(&self, path: &DocumentPath, json: &Json) {
        self.write(&[replace(path, fields(json))]);
    }

    pub fn delete(&self, path: &DocumentPath) {
        self.write(&[Write { path: path.clone(), change: Change::Delete }]);
    }

    /// The document of the segments, and their number, as Coda's tools write them.
    pub fn make_segments(&self, n_segments: usize) {
        for number in 1..=n_segments {
            self.set(&self.segment(number), &json!({"users": ["labeller@example.org"]}));
        }
        if 1 < n_segments {
            self.set(&self.count_path(), &json!({ "segment_count": n_segments }));
        }
    }

    pub fn count_path(&self) -> DocumentPath {
        CollectionPath::top("segment_counts").document(DATASET).unwrap()
    }

    /// Writes messages whose last change was long ago.
    pub fn write_old_messages(&self, segment: usize, messages: &[Json]) {
        let old = chrono::DateTime::from_timestamp(1_622_534_400, 0).unwrap();
        let writes = messages.iter().map(|message| {
            let mut fields = fields(message);
            fields.insert("LastUpdated".to_owned(), Value::from(old));
            let id = message["MessageID"].as_str().unwrap();
            replace(&self.message_path(segment, id), fields)
        });
        self.write(&writes.collect::<Vec<_>>());
    }

    /// What Coda's web page does when somebody labels: it puts the label in front of those of the
    /// copy that the tab has, and writes all of the message.
    pub fn label_in_tab(&self, segment: usize, id: &str, tab: &Fields, label: &Json) {
        self.write(&[self.tab_write(segment, id, tab, label)]);
    }

    pub fn tab_write(&self, segment: usize, id: &str, tab: &Fields, label: &Json) -> Write {
        let mut fields = tab.clone();
        let Some(Value::Array(labels)) = fields.get_mut("Labels") else { panic!("no labels") };
        labels.insert(0, Value::from_plain_json(label));
        fields.remove("LastUpdated");
        let new = NewFields { fields, server_time: Some("LastUpdated") };
        Write { path: self.message_path(segment, id), change: Change::Replace(new) }
    }

    /// As [`Coda::label_in_tab`], by somebody who has just opened the page.
    pub fn label(&self, segment: usize, id: &str, code: &str) {
        let tab = self.read(&self.message_path(segment, id)).unwrap();
        self.label_in_tab(segment, id, &tab, &label(code));
    }
}

fn open_firestore(project: &str) -> Option<Box<dyn DocumentDatabase>> {
    let emulator = FirestoreEmulator::get()?;
    let database = Firestore::at_emulator(&emulator.host, project, RetryPolicy::default());
    Some(Box::new(database.unwrap()))
}

pub fn fields(json: &Json) -> Fields {
    Value::from_plain_json(json).as_map().unwrap().clone()
}

pub fn replace(path: &DocumentPath, fields: Fields) -> Write {
    Write { path: path.clone(), change: Change::Replace(fields.into()) }
}

/// The n-th message without labels.
pub fn message(number: usize) -> Json {
    json!({
        "MessageID": format!("message-{number:05}"),
        "Text": format!("text {number} é 😀"),
        "CreationDateTimeUTC": "2021-06-01T07:00:00.123456+00:00",
        "Labels": [],
    })
}

pub fn messages(numbers: std::ops::Range<usize>) -> Vec<Json> {
    numbers.map(message).collect()
}

/// A message with its number, as other programs write it.
pub fn numbered(number: usize) -> Json {
    let mut message = message(number);
    message["SequenceNumber"] = json!(number);
    message
}

/// A label that somebody gives now.
pub fn label(code: &str) -> Json {
    label_at(code, &chrono::Utc::now().to_rfc3339())
}

pub fn label_at(code: &str, time: &str) -> Json {
    json!({
        "SchemeID": "Scheme-test",
        "CodeID": code,
        "DateTimeUTC": time,
        "Checked": true,
        "Origin": {"OriginID": "labeller@example.org", "Name": "Labeller", "OriginType": "Manual"},
    })
}

/// The scheme of the tests: `code-yes`, `code-no`, `code-NC`, `code-WS`, and what is added.
pub fn scheme(more_codes: &[&str]) -> Arc<CodeScheme> {
    let controls = [("code-NC", "NC"), ("code-WS", "WS")];
    let normal = ["code-yes", "code-no"].iter().chain(more_codes);
    let mut codes: Vec<Json> = normal
        .enumerate()
        .map(|(number, id)| {
            json!({"CodeID": id, "CodeType": "Normal", "DisplayText": id, "NumericValue": number,
                   "StringValue": id.trim_start_matches("code-"), "VisibleInCoda": true})
        })
        .collect();
    codes.extend(controls.iter().enumerate().map(|(number, (id, control))| {
        json!({"CodeID": id, "CodeType": "Control", "ControlCode": control, "DisplayText": control,
               "NumericValue": -10 - i64::try_from(number).unwrap(), "StringValue": control,
               "VisibleInCoda": true})
    }));
    let scheme = json!({"SchemeID": "Scheme-test", "Name": "test", "Version": "1", "Codes": codes});
    Arc::new(CodeScheme::parse(Path::new("scheme.json"), &scheme.to_string()).unwrap())
}

pub fn project_schemes(more_codes: &[&str]) -> Vec<ProjectScheme> {
    vec![ProjectScheme { scheme: scheme(more_codes), n_copies: 0 }]
}

pub fn options(schemes: &[ProjectScheme]) -> AddOptions<'_> {
    AddOptions { users: &[], schemes, update_schemes: UpdateSchemes::Report }
}
