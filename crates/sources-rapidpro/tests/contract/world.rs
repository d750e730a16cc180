//! A server, a table of ids and a data root, and what a fetch makes of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use code_schemes::CodeScheme;
use data_root::DataRoot;
use google_services::documents::LocalDatabase;
use pipeline_config::{RapidProSource, load_project};
use serde_json::json;
use service_emulator::rapidpro::{Contact, Flow, Run, SharedWorkspace, Value as Answer, Workspace};
use service_emulator::{Emulator, Services, Traffic};
use sources_rapidpro::{
    Clock, Fetch, Fetched, LABEL_STEP, OperatorLabels, RapidPro, RapidProError, RunIdentity, Token,
    by_workspace,
};
use traced_data::{TracedData, read_jsonl};
use uuid_table::UuidTable;

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
pub const ACTIVATION: &str = "show_s01e01_activation";
pub const SURVEY: &str = "show_demog";
pub const TEST_CONTACT: &str = "00000000-0000-4000-8000-0000000000ff";

pub struct World {
    pub emulator: Emulator,
    pub workspace: SharedWorkspace,
    pub clock: Arc<TestClock>,
    pub directory: tempfile::TempDir,
    pub source: RapidProSource,
}

/// A clock that waits in no time and remembers how long it should have.
#[derive(Default)]
pub struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl World {
    /// A server with the two flows and nothing in them.
    pub fn new() -> Self {
        let services = Services::default();
        let mut workspace = Workspace::new("Test Workspace", TOKEN);
        workspace.flows = vec![flow(ACTIVATION), flow(SURVEY)];
        let workspace = services.rapidpro.add(workspace);
        let emulator = Emulator::start(services).unwrap();
        let source = source(emulator.url(), &[ACTIVATION], &[SURVEY]);
        let directory = tempfile::tempdir().unwrap();
        Self { emulator, workspace, clock: Arc::default(), directory, source }
    }

    /// With `n_runs` runs of each flow, one a minute, by a person each.
    pub fn with_runs(n_runs: usize) -> Self {
        let world = Self::new();
        let mut workspace = world.workspace.lock();
        for n in 0..n_runs {
            workspace.contacts.push(contact(n, &[&format!("tel:+25261{n:07}")]));
            workspace.runs.push(run(ACTIVATION, n, n));
            workspace.runs.push(run(SURVEY, n_runs + n, n));
        }
        drop(workspace);
        world
    }

    /// Requests, faults and recorded answers.
    pub fn traffic(&self) -> &Traffic {
        &self.emulator.services.traffic
    }

    pub fn fetch(&self) -> Result<Fetched, RapidProError> {
        self.fetch_of(&[&self.source])
    }

    /// Fetches sources that are all in the workspace.
    pub fn fetch_of(&self, sources: &[&RapidProSource]) -> Result<Fetched, RapidProError> {
        let database =
            LocalDatabase::open(&self.directory.path().join("services/uuid_table.sqlite")).unwrap();
        let table = UuidTable::new(Box::new(database), "demo", "demo-phone-uuid-").unwrap();
        let data_root = DataRoot::create(&self.data_root()).unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs/demo");
        let country = load_project(&demo.join("pipeline_config.json")).unwrap().plans.country;
        let scheme = CodeScheme::read(&demo.join("code_schemes/somalia_operator.json")).unwrap();
        let started_at = "2021-07-01T00:00:00+00:00";
        let operators = OperatorLabels::new(&country, &scheme, LABEL_STEP, started_at);
        let mut servers = Vec::new();
        for source in sources {
            let token = Token::parse(TOKEN, "gs://demo/token.txt").unwrap();
            servers.push((*source, RapidPro::new(source, token, self.clock.clone())?));
        }
        let (workspaces, mut failures) = by_workspace(servers);
        if let Some(failure) = failures.pop() {
            return Err(failure);
        }
        assert_eq!(workspaces.len(), 1);
        let fetch = Fetch {
            workspace: &workspaces[0],
            table: &table,
            data_root: &data_root,
            run: &RunIdentity {
                user: "test@example.org".to_owned(),
                started_at: started_at.to_owned(),
            },
            operators: Some(&operators),
            on_progress: &|_| {},
        };
        fetch.run()
    }

    /// A fetch that nothing goes wrong in.
    #[track_caller]
    pub fn fetch_all(&self) -> Fetched {
        let fetched = self.fetch().unwrap();
        assert!(fetched.failures.is_empty(), "{:?}", fetched.failures);
        fetched
    }

    pub fn data_root(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub fn raw_data(&self, file: &str) -> PathBuf {
        self.data_root().join("Raw Data").join(file)
    }

    pub fn objects(&self, flow: &str) -> Vec<TracedData> {
        let histories = read_jsonl(&self.raw_data(&format!("{flow}.jsonl"))).unwrap();
        histories.into_iter().map(TracedData::from).collect()
    }

    /// All files of raw data by name.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(&self.data_root().join("Raw Data"))
    }
}

/// All files below a directory, by path.
pub fn files_below(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut left = vec![directory.to_path_buf()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.push((path, bytes));
        }
    }
    files.sort();
    files
}

pub fn source(domain: &str, activation: &[&str], survey: &[&str]) -> RapidProSource {
    let source = json!({
        "Domain": domain,
        "TokenFileURL": "gs://demo/token.txt",
        "ActivationFlowNames": activation,
        "SurveyFlowNames": survey,
        "TestContactUUIDs": [TEST_CONTACT],
    });
    serde_json::from_value(source).unwrap()
}

pub fn flow(name: &str) -> Flow {
    Flow {
        uuid: flow_uuid(name),
        name: name.to_owned(),
        is_archived: false,
        created_on: at(0),
        modified_on: at(0),
    }
}

pub fn flow_uuid(name: &str) -> String {
    let n: u32 = name.bytes().map(u32::from).sum();
    format!("f0000000-0000-4000-8000-{n:012}")
}

pub fn contact_uuid(n: usize) -> String {
    format!("c0000000-0000-4000-8000-{n:012}")
}

pub fn contact(n: usize, urns: &[&str]) -> Contact {
    Contact::new(&contact_uuid(n), urns, at(n))
}

/// Run `n` of a flow, of contact `of`, modified in minute `n`.
pub fn run(flow: &str, n: usize, of: usize) -> Run {
    Run {
        id: 1000 + i64::try_from(n).unwrap(),
        uuid: format!("d0000000-0000-4000-8000-{n:012}"),
        flow: flow_uuid(flow),
        contact: contact_uuid(of),
        start: None,
        values: vec![("q".to_owned(), Answer::open("Q", &format!("answer {n}"), at(n)))],
        created_on: at(n),
        modified_on: at(n),
        exited_on: None,
        exit_type: None,
        shown_from: at(n),
    }
}

/// Minute `n` of the test's time.
pub fn at(n: usize) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2021-06-01T00:00:00.123456Z".parse().unwrap();
    start + TimeDelta::minutes(i64::try_from(n).unwrap())
}
