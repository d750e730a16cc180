//! A source with its emulator, project, services and data root, and what a fetch makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use google_services::documents::LocalDatabase;
use pipeline_config::load_project;
use pipeline_tests::{copy_directory, files_below, text, workspace};
use serde_json::{Value, json};
use service_emulator::{Emulator, Fault, Services, write_credentials};
use traced_data::{Key, TracedData, read_jsonl};
use uuid_table::UuidTable;

use crate::source::Source;

/// How long a request that is to be killed waits: longer than any test.
const FOREVER_MILLIS: u64 = 3_600_000;

/// The bucket with files that others put there.
pub const DATA_BUCKET: &str = "school-gardens-datasets";

/// What each participant id begins with, in the demo's configuration.
const ID_PREFIX: &str = "demo-phone-uuid-";

/// What stands before values that are not the same twice.
const VOLATILE: [&str; 5] = [
    "\"SHA\": \"",
    "\"Timestamp\": \"",
    "\"DateTimeUTC\": \"",
    // Of recovered messages: a hash of the row, which has the id of a person in it.
    "\"run_id\": \"",
    "\"updated_at\":\"",
];

/// The minute of the newest message that worlds begin with, 10 days into the demo project.
pub const NOW: usize = 14_400;

pub struct World {
    pub emulator: Emulator,
    pub directory: tempfile::TempDir,
    pub source: &'static dyn Source,
    program: PathBuf,
}

impl World {
    /// With `n_messages` messages, one a minute, the newest in minute [`NOW`].
    pub fn new(source: &'static dyn Source, n_messages: usize) -> Self {
        let services = Services::default();
        source.prepare(&services);
        let world = Self::with_services(source, services);
        for n in 0..n_messages {
            world.add_message(n, NOW - n_messages + 1 + n);
        }
        world
    }

    pub fn with_services(source: &'static dyn Source, services: Services) -> Self {
        let program = program(source.program());
        let emulator = Emulator::start(services).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let world = Self { emulator, directory, source, program };
        world.write_project();
        world
    }

    pub fn services(&self) -> &Services {
        &self.emulator.services
    }

    pub fn add_message(&self, n: usize, minute: usize) {
        self.source.add_message(self, n, minute);
    }

    /// The demo project with this source, its services in a directory.
    fn write_project(&self) {
        let demo = workspace().join("pipeline_configs/demo");
        let project = self.directory.path().join("project");
        copy_directory(&demo.join("code_schemes"), &project.join("code_schemes")).unwrap();
        std::fs::copy(demo.join("coding_plans.json"), project.join("coding_plans.json")).unwrap();
        let configuration = std::fs::read(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_slice(&configuration).unwrap();
        self.source.configure(&mut configuration, self.emulator.url());
        std::fs::write(self.configuration(), configuration.to_string()).unwrap();
        let project = load_project(&self.configuration()).unwrap();
        write_credentials(&project, &self.services_root()).unwrap();
        let credentials = json!({"type": "local", "root": "services"}).to_string();
        std::fs::write(self.credentials(), credentials).unwrap();
    }

    pub fn configuration(&self) -> PathBuf {
        self.directory.path().join("project/pipeline_config.json")
    }

    pub fn credentials(&self) -> PathBuf {
        self.directory.path().join("credentials.json")
    }

    pub fn data_root(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The secrets in the files that the configuration's URLs lead to.
    pub fn secrets(&self) -> Vec<String> {
        let buckets = self.services_root().join("buckets/school-gardens-credentials");
        let files = files_below(&buckets).unwrap();
        let texts = files.iter().map(|(_, bytes)| text(bytes).trim().to_owned());
        texts.filter(|text| !text.starts_with('{')).collect()
    }

    /// Where the services of this machine have their files.
    pub fn services_root(&self) -> PathBuf {
        self.directory.path().join("services")
    }

    /// What a file in the bucket of data says, nothing when it is not there.
    pub fn read_from_bucket(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.in_bucket(name)).ok()
    }

    pub fn write_to_bucket(&self, name: &str, text: &str) {
        let path = self.in_bucket(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn in_bucket(&self, name: &str) -> PathBuf {
        self.services_root().join("buckets").join(DATA_BUCKET).join(name)
    }

    /// The table of ids.
    pub fn table(&self) -> UuidTable {
        let database =
            LocalDatabase::open(&self.services_root().join("uuid_table.sqlite")).unwrap();
        UuidTable::new(Box::new(database), "school_gardens", ID_PREFIX).unwrap()
    }

    /// The program that fetches, with these options, into this data root.
    pub fn command(&self, options: &[&str], data_root: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(options).arg("test@example.org");
        command.args([self.credentials(), self.configuration(), data_root.to_path_buf()]);
        // Also what is written for a moment only is where it is looked for.
        command.env("TMPDIR", self.directory.path().join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn try_fetch(&self, options: &[&str]) -> Output {
        self.command(options, &self.data_root()).output().unwrap()
    }

    /// A fetch that nothing goes wrong in.
    #[track_caller]
    pub fn fetch(&self) {
        let output = self.try_fetch(&["--quiet"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// How far a fetch has come: how many requests it made, or how many files there are.
    pub fn n_steps(&self) -> usize {
        match self.source.asks_a_server() {
            true => self.services().traffic.requests().len(),
            false => files_below(&self.data_root()).map_or(0, |files| files.len()),
        }
    }

    /// Fetches, and kills the program when it has come to this step: it waits then for the answer to
    /// a request, or has begun a file. False when it ended before that.
    pub fn fetch_until_killed(&self, n_steps: usize) -> bool {
        let traffic = &self.services().traffic;
        traffic.heal();
        traffic.plan_nth(n_steps, Fault::Slow { millis: FOREVER_MILLIS });
        let mut child: Child = self.command(&["--quiet"], &self.data_root()).spawn().unwrap();
        let mut has_ended = false;
        while self.n_steps() < n_steps && !has_ended {
            has_ended = child.try_wait().unwrap().is_some();
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        traffic.heal();
        !has_ended
    }

    /// All objects of raw data, by file.
    pub fn objects(&self, data_root: &Path) -> BTreeMap<String, Vec<TracedData>> {
        let files = files_below(&data_root.join("Raw Data")).unwrap().into_iter();
        let names = files.map(|(path, _)| path.display().to_string());
        names
            .filter(|name| name.ends_with(".jsonl"))
            .map(|name| {
                let histories = read_jsonl(&data_root.join("Raw Data").join(&name)).unwrap();
                (name, histories.into_iter().map(TracedData::from).collect())
            })
            .collect()
    }

    /// Who sent which texts.
    pub fn senders(&self, data_root: &Path) -> Vec<(String, String)> {
        let mut senders = Vec::new();
        for object in self.objects(data_root).into_values().flatten() {
            let cell = |key: Key| object.get(key).map(|it| it.to_cell().into_owned());
            let Some(key) = object.keys().find(|key| self.source.is_text(key.as_str())) else {
                continue;
            };
            let sender =
                cell(Key::new("avf_phone_id")).or_else(|| cell(Key::new("avf_facebook_id")));
            senders.push((cell(key).unwrap_or_default(), sender.unwrap_or_default()));
        }
        senders.sort();
        senders
    }

    /// The texts of all messages.
    pub fn texts(&self) -> Vec<String> {
        self.senders(&self.data_root()).into_iter().map(|(text, _)| text).collect()
    }

    /// All files of raw data, as they are.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(&self.data_root().join("Raw Data")).unwrap()
    }

    /// When the files of raw data were written.
    pub fn written_at(&self) -> Vec<(PathBuf, SystemTime)> {
        let raw_data = self.data_root().join("Raw Data");
        let at = |path: &Path| raw_data.join(path).metadata().unwrap().modified().unwrap();
        let paths = self.files().into_iter().map(|(path, _)| path);
        paths.map(|path| (path.clone(), at(&path))).collect()
    }

    /// All files of raw data, but for what is random or tells the time: the ids of people, which
    /// are told apart by number, hashes of them, and times of files and histories.
    pub fn contents(&self) -> Vec<(PathBuf, String)> {
        let mut ids: Vec<String> = Vec::new();
        let files = self.files().into_iter();
        files
            .map(|(path, bytes)| {
                let text = numbered_ids(&text(&bytes), &mut ids);
                let text = VOLATILE.iter().fold(text, |text, key| without_values(&text, key));
                (path, text)
            })
            .collect()
    }
}

/// A program: from `PCVE_BIN_DIR` when that is set, else built, once.
pub fn program((package, name): (&'static str, &'static str)) -> PathBuf {
    if let Some(directory) = std::env::var_os("PCVE_BIN_DIR") {
        return Path::new(&directory).join(name);
    }
    static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let program = || pipeline_tests::binary(package, name).unwrap();
    built.entry(name).or_insert_with(program).clone()
}

/// The texts of messages 0 to `n_messages`, sorted as texts are.
pub fn expected_texts(n_messages: usize) -> Vec<String> {
    let mut texts: Vec<String> = (0..n_messages).map(|n| format!("message {n}")).collect();
    texts.sort();
    texts
}

fn numbered_ids(text: &str, ids: &mut Vec<String>) -> String {
    let mut parts = text.split(ID_PREFIX);
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_at_checked(36).unwrap_or(("", part));
        let number = ids.iter().position(|known| known == id).unwrap_or_else(|| {
            ids.push(id.to_owned());
            ids.len() - 1
        });
        numbered.push_str(&format!("person {number}{rest}"));
    }
    numbered
}

fn without_values(text: &str, key: &str) -> String {
    let mut parts = text.split(key);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    kept
}
