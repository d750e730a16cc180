//! The binary of stage 5 on the demo project: golden tables, repeated runs, hostile text, people who
//! withdrew, next to no data, bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use tempfile::TempDir;
use traced_data::{Changes, History, Key, Metadata, TracedData, Value, write_jsonl};

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&=1+1";

#[test]
fn the_demo_gives_the_golden_tables() {
    let demo = Demo::processed();
    succeed(demo.stage_5().arg("--tables-only")).unwrap();
    let is_table = |path: &Path| {
        path.extension().is_some_and(|extension| extension == "csv" || extension == "json")
    };
    let found: Vec<(PathBuf, Vec<u8>)> =
        demo.analysis().into_iter().filter(|(path, _)| is_table(path)).collect();
    let golden = workspace().join("tests/golden/analysis");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&golden);
        for (path, bytes) in &found {
            let path = golden.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let expected = files_below(&golden).unwrap();
    let names = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(names(&found), names(&expected));
    for ((path, found), (_, expected)) in found.iter().zip(&expected) {
        let same = found == expected;
        assert!(same, "`{}` differs; look at it, then run with UPDATE_GOLDEN=1", path.display());
    }
}

#[test]
fn pictures_and_report_are_there_and_the_same_each_time() {
    let demo = Demo::processed();
    succeed(&mut demo.stage_5()).unwrap();
    let first = demo.analysis();
    let entry = demo.manifest_entry();
    let count = |folder: &str, ending: &str| {
        let is_counted = |(path, _): &&(PathBuf, Vec<u8>)| {
            path.starts_with(folder) && path.extension().is_some_and(|found| found == ending)
        };
        first.iter().filter(is_counted).count() as u64
    };
    for ending in ["png", "svg"] {
        assert_eq!(Some(count("graphs", ending)), entry["Out"]["graphs"].as_u64());
        assert_eq!(Some(count("maps", ending)), entry["Out"]["maps"].as_u64());
    }
    assert!(10 < count("graphs", "png") && 10 < count("maps/regions", "png"));
    for (path, bytes) in &first {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("png") => assert!(bytes.starts_with(b"\x89PNG"), "{}", path.display()),
            Some("svg") => assert!(bytes.ends_with(b"</svg>\n") || bytes.ends_with(b"</svg>")),
            _ => {}
        }
    }
    // A picture of a theme that is no more goes away.
    let old = demo.analysis_directory().join("graphs/themes_of_long_ago.png");
    std::fs::write(&old, "old").unwrap();
    succeed(demo.stage_5().args(["--threads", "1"])).unwrap();
    // The report says when it was made.
    let without_report = |files: Vec<(PathBuf, Vec<u8>)>| -> Vec<(PathBuf, Vec<u8>)> {
        files.into_iter().filter(|(path, _)| path != Path::new("report.html")).collect()
    };
    assert!(without_report(first) == without_report(demo.analysis()), "other bytes, other files");
    assert!(demo.report().contains("<!DOCTYPE html>"));
}

#[test]
fn the_report_can_be_left_out() {
    let demo = Demo::processed();
    succeed(demo.stage_5().arg("--tables-only")).unwrap();
    std::fs::write(demo.analysis_directory().join("report.html"), "old").unwrap();
    succeed(demo.stage_5().arg("--no-report")).unwrap();
    assert!(!demo.analysis_directory().join("report.html").exists());
}

#[cfg(unix)]
#[test]
fn outputs_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let demo = Demo::processed();
    succeed(demo.stage_5().arg("--tables-only")).unwrap();
    for (path, _) in demo.analysis() {
        let metadata = std::fs::metadata(demo.analysis_directory().join(&path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn nothing_of_people_who_withdrew_is_anywhere() {
    let demo = Demo::processed();
    // Everybody who withdrew wrote something that nobody else wrote, and the demo has such people.
    let mut n_withdrawn = 0;
    demo.change_objects("messages", |object, changes| {
        if latest(object, "consent_withdrawn") == "true" {
            n_withdrawn += 1;
            changes.insert(Key::new("rqa_s01e01_raw"), Value::from("qoraal la diiday"));
            changes.insert(Key::new("rqa_s01e02_raw"), Value::from("qoraal la diiday"));
        }
    });
    assert!(0 < n_withdrawn);
    demo.set("MinimumCellSize", "0");
    demo.set("IncludeSampleMessages", "true");
    let with_them = demo.run_all();
    for (path, bytes) in &with_them {
        assert!(!text(bytes).contains("diiday"), "{}", path.display());
    }
    // Without the objects of these people, everything but the number of all is the same.
    let is_kept = |object: &TracedData| latest(object, "consent_withdrawn") != "true";
    demo.keep_objects("messages", is_kept);
    demo.keep_objects("individuals", is_kept);
    let without_them = demo.run_all();
    let is_compared = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !["engagement_counts.csv", "report.html"].contains(&name)
    };
    let compared = |files: Vec<(PathBuf, Vec<u8>)>| -> Vec<(PathBuf, Vec<u8>)> {
        files.into_iter().filter(|(path, _)| is_compared(path)).collect()
    };
    assert!(compared(with_them) == compared(without_them));
}

#[test]
fn hostile_text_stays_text() {
    let demo = Demo::processed();
    demo.change_objects("messages", |_, changes| {
        changes.insert(Key::new("rqa_s01e01_raw"), Value::from(HOSTILE));
    });
    demo.set("MinimumCellSize", "0");
    demo.set("IncludeSampleMessages", "true");
    demo.run_all();
    let report = demo.report();
    assert!(report.contains("&lt;script&gt;alert(1)"));
    assert!(!report.contains("<script>alert") && !report.contains("<img"));
    let samples = std::fs::read(demo.analysis_directory().join("sample_messages.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(&samples[..]);
    let is_hostile = |record: Result<csv::StringRecord, _>| &record.unwrap()[3] == HOSTILE;
    assert!(reader.records().any(is_hostile));
}

#[test]
fn a_report_asks_for_nothing() {
    let demo = Demo::processed();
    demo.run_all();
    let report = demo.report();
    assert!(report.contains("default-src 'none'"));
    // Names of SVG's format are no addresses to ask.
    let report = report.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "//", "src=", "@import", "url(\"", "fetch(", "XMLHttp"] {
        let places = report.match_indices(outside).map(|(place, _)| place);
        let outside_of_comments: Vec<&str> = places
            .map(|place| &report[place.saturating_sub(30)..(place + 40).min(report.len())])
            .filter(|around| !around.contains("// ") && !around.contains("script-src"))
            .filter(|around| !around.contains("-src"))
            .collect();
        assert!(outside_of_comments.is_empty(), "`{outside}`: {outside_of_comments:?}");
    }
}

#[test]
fn with_no_data_everything_says_so() {
    let demo = Demo::processed();
    demo.keep_objects("messages", |_| false);
    demo.keep_objects("individuals", |_| false);
    let files = demo.run_all();
    let table = |name: &str| {
        let (_, bytes) = files.iter().find(|(path, _)| path == Path::new(name)).unwrap();
        text(bytes)
    };
    assert!(table("engagement_counts.csv").ends_with("\nTotal,0,0,0,0,0,0,0\n"));
    assert!(table("graphs/traffic.svg").contains("No data yet"));
    assert!(table("maps/regions/regions_total_participants.svg").contains("No data"));
    assert!(demo.report().contains("No messages yet"));
}

#[test]
fn one_person_is_drawn_and_not_shown_in_the_report() {
    let demo = Demo::processed();
    let mut person = None;
    demo.keep_objects("individuals", |object| {
        let is_first = person.is_none() && latest(object, "consent_withdrawn") == "false";
        if is_first {
            person = Some(latest(object, "uid"));
        }
        is_first
    });
    let person = person.unwrap();
    demo.keep_objects("messages", |object| latest(object, "uid") == person);
    let files = demo.run_all();
    let counts = files.iter().find(|(path, _)| path == Path::new("engagement_counts.csv")).unwrap();
    assert!(text(&counts.1).lines().last().unwrap().contains(",1,"));
    let report = demo.report();
    assert!(report.contains(r#"<span class="hidden-count">hidden</span></span>"#));
    assert!(!report.contains("1 person") && !report.contains(&person));
}

#[test]
fn a_missing_file_says_which_stage_makes_it() {
    let demo = Demo::new();
    let output = demo.stage_5().output().unwrap();
    assert_fails(&output, &["messages_traced_data.jsonl", "hint: ", "stage 3"]);
    assert_eq!(demo.manifest_entry()["Status"], "failed");
}

#[test]
fn a_failed_run_leaves_the_earlier_outputs_as_they_were() {
    let demo = Demo::processed();
    succeed(demo.stage_5().arg("--tables-only")).unwrap();
    let before = demo.analysis();
    let path = demo.traced_data("individuals");
    let damaged = std::fs::read_to_string(&path).unwrap().replacen("demo-phone", "demo-Phone", 1);
    std::fs::write(&path, damaged).unwrap();
    let output = demo.stage_5().arg("--tables-only").output().unwrap();
    assert_fails(&output, &["individuals_traced_data.jsonl`, line 1", "SHA chain is broken"]);
    assert!(before == demo.analysis());
}

#[test]
fn wrong_arguments_exit_with_2_and_the_script_runs_the_stage() {
    let demo = Demo::processed();
    let program = binary("analysis-graphs", "generate-analysis-graphs").unwrap();
    let script = workspace().join("run_scripts/5_generate_analysis_graphs.sh");
    let mut command = Command::new(&script);
    command.env("PCVE_BIN_DIR", program.parent().unwrap()).arg("--tables-only");
    succeed(command.args(demo.arguments())).unwrap();
    assert!(demo.analysis_directory().join("cross_tabs.csv").is_file());
    for mut wrong in [Command::new(&script), Command::new(&program)] {
        let output = wrong.arg("only-a-user").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("Usage"), "{}", text(&output.stderr));
    }
}

#[track_caller]
fn assert_fails(output: &Output, messages: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty(), "stdout is for data");
    for message in messages {
        assert!(stderr.contains(message), "no `{message}` in:\n{stderr}");
    }
}

fn latest(object: &TracedData, key: &str) -> String {
    let value = object.get(Key::new(key)).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

/// A copy of the demo project in a temporary directory.
struct Demo(TempDir);

impl Demo {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let demo = workspace().join("pipeline_configs/demo");
        for part in ["code_schemes", "data_root/Raw Data", "data_root/Coded Coda Files"] {
            copy_directory(&demo.join(part), &directory.path().join(part)).unwrap();
        }
        for file in ["pipeline_config.json", "coding_plans.json", "credentials.json"] {
            std::fs::copy(demo.join(file), directory.path().join(file)).unwrap();
        }
        Self(directory)
    }

    /// The demo after stage 3.
    fn processed() -> Self {
        let demo = Self::new();
        let program = binary("processing", "generate-outputs").unwrap();
        succeed(Command::new(program).args(demo.arguments())).unwrap();
        demo
    }

    fn arguments(&self) -> [PathBuf; 4] {
        ["ci@example.org", "credentials.json", "pipeline_config.json", "data_root"]
            .map(|name| if name.contains('@') { name.into() } else { self.0.path().join(name) })
    }

    fn stage_5(&self) -> Command {
        let program = binary("analysis-graphs", "generate-analysis-graphs").unwrap();
        let mut command = Command::new(program);
        command.args(self.arguments());
        command
    }

    /// Runs stage 5 with everything that it makes.
    fn run_all(&self) -> Vec<(PathBuf, Vec<u8>)> {
        succeed(&mut self.stage_5()).unwrap();
        self.analysis()
    }

    fn analysis_directory(&self) -> PathBuf {
        self.0.path().join("data_root/Outputs/Automated Analysis")
    }

    fn analysis(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(&self.analysis_directory()).unwrap()
    }

    fn report(&self) -> String {
        std::fs::read_to_string(self.analysis_directory().join("report.html")).unwrap()
    }

    fn manifest_entry(&self) -> serde_json::Value {
        let path = self.0.path().join("data_root/run_manifest.json");
        let manifest = std::fs::read_to_string(path).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        manifest["Stages"]["generate_analysis_graphs"].clone()
    }

    /// Sets a key of `AutomatedAnalysis` in the configuration.
    fn set(&self, key: &str, value: &str) {
        let path = self.0.path().join("pipeline_config.json");
        let json = std::fs::read_to_string(&path).unwrap();
        let with_key = format!("\"AutomatedAnalysis\": {{\n    \"{key}\": {value},");
        assert!(json.contains("\"AutomatedAnalysis\": {"));
        std::fs::write(path, json.replacen("\"AutomatedAnalysis\": {", &with_key, 1)).unwrap();
    }

    fn traced_data(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("data_root/Outputs/{name}_traced_data.jsonl"))
    }

    fn objects(&self, name: &str) -> Vec<TracedData> {
        let reader = traced_data::JsonlReader::open(&self.traced_data(name)).unwrap();
        reader.flat_map(|batch| batch.unwrap()).map(TracedData::from).collect()
    }

    fn write_objects(&self, name: &str, objects: &[TracedData]) {
        let histories: Vec<History> =
            objects.iter().map(|object| object.history().clone()).collect();
        let mut file = std::fs::File::create(self.traced_data(name)).unwrap();
        write_jsonl(&histories, &mut file).unwrap();
    }

    fn keep_objects(&self, name: &str, is_kept: impl FnMut(&TracedData) -> bool) {
        let mut is_kept = is_kept;
        let objects: Vec<TracedData> =
            self.objects(name).into_iter().filter(|object| is_kept(object)).collect();
        self.write_objects(name, &objects);
    }

    /// Appends to each object what `change` says.
    fn change_objects(&self, name: &str, mut change: impl FnMut(&TracedData, &mut Changes)) {
        let metadata =
            Arc::new(Metadata::new("test", "tests::stage5", "2024-03-01T00:00:00+00:00"));
        let mut objects = self.objects(name);
        for object in &mut objects {
            let mut changes = Changes::new();
            change(object, &mut changes);
            object.append(changes, &metadata).unwrap();
        }
        let uids: BTreeSet<String> = objects.iter().map(|object| latest(object, "uid")).collect();
        assert!(!uids.is_empty());
        self.write_objects(name, &objects);
    }
}
