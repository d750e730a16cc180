//! Stages 3 and 5 with a `DriveUpload` in the configuration: to a directory, and over the REST
//! interface to the stand-in for Google Drive.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use serde_json::{Value as Json, json};
use service_emulator::{Emulator, Fault, Services};
use tempfile::TempDir;
use traced_data::{Changes, Key, Metadata, TracedData, serialize_line};

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

#[test]
fn killed_at_any_request_the_next_run_completes_what_is_in_drive() {
    let emulator = Emulator::start(Services::default()).unwrap();
    let traffic = &emulator.services.traffic;
    emulator.services.drive.share_folder("Shared");
    let project = Project::with_drive(&account());
    for n_requests in 1.. {
        traffic.heal();
        traffic.plan_nth(n_requests, Fault::Slow { millis: 3_600_000 });
        // Each time there is something else to send.
        let time = (1_709_251_200 + n_requests).to_string();
        let [mut stage_3, _] = project.stages(emulator.url());
        stage_3.env("SOURCE_DATE_EPOCH", &time).stdout(Stdio::null()).stderr(Stdio::null());
        project.add_message(n_requests);
        let mut run = stage_3.spawn().unwrap();
        let mut has_ended = false;
        while traffic.requests().len() < n_requests && !has_ended {
            has_ended = run.try_wait().unwrap().is_some();
            std::thread::yield_now();
        }
        run.kill().unwrap();
        run.wait().unwrap();
        traffic.heal();
        let [mut stage_3, _] = project.stages(emulator.url());
        succeed(stage_3.env("SOURCE_DATE_EPOCH", &time)).unwrap();
        assert!(emulator.services.drive.files() == project.expected(), "request {n_requests}");
        if has_ended {
            assert!(5 < n_requests, "it ended after {n_requests} requests");
            return;
        }
    }
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

    /// Has one person write once more.
    fn add_message(&self, number: usize) {
        let person = format!("demo-phone-uuid-00000000-0000-4000-8000-{number:012}");
        let flow = "school_gardens_s01e01_activation";
        let key = |field: &str| Key::new(&format!("Rqa_S01E01 ({field}) - {flow}"));
        let time = "2024-02-05T10:00:00+03:00";
        let changes = Changes::new()
            .set("avf_phone_id", person.as_str())
            .set(key("Text"), "once more")
            .set(key("Time"), time)
            .set(key("Run ID"), 1_000_000 + number as i64);
        let metadata = Arc::new(Metadata::new("test", "tests::drive", time));
        let mut line = Vec::new();
        serialize_line(TracedData::new(changes, &metadata).history(), &mut line);
        let path = self.path("data_root/Raw Data").join(format!("{flow}.jsonl"));
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&line).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(Path::new(name))
    }
}

fn account() -> String {
    let path = "crates/google-services/tests/data/made_up_service_account.json";
    std::fs::read_to_string(workspace().join(path)).unwrap()
}
