//! The binary of stage 3 on the demo project: golden outputs, repeated runs, bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use tempfile::TempDir;

#[test]
fn the_demo_gives_the_golden_outputs() {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    let outputs: Vec<(PathBuf, Vec<u8>)> = demo
        .outputs()
        .into_iter()
        .filter(|(path, _)| path.extension().is_none_or(|extension| extension != "jsonl"))
        .collect();
    let golden = workspace().join("tests/golden/demo");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&golden);
        for (path, bytes) in &outputs {
            let path = golden.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let expected = files_below(&golden).unwrap();
    let names = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(names(&outputs), names(&expected));
    for ((path, found), (_, expected)) in outputs.iter().zip(&expected) {
        let same = found == expected;
        assert!(same, "`{}` differs; look at it, then run with UPDATE_GOLDEN=1", path.display());
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    let first = demo.outputs();
    succeed(&mut demo.stage_3()).unwrap();
    assert!(first == demo.outputs(), "a second run gave other bytes");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let demo = Demo::new();
    succeed(demo.stage_3().args(["--threads", "1"])).unwrap();
    let one = demo.outputs();
    succeed(demo.stage_3().args(["--threads", "5"])).unwrap();
    assert!(one == demo.outputs(), "five threads gave other bytes than one");
}

#[test]
fn what_was_written_verifies() {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    for (path, bytes) in demo.outputs() {
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let objects: usize = traced_data::JsonlReader::new(&bytes[..], &path)
                .map(|batch| batch.unwrap().len())
                .sum();
            assert!(0 < objects, "`{}` is empty", path.display());
        }
    }
}

#[cfg(unix)]
#[test]
fn outputs_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    for (path, _) in demo.outputs() {
        let metadata = std::fs::metadata(demo.data_root().join("Outputs").join(&path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn auto_code_only_writes_what_coders_and_producers_need() {
    let demo = Demo::new();
    succeed(demo.stage_3().arg("--auto-code-only")).unwrap();
    let outputs = demo.outputs();
    let has = |name: &str| outputs.iter().any(|(path, _)| path == Path::new(name));
    assert!(has("production.csv") && has("auto_coding_traced_data.jsonl"));
    assert!(has("ICR/rqa_s01e01.csv") && has("Coda Files/SCHOOL_GARDENS_age.json"));
    assert!(!has("messages.csv") && !has("individuals_traced_data.jsonl"));

    succeed(&mut demo.stage_3()).unwrap();
    let all = demo.outputs();
    let has = |name: &str| all.iter().any(|(path, _)| path == Path::new(name));
    assert!(has("messages_traced_data.jsonl"));
    assert!(!has("auto_coding_traced_data.jsonl"), "it would grow old beside the others");
}

#[test]
fn without_coded_files_everything_is_not_reviewed() {
    let demo = Demo::new();
    std::fs::remove_dir_all(demo.data_root().join("Coded Coda Files")).unwrap();
    succeed(&mut demo.stage_3()).unwrap();
}

#[test]
fn the_manifest_accounts_for_every_message() {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    let entry = demo.manifest_entry();
    let sum = |counts: &serde_json::Value| -> u64 {
        counts.as_object().map_or(0, |counts| counts.values().filter_map(|n| n.as_u64()).sum())
    };
    let n_messages = entry["Out"]["messages"].as_u64().unwrap();
    assert_eq!(sum(&entry["In"]), n_messages + sum(&entry["Dropped"]), "{entry}");
    assert_eq!(entry["Status"], "done");
}

#[test]
fn a_missing_raw_file_is_named() {
    bad_input(
        |demo| {
            std::fs::remove_file(demo.raw("school_gardens_demog")).unwrap();
        },
        &["could not open", "school_gardens_demog.jsonl", "hint: fetch the raw data first"],
    );
}

#[test]
fn an_edited_line_is_named() {
    bad_input(
        |demo| demo.edit("school_gardens_demog", |text| text.replacen("Text) - ", "Text)  - ", 1)),
        &["school_gardens_demog.jsonl`, line 1", "SHA chain is broken at update", "hint: "],
    );
}

#[test]
fn a_line_that_is_cut_short_is_named() {
    bad_input(
        |demo| {
            let cut = |text: &str| text[..text.len() - 40].to_owned();
            demo.edit("school_gardens_s01e01_activation", cut);
        },
        &["school_gardens_s01e01_activation.jsonl`, line ", "the line is cut short", "hint: "],
    );
}

#[test]
fn invalid_utf_8_is_named() {
    bad_input(
        |demo| {
            let path = demo.raw("school_gardens_s01e02_activation");
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[20] = 0xff;
            std::fs::write(path, bytes).unwrap();
        },
        &["school_gardens_s01e02_activation.jsonl`, line 1", "invalid UTF-8 at byte 21"],
    );
}

#[test]
fn a_label_with_an_unknown_code_is_named() {
    bad_input(
        |demo| {
            let path = demo.data_root().join("Coded Coda Files/SCHOOL_GARDENS_gender.json");
            let json = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, json.replace("\"code-man\"", "\"code-gone\"")).unwrap();
        },
        &["dataset `SCHOOL_GARDENS_gender`, message `", "has no code `code-gone`", "hint: "],
    );
}

#[test]
fn a_damaged_coda_file_is_named() {
    bad_input(
        |demo| {
            let path = demo.data_root().join("Coded Coda Files/SCHOOL_GARDENS_age.json");
            std::fs::write(path, "[{\"MessageID\": 7}]").unwrap();
        },
        &["SCHOOL_GARDENS_age.json", "MessageID"],
    );
}

#[test]
fn a_wrong_configuration_stops_before_anything_is_read() {
    bad_input(
        |demo| {
            let path = demo.configuration();
            let json = std::fs::read_to_string(&path).unwrap();
            let json = json.replacen("\"MoveWSMessages\"", "\"MoveWsMesages\"", 1);
            std::fs::write(path, json.replacen("2024-02-04T", "2024-02-34T", 1)).unwrap();
            std::fs::remove_dir_all(demo.data_root().join("Raw Data")).unwrap();
        },
        &["MoveWsMesages", "MoveWSMessages", "2024-02-34T"],
    );
}

#[test]
fn a_scheme_that_lacks_a_needed_code_is_named() {
    bad_input(
        |demo| {
            let path = demo.project().join("code_schemes/gender.json");
            let json = std::fs::read_to_string(&path).unwrap();
            std::fs::write(
                path,
                json.replace("\"ControlCode\": \"NR\"", "\"ControlCode\": \"NOC\""),
            )
            .unwrap();
        },
        &["gender", "NR"],
    );
}

#[test]
fn a_plan_that_names_a_missing_scheme_is_named() {
    bad_input(
        |demo| {
            std::fs::remove_file(demo.project().join("code_schemes/household_language.json"))
                .unwrap();
        },
        &["household_language"],
    );
}

#[test]
fn a_data_root_that_is_no_directory_is_named() {
    let demo = Demo::new();
    let output = demo.run(&demo.configuration());
    assert_fails(&output, &["pipeline_config.json", "directory"]);
}

#[test]
fn a_full_disk_leaves_the_earlier_outputs_as_they_were() {
    let demo = Demo::new();
    let small = tempfile::tempdir().unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(small.path())
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no right to mount a small disk");
        return;
    }
    let data_root = small.path().join("data_root");
    copy_directory(&demo.data_root(), &data_root).unwrap();
    let old = data_root.join("Outputs/production.csv");
    std::fs::create_dir_all(old.parent().unwrap()).unwrap();
    std::fs::write(&old, "from an earlier run\n").unwrap();
    let output = demo.run(&data_root);
    let files = files_below(&data_root.join("Outputs")).unwrap();
    succeed(Command::new("umount").arg(small.path())).unwrap();
    assert_fails(&output, &["No space left on device", "hint: "]);
    assert_eq!(files, [(PathBuf::from("production.csv"), b"from an earlier run\n".to_vec())]);
}

#[test]
fn wrong_arguments_exit_with_2() {
    let stage_3 = binary("processing", "generate-outputs").unwrap();
    let output = Command::new(stage_3).arg("only-a-user").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn the_script_runs_the_stage() {
    let demo = Demo::new();
    let directory = binary("processing", "generate-outputs").unwrap();
    let script = workspace().join("run_scripts/3_generate_outputs.sh");
    let mut command = Command::new(&script);
    command.env("PCVE_BIN_DIR", directory.parent().unwrap()).args(demo.arguments());
    succeed(&mut command).unwrap();
    assert!(demo.data_root().join("Outputs/individuals.csv").is_file());
    let wrong = Command::new(&script).arg("only-a-user").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("Usage"), "{}", text(&wrong.stderr));
}

/// Runs the stage once, breaks the demo, and expects the messages, exit status 1, and untouched
/// outputs.
#[track_caller]
fn bad_input(break_it: impl FnOnce(&Demo), messages: &[&str]) {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    let before = demo.outputs();
    break_it(&demo);
    let output = demo.stage_3().output().unwrap();
    assert_fails(&output, messages);
    assert!(before == demo.outputs(), "a failed run touched the outputs");
    assert_eq!(demo.manifest_entry()["Status"], "failed");
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

    fn project(&self) -> &Path {
        self.0.path()
    }

    fn configuration(&self) -> PathBuf {
        self.project().join("pipeline_config.json")
    }

    fn data_root(&self) -> PathBuf {
        self.project().join("data_root")
    }

    fn raw(&self, flow: &str) -> PathBuf {
        self.data_root().join(format!("Raw Data/{flow}.jsonl"))
    }

    fn edit(&self, flow: &str, change: impl FnOnce(&str) -> String) {
        let path = self.raw(flow);
        let before = std::fs::read_to_string(&path).unwrap();
        let after = change(&before);
        assert_ne!(before, after);
        std::fs::write(path, after).unwrap();
    }

    fn arguments(&self) -> Vec<PathBuf> {
        let credentials = self.project().join("credentials.json");
        vec!["tests@example.org".into(), credentials, self.configuration(), self.data_root()]
    }

    fn stage_3(&self) -> Command {
        let mut command = Command::new(binary("processing", "generate-outputs").unwrap());
        command.env("SOURCE_DATE_EPOCH", "1709251200").args(self.arguments());
        command
    }

    fn run(&self, data_root: &Path) -> Output {
        let mut arguments = self.arguments();
        arguments[3] = data_root.to_path_buf();
        let stage_3 = binary("processing", "generate-outputs").unwrap();
        Command::new(stage_3).args(arguments).output().unwrap()
    }

    fn outputs(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(&self.data_root().join("Outputs")).unwrap()
    }

    fn manifest_entry(&self) -> serde_json::Value {
        let json = std::fs::read(self.data_root().join("run_manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&json).unwrap();
        manifest["Stages"]["generate_outputs"].clone()
    }
}
