//! The program itself: local credentials in, a data root for stage 3 out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_tests::{copy_directory, workspace};
use serde_json::{Value, json};
use service_emulator::graph::GraphError;

use crate::world::{DATASET, PAGE, POSTS, TOKEN, World, files_below};

/// The demo project with a Facebook source in place of its own, and its services in a directory.
struct Project {
    world: World,
}

#[test]
fn a_fetched_data_root_goes_through_stage_3() {
    let project = Project::new(40);
    let fetched = project.run(&fetch_facebook());
    assert!(fetched.status.success(), "{}", text(&fetched));
    let metrics = project.data_root().join("Engagement Metrics/facebook_metrics.csv");
    assert_eq!(std::fs::read_to_string(&metrics).unwrap().lines().count(), 1 + 2);
    let manifest = std::fs::read_to_string(project.data_root().join("run_manifest.json")).unwrap();
    assert!(manifest.contains("\"fetch_facebook\""), "{manifest}");
    let program = pipeline_tests::binary("processing", "generate-outputs").unwrap();
    let processed = project.run(&program);
    assert!(processed.status.success(), "{}", text(&processed));
    let rows = |file: &str| {
        let path = project.data_root().join("Outputs").join(file);
        std::fs::read_to_string(path).unwrap().lines().count() - 1
    };
    assert_eq!((rows("messages.csv"), rows("individuals.csv")), (80, 7));
}

#[test]
fn a_process_that_is_killed_leaves_whole_files_and_the_next_one_goes_on() {
    let project = Project::new(60);
    project.world.page.lock().page_size = 5;
    for n_requests in [2, 6, 11, 17] {
        project.world.heal();
        let mut child = project.command(&fetch_facebook()).spawn().unwrap();
        while project.world.n_requests("") < n_requests {
            assert!(child.try_wait().unwrap().is_none(), "it ended before {n_requests} requests");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, bytes) in files_below(&project.data_root().join("Raw Data")) {
            let is_temporary = path.to_string_lossy().ends_with("pcve-tmp");
            let is_json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok();
            let is_whole = match path.extension().is_some_and(|it| it == "jsonl") {
                true => bytes.trim_ascii_end().split(|byte| *byte == b'\n').all(is_json),
                false => is_json(&bytes),
            };
            assert!(is_temporary || is_whole, "{}", path.display());
        }
    }
    project.world.heal();
    let fetched = project.run(&fetch_facebook());
    assert!(fetched.status.success(), "{}", text(&fetched));
    assert_eq!(project.world.objects().len(), 120);
    let left = files_below(&project.data_root().join("Raw Data"));
    let left = left.iter().filter(|(path, _)| path.to_string_lossy().contains(".pages"));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_wrong_token_is_answered_with_how_to_get_one_and_not_shown() {
    let project = Project::new(3);
    project.world.emulator.services.graph.fail("", 1, usize::MAX, GraphError::MALFORMED_TOKEN);
    let output = project.run(&fetch_facebook());
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output);
    assert!(shown.contains("could not fetch the comments of dataset `facebook_e01`"), "{shown}");
    assert!(shown.contains("refuses the token (error 190)"), "{shown}");
    assert!(shown.contains("hint: make a new token of the page"), "{shown}");
    for (path, bytes) in files_below(&project.data_root()) {
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{}", path.display());
    }
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_token_file_that_is_missing_is_named_and_metrics_stay() {
    let project = Project::new(3);
    assert!(project.run(&fetch_facebook()).status.success());
    let metrics = project.data_root().join("Engagement Metrics/facebook_metrics.csv");
    let before = std::fs::read(&metrics).unwrap();
    std::fs::remove_file(project.token_file()).unwrap();
    let output = project.run(&fetch_facebook());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("gs://school-gardens-credentials/facebook-token.txt"));
    assert_eq!(std::fs::read(&metrics).unwrap(), before);
}

#[test]
fn another_version_than_asked_for_is_a_warning() {
    let project = Project::with(3, &json!({"GraphVersion": "v8.0"}));
    let output = project.run(&fetch_facebook());
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("Another version of the Graph API answers"),
        "{}",
        text(&output)
    );
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new(3);
    assert!(project.run(&fetch_facebook()).status.success());
    for (path, _) in files_below(&project.data_root()) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

impl Project {
    fn new(n_comments: usize) -> Self {
        Self::with(n_comments, &json!({}))
    }

    /// With more keys of the source.
    fn with(n_comments: usize, keys: &Value) -> Self {
        let project = Self { world: World::new(n_comments) };
        let demo = workspace().join("pipeline_configs/demo");
        let copy = project.directory().join("project");
        copy_directory(&demo.join("code_schemes"), &copy.join("code_schemes")).unwrap();
        std::fs::copy(demo.join("coding_plans.json"), copy.join("coding_plans.json")).unwrap();
        let configuration = std::fs::read(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Value = serde_json::from_slice(&configuration).unwrap();
        let mut source = json!({
            "SourceType": "Facebook",
            "PageID": PAGE,
            "TokenFileURL": "gs://school-gardens-credentials/facebook-token.txt",
            "Datasets": [{"Name": DATASET, "PostIDs": POSTS}],
        });
        source.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        configuration["RawDataSources"] = json!([source]);
        configuration["ProjectStartDate"] = "2021-06-01T00:00:00+03:00".into();
        configuration["SourceKeyRemappings"].as_array_mut().unwrap().extend(remappings());
        std::fs::write(copy.join("pipeline_config.json"), configuration.to_string()).unwrap();
        std::fs::create_dir_all(project.token_file().parent().unwrap()).unwrap();
        std::fs::write(project.token_file(), format!("{TOKEN}\n")).unwrap();
        let table = project.token_file().with_file_name("uuid-table-firebase.json");
        std::fs::write(table, json!({"type": "local", "root": "."}).to_string()).unwrap();
        let credentials = json!({"type": "local", "root": "services"}).to_string();
        std::fs::write(project.directory().join("credentials.json"), credentials).unwrap();
        project
    }

    fn directory(&self) -> &Path {
        self.world.directory.path()
    }

    fn token_file(&self) -> PathBuf {
        let buckets = self.directory().join("services/buckets");
        buckets.join("school-gardens-credentials/facebook-token.txt")
    }

    fn data_root(&self) -> PathBuf {
        self.world.data_root()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .args(["--quiet", "test@example.org"])
            .arg(self.directory().join("credentials.json"))
            .arg(self.directory().join("project/pipeline_config.json"))
            .arg(self.data_root())
            .env("GRAPH_EMULATOR_HOST", self.world.emulator.url());
        command
    }

    fn run(&self, program: &Path) -> Output {
        self.command(program).output().unwrap()
    }
}

/// The keys of comments, for the first show of the demo.
fn remappings() -> Vec<Value> {
    let remapping = |source: &str, pipeline: &str, is_message: bool| json!({"SourceKey": source, "PipelineKey": pipeline, "IsActivationMessage": is_message});
    vec![
        remapping("avf_facebook_id", "uid", false),
        remapping(&format!("{DATASET}.message"), "rqa_s01e01_raw", true),
        remapping(&format!("{DATASET}.id"), "rqa_s01e01_run_id", false),
        remapping(&format!("{DATASET}.created_time"), "sent_on", false),
    ]
}

fn fetch_facebook() -> PathBuf {
    env!("CARGO_BIN_EXE_fetch-facebook").into()
}

fn text(output: &Output) -> String {
    format!("{}{}", pipeline_tests::text(&output.stdout), pipeline_tests::text(&output.stderr))
}
