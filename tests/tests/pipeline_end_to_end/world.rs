//! The demo project in a directory of its own, with an emulator of RapidPro.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use pipeline_config::load_project;
use pipeline_tests::{binaries, copy_directory, succeed, text, workspace};
use serde_json::{Value, json};
use service_emulator::{Emulator, Services, SyntheticProject, write_credentials};
use tempfile::TempDir;

/// The bucket with tokens and credentials of the demo.
pub const CREDENTIALS_BUCKET: &str = "school-gardens-credentials";

/// Everything that a run needs, and what it leaves.
pub struct World {
    directory: TempDir,
    /// Stands in for RapidPro.
    pub emulator: Emulator,
    binaries: PathBuf,
}

/// How a run ended, and what it said.
pub struct Ran {
    /// The exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub messages: String,
}

impl World {
    /// A world in which nothing was run yet.
    pub fn new() -> Self {
        Self::changed(|_synthetic, _configuration| {})
    }

    /// The same with a change to what RapidPro has, and to the configuration.
    pub fn changed(change: impl FnOnce(&mut SyntheticProject, &mut Value)) -> Self {
        Self::configured(|_configuration| {}, change)
    }

    /// The same with other sources, `RapidPro` first: these get tokens and made-up messages, too.
    pub fn configured(
        configure: impl FnOnce(&mut Value),
        change: impl FnOnce(&mut SyntheticProject, &mut Value),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let demo = workspace().join("pipeline_configs/demo");
        let project = directory.path().join("project");
        copy_directory(&demo.join("code_schemes"), &project.join("code_schemes")).unwrap();
        for name in ["coding_plans.json", "credentials.json"] {
            std::fs::copy(demo.join(name), project.join(name)).unwrap();
        }
        let text = std::fs::read_to_string(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_str(&text).unwrap();
        configuration["AutomatedAnalysis"]["GenerateRegionThemeDistributionMaps"] = false.into();
        configuration["OperationsDashboard"] =
            json!({"FirebaseCredentialsFileURL": in_bucket("dashboard.json")});
        configuration["DriveUpload"] = json!({
            "DriveCredentialsFileURL": in_bucket("drive.json"),
            "ProductionUploadPath": "School gardens/production.csv",
            "MessagesUploadPath": "School gardens/messages.csv",
            "IndividualsUploadPath": "School gardens/individuals.csv",
            "AutomatedAnalysisDir": "School gardens/analysis",
        });
        configure(&mut configuration);
        let path = project.join("pipeline_config.json");
        std::fs::write(&path, configuration.to_string()).unwrap();
        let loaded = load_project(&path).unwrap();
        write_credentials(&loaded, &project.join("services")).unwrap();
        let mut synthetic =
            SyntheticProject::of_raw_data(&loaded, &demo.join("data_root")).unwrap();
        change(&mut synthetic, &mut configuration);
        let emulator = Emulator::start(Services::of(&synthetic)).unwrap();
        for source in configuration["RawDataSources"].as_array_mut().unwrap() {
            match source["SourceType"].as_str() {
                Some("RapidPro") => source["Domain"] = emulator.url().into(),
                Some("Facebook") => source["ApiUrl"] = emulator.url().into(),
                _ => {}
            }
        }
        std::fs::write(&path, format!("{configuration:#}")).unwrap();
        Self { directory, emulator, binaries: binaries().unwrap() }
    }

    /// A path in the world's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file or directory of the data root.
    pub fn data(&self, name: &str) -> PathBuf {
        self.path("data_root").join(name)
    }

    /// RapidPro has what happened up to then.
    pub fn show_until(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.emulator.services.timeline.show_until(time);
    }

    /// `run_pipeline.sh` with its nine arguments.
    pub fn run(&self, run_id: &str, options: &[&str]) -> Ran {
        self.run_in(&[], run_id, options)
    }

    /// The same with these variables in the environment.
    pub fn run_in(&self, variables: &[(&str, &str)], run_id: &str, options: &[&str]) -> Ran {
        let mut command = self.script("run_pipeline.sh");
        command.envs(variables.iter().copied());
        command.env("PCVE_RUN_ID", run_id).args(options).args([
            "tests@example.org",
            "project/pipeline_config.json",
            "project/credentials.json",
            "project/credentials.json",
            "project/credentials.json",
            "unused",
            "data_root",
            "backups",
            "performance_logs",
        ]);
        Ran::of(command.output().unwrap())
    }

    /// A numbered script; its paths are relative to the world's directory.
    pub fn script(&self, name: &str) -> Command {
        let mut command = Command::new(workspace().join("run_scripts").join(name));
        command
            .current_dir(self.directory.path())
            .env("PCVE_BIN_DIR", &self.binaries)
            // Before all labels of the demo: suggestions of stage 3 must not be newer than them.
            .env("SOURCE_DATE_EPOCH", "1707004800")
            .env_remove("PCVE_RUN_TOKEN")
            .env_remove("RUST_LOG");
        command
    }

    /// Coders give the labels of the demo to all messages that are in Coda.
    pub fn label(&self) {
        let labels = workspace().join("pipeline_configs/demo/data_root/Coded Coda Files");
        for path in data_root::list(&labels).unwrap() {
            let dataset = path.file_stem().unwrap();
            let mut command = Command::new(self.binaries.join("coda-datasets"));
            command.arg(self.path("project/credentials.json")).arg("label");
            succeed(command.arg(dataset).arg(&path)).unwrap();
        }
    }
}

impl Ran {
    #[allow(clippy::needless_pass_by_value, reason = "an output is read once")]
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: text(&output.stdout),
            messages: text(&output.stderr),
        }
    }

    /// Fails, with what was said, unless the exit status is this one.
    #[track_caller]
    pub fn ended_with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}{}", self.out, self.messages);
        self
    }
}

/// All files of the outputs, with their content.
pub fn outputs(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    pipeline_tests::files_below(&world.data("Outputs")).unwrap()
}

/// The latest entry of a stage in the run manifest.
pub fn entry(world: &World, stage: &str) -> Value {
    let text = std::fs::read_to_string(world.data("run_manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["Stages"][stage].clone()
}

/// Whether something is at the path.
#[track_caller]
pub fn assert_is_there(path: &Path) {
    assert!(path.exists(), "`{}` is not there", path.display());
}

fn in_bucket(name: &str) -> String {
    format!("gs://{CREDENTIALS_BUCKET}/{name}")
}
