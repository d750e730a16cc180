//! The program itself: local credentials in, a data root for stage 3 out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use google_services::documents::LocalDatabase;
use pipeline_tests::{copy_directory, files_below, workspace};
use serde_json::{Value, json};
use uuid_table::{Urn, UuidTable};

const SHOW: &str = "school_gardens_s01e01_activation";
const RECOVERED: &str = "hormuud_s01e01";

/// The demo project with its own raw data of a show in a bucket, and a CSV file beside them.
struct Project {
    directory: tempfile::TempDir,
}

#[test]
fn a_fetched_data_root_goes_through_stage_3() {
    let project = Project::new(&[(0, "recovered answer 0"), (1, "recovered answer 1")]);
    let fetched = project.run(&fetch_files());
    assert!(fetched.status.success(), "{}", text(&fetched));
    let shows = workspace().join(format!("pipeline_configs/demo/data_root/Raw Data/{SHOW}.jsonl"));
    let taken = project.data_root().join(format!("Raw Data/{SHOW}.jsonl"));
    assert_eq!(std::fs::read(shows).unwrap(), std::fs::read(taken).unwrap());
    let manifest = std::fs::read_to_string(project.data_root().join("run_manifest.json")).unwrap();
    assert!(manifest.contains("\"fetch_files\""), "{manifest}");
    let program = pipeline_tests::binary("processing", "generate-outputs").unwrap();
    let processed = project.run(&program);
    assert!(processed.status.success(), "{}", text(&processed));
    let messages = project.data_root().join("Outputs/messages.csv");
    let messages = std::fs::read_to_string(messages).unwrap();
    assert!(messages.contains("recovered answer 0") && messages.contains("recovered answer 1"));

    let before = files_below(&project.data_root().join("Raw Data")).unwrap();
    let again = project.run(&fetch_files());
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!(files_below(&project.data_root().join("Raw Data")).unwrap(), before);
}

#[test]
fn a_sender_with_a_number_fails_the_stage_and_is_named_by_the_line() {
    let project = Project::new(&[(0, "haa")]);
    let csv = "Sender,Message,ReceivedOn\n+252615550001,hi,05/02/2024 10:00\n";
    project.put(&format!("{RECOVERED}.csv"), csv);
    let output = project.run(&fetch_files());
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output);
    assert!(
        shown.contains("could not take `gs://messages/hormuud_s01e01.csv` as raw data")
            && shown.contains("line 2: `Sender` is not a participant id")
            && shown.contains("hint: replace phone numbers"),
        "{shown}"
    );
    assert!(!shown.contains("5550001"), "{shown}");
    let taken = project.data_root().join(format!("Raw Data/{SHOW}.jsonl"));
    assert!(taken.exists(), "the other file is there");
    for (path, bytes) in files_below(&project.data_root()).unwrap() {
        assert!(!bytes.windows(7).any(|window| window == b"5550001"), "{}", path.display());
    }
}

#[test]
fn credentials_are_not_read_when_there_are_no_files_to_fetch() {
    let project = Project::new(&[]);
    let path = project.directory.path().join("project/pipeline_config.json");
    let mut configuration: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    configuration["RawDataSources"].as_array_mut().unwrap().truncate(1);
    std::fs::write(&path, configuration.to_string()).unwrap();
    std::fs::remove_file(project.directory.path().join("credentials.json")).unwrap();
    let output = project.run(&fetch_files());
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new(&[(0, "haa")]);
    assert!(project.run(&fetch_files()).status.success());
    for (path, _) in files_below(&project.data_root()).unwrap() {
        let mode = std::fs::metadata(project.data_root().join(&path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[test]
fn the_script_runs_all_three_programs_and_exits_with_the_worst_status() {
    check_script([0, 0, 0], 3, 0);
    check_script([1, 0, 0], 3, 1);
    check_script([0, 0, 1], 3, 1);
    check_script([1, 101, 0], 3, 101);
    // Wrong arguments are wrong for all; who was stopped wants no next one.
    check_script([2, 0, 0], 1, 2);
    check_script([0, 143, 0], 2, 143);
}

/// Runs the script of stage 2 with programs that end with `statuses`, and checks how many of them
/// it ran and with what it ended.
#[track_caller]
fn check_script(statuses: [u8; 3], expected_n_run: usize, expected: i32) {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    for (name, status) in ["fetch-rapidpro", "fetch-facebook", "fetch-files"].iter().zip(statuses) {
        let program = directory.path().join(name);
        let text = format!("#!/bin/sh\necho {name} \"$@\"\nexit {status}\n");
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let output = Command::new(workspace().join("run_scripts/2_fetch_raw_data.sh"))
        .args(["--quiet", "me", "credentials.json", "pipeline_config.json", "data root"])
        .env("PCVE_BIN_DIR", directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(expected), "{statuses:?}: {}", text(&output));
    let run: Vec<String> = text(&output).lines().map(str::to_owned).collect();
    assert_eq!(run.len(), expected_n_run, "{statuses:?}: {run:?}");
    let arguments = "--quiet -- me credentials.json pipeline_config.json data root";
    assert_eq!(run[0], format!("fetch-rapidpro {arguments}"));
}

impl Project {
    /// With recovered messages of these people.
    fn new(recovered: &[(usize, &str)]) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        let demo = workspace().join("pipeline_configs/demo");
        let copy = project.directory.path().join("project");
        copy_directory(&demo.join("code_schemes"), &copy.join("code_schemes")).unwrap();
        std::fs::copy(demo.join("coding_plans.json"), copy.join("coding_plans.json")).unwrap();
        let configuration = std::fs::read(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_slice(&configuration).unwrap();
        add_sources(&mut configuration);
        std::fs::write(copy.join("pipeline_config.json"), configuration.to_string()).unwrap();
        let credentials = json!({"type": "local", "root": "services"}).to_string();
        std::fs::write(project.directory.path().join("credentials.json"), credentials).unwrap();
        let table = project.bucket("school-gardens-credentials").join("uuid-table-firebase.json");
        std::fs::create_dir_all(table.parent().unwrap()).unwrap();
        std::fs::write(table, json!({"type": "local", "root": "."}).to_string()).unwrap();
        for flow in [SHOW, "school_gardens_demog"] {
            let raw_data = demo.join(format!("data_root/Raw Data/{flow}.jsonl"));
            project.put(&format!("{flow}.jsonl"), &std::fs::read_to_string(raw_data).unwrap());
        }
        project.put(&format!("{RECOVERED}.csv"), &project.csv(recovered));
        project
    }

    fn csv(&self, recovered: &[(usize, &str)]) -> String {
        let services = self.directory.path().join("services");
        let database = LocalDatabase::open(&services.join("uuid_table.sqlite")).unwrap();
        let table =
            UuidTable::new(Box::new(database), "school_gardens", "demo-phone-uuid-").unwrap();
        let rows = recovered.iter().map(|(person, answer)| {
            let urn = Urn::parse(&format!("tel:+25261555000{person}")).unwrap();
            let sender = table.uuids(&[urn]).unwrap().remove(0);
            format!("{sender},{answer},05/02/2024 10:0{person}\n")
        });
        std::iter::once("Sender,Message,ReceivedOn\n".to_owned()).chain(rows).collect()
    }

    fn bucket(&self, name: &str) -> PathBuf {
        self.directory.path().join("services/buckets").join(name)
    }

    /// Puts a file into the bucket with messages.
    fn put(&self, name: &str, text: &str) {
        let bucket = self.bucket("messages");
        std::fs::create_dir_all(&bucket).unwrap();
        std::fs::write(bucket.join(name), text).unwrap();
    }

    fn data_root(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn run(&self, program: &Path) -> Output {
        Command::new(program)
            .args(["--quiet", "test@example.org"])
            .arg(self.directory.path().join("credentials.json"))
            .arg(self.directory.path().join("project/pipeline_config.json"))
            .arg(self.data_root())
            .output()
            .unwrap()
    }
}

/// Files in place of the flows of the demo's RapidPro source, and recovered messages.
fn add_sources(configuration: &mut Value) {
    let rapidpro = &mut configuration["RawDataSources"][0];
    rapidpro["ActivationFlowNames"] = json!([]);
    rapidpro["SurveyFlowNames"] = json!([]);
    let sources = configuration["RawDataSources"].as_array_mut().unwrap();
    sources.push(json!({
        "SourceType": "GCloudBucket",
        "ActivationFlowURLs": [format!("gs://messages/{SHOW}.jsonl")],
        "SurveyFlowURLs": ["gs://messages/school_gardens_demog.jsonl"],
    }));
    sources.push(json!({
        "SourceType": "RecoveryCSV",
        "ActivationFlowURLs": [format!("gs://messages/{RECOVERED}.csv")],
    }));
    let remappings = configuration["SourceKeyRemappings"].as_array_mut().unwrap();
    for (source, pipeline, is_message) in [
        ("message", "rqa_s01e01_raw", true),
        ("run_id", "rqa_s01e01_run_id", false),
        ("received_on", "sent_on", false),
    ] {
        remappings.push(json!({
            "SourceKey": source, "PipelineKey": pipeline, "IsActivationMessage": is_message,
        }));
    }
}

fn fetch_files() -> PathBuf {
    env!("CARGO_BIN_EXE_fetch-files").into()
}

fn text(output: &Output) -> String {
    format!("{}{}", pipeline_tests::text(&output.stdout), pipeline_tests::text(&output.stderr))
}
