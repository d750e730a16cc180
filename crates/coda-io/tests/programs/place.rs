//! Where the programs of a test run: a data root, credentials, and a Coda of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use firestore_emulator::FirestoreEmulator;
use serde_json::{Value as Json, json};

/// A dataset of the demo project.
pub const DATASET: &str = "SCHOOL_GARDENS_rqa_s01e01";

/// A data root and credentials.
pub struct Place {
    directory: std::rc::Rc<tempfile::TempDir>,
    data_root: &'static str,
    pub credentials: PathBuf,
    pub emulator: Option<String>,
    /// How many messages there were when the program was killed.
    pub n_at_kill: std::cell::Cell<usize>,
}

impl Place {
    pub fn local() -> Self {
        Self::new(&json!({"type": "local", "root": "services"}), None)
    }

    pub fn firestore() -> Self {
        Self::firestore_credentials(&FirestoreEmulator::get().unwrap().host)
    }

    pub fn firestore_credentials(host: &str) -> Self {
        let key = include_str!("../../../google-services/tests/data/made_up_service_account.json");
        let mut credentials: Json = serde_json::from_str(key).unwrap();
        credentials["project_id"] = json!(FirestoreEmulator::new_project());
        Self::new(&credentials, Some(host.to_owned()))
    }

    fn new(credentials: &Json, emulator: Option<String>) -> Self {
        let directory = std::rc::Rc::new(tempfile::tempdir().unwrap());
        let path = directory.path().join("credentials.json");
        std::fs::write(&path, credentials.to_string()).unwrap();
        let n_at_kill = std::cell::Cell::new(0);
        Self { directory, data_root: "data", credentials: path, emulator, n_at_kill }
    }

    /// Another data root with the same Coda.
    pub fn sibling(&self) -> Self {
        Self {
            directory: std::rc::Rc::clone(&self.directory),
            data_root: "other data",
            credentials: self.credentials.clone(),
            emulator: self.emulator.clone(),
            n_at_kill: std::cell::Cell::new(0),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn data_root(&self) -> PathBuf {
        self.path(self.data_root)
    }

    pub fn write_messages(&self, messages: &[Json]) {
        let directory = self.data_root().join("Outputs/Coda Files");
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("{DATASET}.json"));
        std::fs::write(path, json!(messages).to_string()).unwrap();
    }

    pub fn command(&self, program: &str, options: &[&str]) -> Command {
        let mut command = self.program(program);
        command.arg("--pipeline-configuration").arg(demo_configuration()).args(options);
        command.arg(&self.credentials).arg("unused").arg(self.data_root());
        command
    }

    pub fn program(&self, program: &str) -> Command {
        let mut command = Command::new(cargo_bin(program));
        command.env_remove("FIRESTORE_EMULATOR_HOST").env_remove("RUST_LOG");
        if let Some(host) = &self.emulator {
            command.env("FIRESTORE_EMULATOR_HOST", host);
        }
        command
    }

    pub fn run(&self, program: &str, options: &[&str]) -> Output {
        self.command(program, options).output().unwrap()
    }

    pub fn datasets(&self, arguments: &[&str]) -> Output {
        self.program("coda-datasets").arg(&self.credentials).args(arguments).output().unwrap()
    }

    pub fn coded(&self) -> Vec<Json> {
        let path = self.data_root().join(format!("Coded Coda Files/{DATASET}.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    pub fn manifest(&self) -> Json {
        let path = self.data_root().join("run_manifest.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// What is in Coda after a kill is whole: the metrics fit the messages.
    pub fn kill_left_nothing_half_done(&self) {
        let backup = self.path("after kill.json");
        let output = self.datasets(&["export", DATASET, backup.to_str().unwrap()]);
        if !output.status.success() {
            assert!(text(&output.stderr).contains("there is no dataset"));
            return;
        }
        let backup: Json = serde_json::from_slice(&std::fs::read(backup).unwrap()).unwrap();
        let mut n_messages = 0;
        for segment in backup["Segments"].as_array().unwrap() {
            let collections = &segment["Collections"];
            let n_in_segment = collections["messages"].as_object().map_or(0, serde_json::Map::len);
            assert!(n_in_segment <= 2_500);
            assert!(collections["code_schemes"].is_object(), "{segment}");
            if 0 < n_in_segment {
                let metrics = &collections["metrics"]["messages"]["messages_count"];
                assert_eq!(metrics["integerValue"], n_in_segment.to_string());
            }
            n_messages += n_in_segment;
        }
        self.n_at_kill.set(n_messages);
    }
}

pub fn messages(n_messages: usize) -> Vec<Json> {
    (0..n_messages)
        .map(|number| {
            json!({"MessageID": format!("message-{number:05}"), "Text": format!("text {number}"),
                   "CreationDateTimeUTC": "2021-06-01T07:00:00+00:00", "Labels": []})
        })
        .collect()
}

pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../run_scripts")
}

pub fn demo_configuration() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs/demo/pipeline_config.json")
}

#[track_caller]
pub fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
