//! The program itself: local credentials in, a data root for stage 3 out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_tests::copy_directory;
use serde_json::{Value, json};
use service_emulator::rapidpro::{Run, SharedWorkspace, Workspace};
use service_emulator::{Emulator, Services, Traffic, token_of, write_credentials};

use crate::world::{contact, files_below, flow, run};

const FLOWS: [&str; 3] = [
    "school_gardens_s01e01_activation",
    "school_gardens_s01e02_activation",
    "school_gardens_demog",
];

/// The demo project, with its services in a directory, and an emulator.
struct Project {
    emulator: Emulator,
    workspace: SharedWorkspace,
    directory: tempfile::TempDir,
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new(3);
    assert!(project.run(&fetch_rapidpro()).status.success());
    for (path, _) in files_below(project.directory.path()) {
        let ours =
            path.starts_with(project.data_root()) || path.to_string_lossy().contains(".sqlite");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert!(!ours || mode & 0o077 == 0, "{}: {mode:o}", path.display());
    }
}

#[test]
fn a_token_file_that_is_missing_is_named() {
    let project = Project::new(1);
    std::fs::remove_file(project.token_file()).unwrap();
    let output = project.run(&fetch_rapidpro());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("gs://school-gardens-credentials/rapidpro-token.txt"));
}

#[test]
fn services_inside_the_data_root_are_refused() {
    let project = Project::new(1);
    let credentials = json!({"type": "local", "root": project.data_root().join("services")});
    std::fs::write(project.credentials(), credentials.to_string()).unwrap();
    let output = project.run(&fetch_rapidpro());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("are inside the data root"), "{}", text(&output));
}

#[test]
fn a_failed_flow_fails_the_stage_and_is_recorded() {
    let project = Project::new(1);
    project.workspace.lock().flows.pop();
    let output = project.run(&fetch_rapidpro());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("has no flow `school_gardens_demog`"), "{}", text(&output));
    assert!(project.raw_data(FLOWS[0]).exists());
    let manifest = std::fs::read_to_string(project.data_root().join("run_manifest.json")).unwrap();
    assert!(manifest.contains("could not fetch flow `school_gardens_demog`"), "{manifest}");
}

/// To measure: `cargo build --release --bin fetch-rapidpro`, then run this with `--ignored` and
/// `--nocapture`, with `PCVE_BIN_DIR` naming the directory of the program.
#[test]
#[ignore = "takes a while; prints what a fetch of 100,000 runs costs"]
fn a_hundred_thousand_runs() {
    let n_runs = 100_000;
    let project = Project::new(0);
    {
        let mut workspace = project.workspace.lock();
        workspace.contacts =
            (0..10_000).map(|n| contact(n, &[&format!("tel:+25261{n:07}")])).collect();
        workspace.runs =
            (0..n_runs).map(|n| answer(FLOWS[0], &["rqa_s01e01"], n, n % 10_000)).collect();
    }
    let program = std::env::var("PCVE_BIN_DIR").expect("PCVE_BIN_DIR names a directory");
    let program = PathBuf::from(program).join("fetch-rapidpro");
    for _ in 0..2 {
        let began = std::time::Instant::now();
        let output = project.run(&program);
        assert!(output.status.success(), "{}", text(&output));
        let manifest = std::fs::read(project.data_root().join("run_manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let entry = &manifest["Stages"]["fetch_rapidpro"];
        eprintln!(
            "{:?} for {} requests, peak memory {} bytes",
            began.elapsed(),
            project.traffic().requests().len(),
            entry["PeakMemoryBytes"]
        );
        project.traffic().heal();
    }
    let lines = std::fs::read_to_string(project.raw_data(FLOWS[0])).unwrap();
    assert_eq!(lines.lines().count(), n_runs);
}

#[test]
fn wrong_arguments_are_answered_with_the_usage() {
    let script = pipeline_tests::workspace().join("run_scripts/2_fetch_raw_data.sh");
    let output = Command::new(script).arg("a").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("Usage: ./2_fetch_raw_data.sh"), "{}", text(&output));
}

impl Project {
    fn new(n_people: usize) -> Self {
        let services = Services::default();
        let token = token_of("gs://school-gardens-credentials/rapidpro-token.txt");
        let mut workspace = Workspace::new("Test Workspace", &token);
        workspace.flows = FLOWS.map(flow).to_vec();
        for n in 0..n_people {
            workspace.contacts.push(contact(n, &[&format!("tel:+25261{n:07}")]));
            workspace.runs.extend([
                answer(FLOWS[0], &["rqa_s01e01"], n, n),
                answer(FLOWS[1], &["rqa_s01e02"], 1000 + n, n),
                answer(FLOWS[2], &["location", "gender", "age"], 2000 + n, n),
            ]);
        }
        let workspace = services.rapidpro.add(workspace);
        let emulator = Emulator::start(services).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let project = Self { emulator, workspace, directory };
        let demo = pipeline_tests::workspace().join("pipeline_configs/demo");
        let copy = project.directory.path().join("project");
        copy_directory(&demo.join("code_schemes"), &copy.join("code_schemes")).unwrap();
        std::fs::copy(demo.join("coding_plans.json"), copy.join("coding_plans.json")).unwrap();
        let configuration = std::fs::read(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_slice(&configuration).unwrap();
        configuration["RawDataSources"][0]["Domain"] = project.emulator.url().into();
        std::fs::write(project.configuration(), configuration.to_string()).unwrap();
        let credentials = json!({"type": "local", "root": "services"}).to_string();
        std::fs::write(project.credentials(), credentials).unwrap();
        let loaded = pipeline_config::load_project(&project.configuration()).unwrap();
        write_credentials(&loaded, &project.directory.path().join("services")).unwrap();
        project
    }

    fn traffic(&self) -> &Traffic {
        &self.emulator.services.traffic
    }

    fn configuration(&self) -> PathBuf {
        self.directory.path().join("project/pipeline_config.json")
    }

    fn credentials(&self) -> PathBuf {
        self.directory.path().join("credentials.json")
    }

    fn token_file(&self) -> PathBuf {
        let bucket = self.directory.path().join("services/buckets/school-gardens-credentials");
        bucket.join("rapidpro-token.txt")
    }

    fn data_root(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn raw_data(&self, flow: &str) -> PathBuf {
        self.data_root().join(format!("Raw Data/{flow}.jsonl"))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .args(["--quiet", "test@example.org"])
            .args([self.credentials(), self.configuration()])
            .arg(self.data_root())
            .env("PCVE_BIN_DIR", fetch_rapidpro().parent().unwrap());
        command
    }

    fn run(&self, program: &Path) -> Output {
        self.command(program).output().unwrap()
    }
}

/// A run with an answer to each of these questions.
fn answer(flow: &str, keys: &[&str], n: usize, of: usize) -> Run {
    let mut run = run(flow, n, of);
    let answer = run.values[0].1.clone();
    run.values = keys.iter().map(|key| ((*key).to_owned(), answer.clone())).collect();
    run
}

fn fetch_rapidpro() -> PathBuf {
    env!("CARGO_BIN_EXE_fetch-rapidpro").into()
}

fn text(output: &Output) -> String {
    format!("{}{}", pipeline_tests::text(&output.stdout), pipeline_tests::text(&output.stderr))
}
