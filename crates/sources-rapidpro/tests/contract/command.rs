//! The program itself: local credentials in, a data root for stage 3 out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_tests::{copy_directory, workspace};
use serde_json::{Value, json};

use crate::server::{Server, TOKEN};
use crate::world::{at, contact, files_below, flow, flow_uuid, run};

const FLOWS: [&str; 3] = [
    "school_gardens_s01e01_activation",
    "school_gardens_s01e02_activation",
    "school_gardens_demog",
];

/// The demo project, with its services in a directory, and a server.
struct Project {
    server: Server,
    directory: tempfile::TempDir,
}

#[test]
fn a_fetched_data_root_goes_through_stage_3() {
    let project = Project::new(40);
    let fetched = project.script();
    assert!(fetched.status.success(), "{}", text(&fetched));
    let manifest = std::fs::read_to_string(project.data_root().join("run_manifest.json")).unwrap();
    assert!(manifest.contains("\"fetch_rapidpro\""), "{manifest}");
    let program = pipeline_tests::binary("processing", "generate-outputs").unwrap();
    let processed = project.run(&program);
    assert!(processed.status.success(), "{}", text(&processed));
    let messages = project.data_root().join("Outputs/messages.csv");
    let n_rows = std::fs::read_to_string(messages).unwrap().lines().count() - 1;
    assert_eq!(n_rows, 80);
}

#[test]
fn a_process_that_is_killed_leaves_whole_files_and_the_next_one_goes_on() {
    let project = Project::new(60);
    project.server.state().page_size = 5;
    for n_requests in [4, 9, 15, 22, 30] {
        project.server.heal();
        let mut child = project.command(&fetch_rapidpro()).spawn().unwrap();
        while project.server.state().requests.len() < n_requests {
            assert!(child.try_wait().unwrap().is_none(), "it ended before {n_requests} requests");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, bytes) in files_below(&project.data_root().join("Raw Data")) {
            let is_temporary = path.to_string_lossy().ends_with("pcve-tmp");
            let is_whole = serde_json::from_slice::<Value>(&bytes).is_ok();
            assert!(is_temporary || is_whole, "{}", path.display());
        }
    }
    project.server.heal();
    let fetched = project.run(&fetch_rapidpro());
    assert!(fetched.status.success(), "{}", text(&fetched));
    for name in FLOWS {
        let lines = std::fs::read_to_string(project.raw_data(name)).unwrap();
        assert_eq!(lines.lines().count(), 60, "{name}");
    }
    let left: Vec<PathBuf> = files_below(&project.data_root().join("Raw Data"))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.to_string_lossy().contains(".pages"))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
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
    project.server.state().flows.pop();
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
    let (n_pages, page_size) = (400, 250);
    let project = Project::new(0);
    let flow_uuid = flow_uuid(FLOWS[0]);
    for page in 0..n_pages {
        let runs: Vec<Value> = (page * page_size..(page + 1) * page_size)
            .map(|n| {
                let mut run = run(FLOWS[0], n, n % 10_000);
                let answer = run["values"]["q"].clone();
                run["values"] = json!({"rqa_s01e01": answer});
                run
            })
            .collect();
        let next = (page + 1 < n_pages).then(|| format!("http://a/?cursor=page{}end", page + 1));
        let cursor = if page == 0 { String::new() } else { format!("&cursor=page{page}end") };
        let url = format!("runs.json?flow={flow_uuid}&reverse=true{cursor}");
        let body = json!({"next": next, "results": runs}).to_string();
        project.server.state().recordings.push(crate::server::Recording { url, body });
    }
    project.server.state().contacts =
        (0..10_000).map(|n| contact(n, &[&format!("tel:+25261{n:07}")])).collect();
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
            project.server.state().requests.len(),
            entry["PeakMemoryBytes"]
        );
        project.server.state().requests.clear();
    }
    let lines = std::fs::read_to_string(project.raw_data(FLOWS[0])).unwrap();
    assert_eq!(lines.lines().count(), n_pages * page_size);
}

#[test]
fn wrong_arguments_are_answered_with_the_usage() {
    let script = workspace().join("run_scripts/2_fetch_raw_data.sh");
    let output = Command::new(script).arg("a").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("Usage: ./2_fetch_raw_data.sh"), "{}", text(&output));
}

impl Project {
    fn new(n_people: usize) -> Self {
        let server = Server::start();
        {
            let mut state = server.state();
            state.flows = FLOWS.map(flow).to_vec();
            for n in 0..n_people {
                state.contacts.push(contact(n, &[&format!("tel:+25261{n:07}")]));
                for (place, name) in FLOWS.into_iter().enumerate() {
                    let keys: &[&str] = match place {
                        0 => &["rqa_s01e01"],
                        1 => &["rqa_s01e02"],
                        _ => &["location", "gender", "age"],
                    };
                    let mut run = run(name, place * 1000 + n, n);
                    let answer = json!({
                        "name": "Q", "value": "24", "category": "All", "time": sent_at(n),
                    });
                    run["values"] = keys.iter().map(|key| (*key, answer.clone())).collect();
                    run["flow"]["uuid"] = flow_uuid(name).into();
                    run["modified_on"] = at(n).into();
                    state.runs.push(run);
                }
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let demo = workspace().join("pipeline_configs/demo");
        let project = Self { server, directory };
        let copy = project.directory.path().join("project");
        copy_directory(&demo.join("code_schemes"), &copy.join("code_schemes")).unwrap();
        std::fs::copy(demo.join("coding_plans.json"), copy.join("coding_plans.json")).unwrap();
        let configuration = std::fs::read(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_slice(&configuration).unwrap();
        configuration["RawDataSources"][0]["Domain"] = project.server.address.as_str().into();
        std::fs::write(copy.join("pipeline_config.json"), configuration.to_string()).unwrap();
        let bucket = project.token_file().parent().unwrap().to_path_buf();
        std::fs::create_dir_all(&bucket).unwrap();
        std::fs::write(project.token_file(), format!("{TOKEN}\n")).unwrap();
        let table = json!({"type": "local", "root": "."}).to_string();
        std::fs::write(bucket.join("uuid-table-firebase.json"), table).unwrap();
        let credentials = json!({"type": "local", "root": "services"}).to_string();
        std::fs::write(project.credentials(), credentials).unwrap();
        project
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
            .args([self.credentials(), self.directory.path().join("project/pipeline_config.json")])
            .arg(self.data_root())
            .env("PCVE_BIN_DIR", fetch_rapidpro().parent().unwrap());
        command
    }

    fn run(&self, program: &Path) -> Output {
        self.command(program).output().unwrap()
    }

    fn script(&self) -> Output {
        self.run(&workspace().join("run_scripts/2_fetch_raw_data.sh"))
    }
}

/// Within the dates of the demo project.
fn sent_at(n: usize) -> String {
    format!("2024-02-05T{:02}:{:02}:00Z", n / 60, n % 60)
}

fn fetch_rapidpro() -> PathBuf {
    env!("CARGO_BIN_EXE_fetch-rapidpro").into()
}

fn text(output: &Output) -> String {
    format!("{}{}", pipeline_tests::text(&output.stdout), pipeline_tests::text(&output.stderr))
}
