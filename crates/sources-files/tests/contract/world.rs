//! Buckets, a table of ids and a data root, and what a fetch makes of them.

use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use code_schemes::CodeScheme;
use data_root::DataRoot;
use fetching::{OperatorLabels, RunIdentity};
use google_services::documents::LocalDatabase;
use google_services::storage::{
    GsUrl, LocalStorage, ObjectMetadata, ObjectStorage, StorageError, UploadOptions, Uploaded,
};
use pipeline_config::{UrlSource, load_project};
use serde_json::json;
use sources_files::{Fetch, Fetched, FileKind, LABEL_STEP, Operators, RowFormat};
use traced_data::{Changes, Metadata, TracedData, read_jsonl, serialize_line};
use uuid_table::{ParticipantUuid, Urn, UuidTable};

pub const PREFIX: &str = "demo-phone-uuid-";

pub struct World {
    pub directory: tempfile::TempDir,
    pub bucket: Bucket,
    pub table: UuidTable,
    pub configuration_hash: String,
    n_fetches: Cell<u32>,
}

/// A bucket on this machine that knows checksums, as Cloud Storage does, and can break off.
#[derive(Debug)]
pub struct Bucket {
    inside: LocalStorage,
    pub n_downloads: AtomicUsize,
    pub breaks_off: AtomicBool,
    pub knows_checksums: AtomicBool,
}

impl ObjectStorage for Bucket {
    fn metadata(&self, url: &GsUrl) -> Result<Option<ObjectMetadata>, StorageError> {
        let metadata = self.inside.metadata(url)?;
        let knows = self.knows_checksums.load(Ordering::Relaxed);
        Ok(metadata.map(|metadata| {
            let bytes = self.inside.read(url).unwrap();
            // Any checksum will do here.
            let sum = bytes
                .iter()
                .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
            ObjectMetadata { crc32c: knows.then_some(sum), ..metadata }
        }))
    }

    fn download(&self, url: &GsUrl, out: &mut dyn Write) -> Result<(), StorageError> {
        self.n_downloads.fetch_add(1, Ordering::Relaxed);
        let bytes = self.inside.read(url)?;
        if !self.breaks_off.load(Ordering::Relaxed) {
            return self.inside.download(url, out);
        }
        let written = out.write_all(&bytes[..bytes.len() / 2]);
        written.map_err(|source| StorageError::Out { url: url.clone(), source })?;
        Err(StorageError::Damaged { url: url.clone() })
    }

    fn list(&self, prefix: &GsUrl) -> Result<Vec<ObjectMetadata>, StorageError> {
        self.inside.list(prefix)
    }

    fn upload(
        &self,
        url: &GsUrl,
        file: &Path,
        options: UploadOptions<'_>,
    ) -> Result<Uploaded, StorageError> {
        self.inside.upload(url, file, options)
    }

    fn write(&self, url: &GsUrl, bytes: &[u8]) -> Result<(), StorageError> {
        self.inside.write(url, bytes)
    }
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let services = directory.path().join("services");
        let database = LocalDatabase::open(&services.join("uuid_table.sqlite")).unwrap();
        let bucket = Bucket {
            inside: LocalStorage::new(&services),
            n_downloads: AtomicUsize::new(0),
            breaks_off: AtomicBool::new(false),
            knows_checksums: AtomicBool::new(true),
        };
        Self {
            table: UuidTable::new(Box::new(database), "demo", PREFIX).unwrap(),
            bucket,
            directory,
            configuration_hash: "one".to_owned(),
            n_fetches: Cell::new(0),
        }
    }

    /// Puts a file into the bucket.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.bucket.write(&url(name).parse().unwrap(), bytes.as_ref()).unwrap();
    }

    pub fn fetch_raw_data(&self, names: &[&str]) -> Fetched {
        self.fetch(FileKind::RawData, &source(names, &[]))
    }

    /// Fetches CSV files with radio show messages, and with survey answers.
    pub fn fetch_recovered(&self, shows: &[&str], surveys: &[&str]) -> Fetched {
        let scheme = pipeline_tests::workspace()
            .join("pipeline_configs/demo/code_schemes/somalia_operator.json");
        let scheme = CodeScheme::read(&scheme).unwrap();
        let run = self.run();
        let demo = pipeline_tests::workspace().join("pipeline_configs/demo/pipeline_config.json");
        let country = load_project(&demo).unwrap().plans.country;
        let labels = OperatorLabels::new(&country, &scheme, LABEL_STEP, &run.started_at);
        let operators = Operators { labels: &labels, table: &self.table };
        let time_zone = iso_time::time_zone("Africa/Mogadishu").unwrap();
        let format = RowFormat { uuid_prefix: PREFIX, time_zone };
        let kind = FileKind::RecoveryCsv { format, run: &run, operators: Some(operators) };
        self.fetch(kind, &source(shows, surveys))
    }

    fn fetch(&self, kind: FileKind<'_>, source: &UrlSource) -> Fetched {
        self.n_fetches.set(self.n_fetches.get() + 1);
        let fetch = Fetch {
            buckets: &self.bucket,
            kind,
            source,
            data_root: &DataRoot::create(&self.directory.path().join("data")).unwrap(),
            configuration_hash: &self.configuration_hash,
        };
        fetch.run()
    }

    /// Each fetch is at another time.
    fn run(&self) -> RunIdentity {
        RunIdentity {
            user: "test@example.org".to_owned(),
            started_at: format!("2021-07-01T00:00:{:02}+00:00", self.n_fetches.get()),
        }
    }

    /// The id of who has this phone number.
    pub fn participant(&self, number: &str) -> ParticipantUuid {
        self.table.uuids(&[Urn::parse(number).unwrap()]).unwrap().remove(0)
    }

    pub fn raw_data(&self, file: &str) -> PathBuf {
        self.directory.path().join("data/Raw Data").join(file)
    }

    pub fn objects(&self, flow: &str) -> Vec<TracedData> {
        let objects = read_jsonl(&self.raw_data(&format!("{flow}.jsonl"))).unwrap();
        objects.into_iter().map(TracedData::from).collect()
    }

    /// All files of raw data.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        pipeline_tests::files_below(&self.directory.path().join("data/Raw Data")).unwrap()
    }
}

pub fn url(name: &str) -> String {
    format!("gs://messages/2021/{name}")
}

/// Raw data with an object per person.
pub fn raw_data(people: &[&str]) -> Vec<u8> {
    let metadata = Arc::new(Metadata::new("test", "test::made", "2021-07-01T00:00:00+00:00"));
    let mut bytes = Vec::new();
    for person in people {
        let changes = Changes::new().set("avf_phone_id", *person).set("message", "haa");
        serialize_line(TracedData::new(changes, &metadata).history(), &mut bytes);
    }
    bytes
}

/// Every failure as anybody could print it.
pub fn shown(fetched: &Fetched) -> Vec<String> {
    let failures = fetched.failures.iter();
    failures
        .map(|failure| {
            let cause = &failure.source;
            format!("{failure}: {cause} {failure:?} {:?}", cause.hint())
        })
        .collect()
}

fn source(activation: &[&str], survey: &[&str]) -> UrlSource {
    let urls = |names: &[&str]| names.iter().map(|name| url(name)).collect::<Vec<_>>();
    let source = json!({"ActivationFlowURLs": urls(activation), "SurveyFlowURLs": urls(survey)});
    serde_json::from_value(source).unwrap()
}
