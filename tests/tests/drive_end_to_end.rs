//! Stages 3 and 5 with a `DriveUpload` in the configuration: to a directory, and over the REST
//! interface to the stand-in for Google Drive.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use serde_json::{Value as Json, json};
use service_emulator::{Emulator, Fault, Services};
use tempfile::TempDir;

#[test]
fn with_local_credentials_drive_is_a_directory() {
    let project = Project::with_drive(&json!({"type": "local", "root": "inner"}).to_string());
    let mut stages = project.stages("http://127.0.0.1:9");
    stages.iter_mut().for_each(|stage| drop(succeed(stage).unwrap()));
    let in_drive = files_below(&project.path("services/inner/drive")).unwrap();
    let in_drive = in_drive.into_iter().map(|(path, bytes)| (path.display().to_string(), bytes));
    assert!(in_drive.collect::<BTreeMap<_, _>>() == project.expected());
}

#[test]
fn google_drive_gets_the_outputs_and_only_what_changed_the_next_time() {
    let emulator = Emulator::start(Services::default()).unwrap();
    emulator.services.drive.share_folder("Shared");
    emulator.services.traffic.plan_nth(5, Fault::Status(503));
    let project = Project::with_drive(&account());
    for n_run in 0..2 {
        emulator.services.traffic.heal();
        for mut stage in project.stages(emulator.url()) {
            let said = succeed(&mut stage).unwrap();
            assert!(!text(&said.stderr).contains("PRIVATE KEY"));
        }
        let sent = |request: &&String| request.contains("/upload/");
        let n_sent = emulator.services.traffic.requests().iter().filter(sent).count();
        assert_eq!(n_sent == 0, n_run == 1, "run {n_run} sent {n_sent} times");
        assert!(emulator.services.drive.files() == project.expected());
    }
}

#[test]
fn a_drive_that_refuses_fails_the_stage_when_its_files_are_whole() {
    let emulator = Emulator::start(Services::default()).unwrap();
    let project = Project::with_drive(&account());
    let [mut stage_3, _] = project.stages(emulator.url());
    let output = stage_3.output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no folder `Shared` in Google Drive is shared with nobody@"), "{said}");
    assert!(said.contains("hint: share the folder `Shared`"), "{said}");
    assert!(!project.expected().is_empty());
}

/// The demo project, whose outputs go to Drive.
struct Project(TempDir);

impl Project {
    /// With these credentials for Drive in the credentials bucket.
    fn with_drive(credentials: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        let demo = workspace().join("pipeline_configs/demo");
        for part in ["code_schemes", "data_root/Raw Data", "data_root/Coded Coda Files"] {
            copy_directory(&demo.join(part), &project.path(part)).unwrap();
        }
        for file in ["coding_plans.json", "credentials.json"] {
            std::fs::copy(demo.join(file), project.path(file)).unwrap();
        }
        let text = std::fs::read_to_string(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Json = serde_json::from_str(&text).unwrap();
        configuration["DriveUpload"] = json!({
            "DriveCredentialsFileURL": "gs://credentials/drive.json",
            "ProductionUploadPath": "Shared/show/production.csv",
            "MessagesUploadPath": "Shared/analysis files/all messages.csv",
            "IndividualsUploadPath": "Shared/analysis files/individuals.csv",
            "AutomatedAnalysisDir": "Shared/automated analysis",
        });
        std::fs::write(project.path("pipeline_config.json"), configuration.to_string()).unwrap();
        let bucket = project.path("services/buckets/credentials");
        std::fs::create_dir_all(&bucket).unwrap();
        std::fs::write(bucket.join("drive.json"), credentials).unwrap();
        project
    }

    /// Stages 3 and 5, for which Drive is at `drive_url`.
    fn stages(&self, drive_url: &str) -> [Command; 2] {
        let programs =
            [("processing", "generate-outputs"), ("analysis-graphs", "generate-analysis-graphs")];
        programs.map(|(package, name)| {
            let mut command = Command::new(binary(package, name).unwrap());
            command
                .env("DRIVE_EMULATOR_HOST", drive_url)
                // The report says when it was made.
                .env("SOURCE_DATE_EPOCH", "1709251200")
                .args(["-vv", "user@example.org"])
                .args([self.path("credentials.json"), self.path("pipeline_config.json")])
                .arg(self.path("data_root"));
            command
        })
    }

    /// What is to be in Drive, by path.
    fn expected(&self) -> BTreeMap<String, Vec<u8>> {
        let outputs = self.path("data_root/Outputs");
        let csv = [
            ("production.csv", "Shared/show/production.csv"),
            ("messages.csv", "Shared/analysis files/all messages.csv"),
            ("individuals.csv", "Shared/analysis files/individuals.csv"),
        ];
        let csv =
            csv.map(|(name, path)| (path.to_owned(), std::fs::read(outputs.join(name)).unwrap()));
        let analysis = outputs.join("Automated Analysis");
        let analysis = match analysis.exists() {
            true => files_below(&analysis).unwrap(),
            false => Vec::new(),
        };
        let in_drive = |path: PathBuf| format!("Shared/automated analysis/{}", path.display());
        csv.into_iter().chain(analysis.into_iter().map(|(path, it)| (in_drive(path), it))).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(Path::new(name))
    }
}

fn account() -> String {
    let path = "crates/google-services/tests/data/made_up_service_account.json";
    std::fs::read_to_string(workspace().join(path)).unwrap()
}
