//! Stage 3 when memory is short, and when several jobs share the work: the same bytes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_config::load_project;
use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use sample_data::{Cases, Options, generate};

#[test]
fn a_tiny_memory_limit_changes_nothing() {
    let sample = Sample::new();
    let expected = sample.outputs_of(&["--excel"]);
    let output = succeed(&mut sample.stage_3(&["--excel", "--memory-limit", "1KB"])).unwrap();
    let log = text(&output.stderr);
    assert!(log.contains("Put raw data aside") && log.contains("Put results aside"), "{log}");
    assert!(expected == sample.outputs(), "other bytes");
    assert!(!sample.path().join(".tmp").exists(), "what was put aside is still there");
}

#[test]
fn what_a_killed_run_put_aside_is_removed_by_the_next() {
    let sample = Sample::new();
    let expected = sample.outputs_of(&[]);
    std::fs::create_dir(sample.path().join(".tmp")).unwrap();
    std::fs::write(sample.path().join(".tmp/1"), "half a file").unwrap();
    assert!(expected == sample.outputs_of(&["--memory-limit", "1KB"]), "other bytes");
    assert!(!sample.path().join(".tmp").exists());
}

#[test]
fn jobs_for_parts_of_the_people_and_a_merge_give_the_bytes_of_one_run() {
    let sample = Sample::new();
    for options in [&[][..], &["--auto-code-only"]] {
        let expected = sample.outputs_of(options);
        for n_jobs in [1, 3] {
            // In no particular order, one of them with little memory, one twice.
            for job in (0..n_jobs).rev().chain([0]) {
                let partition = format!("{job}/{n_jobs}");
                let mut command = sample.stage_3(options);
                command.args(["--partition", &partition, "--memory-limit", "1KB"]);
                succeed(&mut command).unwrap();
            }
            std::fs::remove_dir_all(sample.path().join("Outputs")).unwrap();
            let mut merge = sample.stage_3(options);
            succeed(merge.args(["--merge-partitions", &n_jobs.to_string()])).unwrap();
            assert!(expected == sample.outputs(), "{n_jobs} jobs gave other bytes");
            assert!(!sample.path().join(".partitions").exists(), "their files are still there");
        }
    }
}

#[test]
fn a_merge_accounts_for_every_message() {
    let sample = Sample::new();
    sample.outputs_of(&[]);
    let expected = sample.counts();
    sample.jobs(2);
    succeed(&mut sample.stage_3(&["--merge-partitions", "2"])).unwrap();
    assert_eq!(sample.counts(), expected);
}

#[test]
fn a_job_that_is_missing_is_named() {
    let sample = Sample::new();
    sample.jobs(3);
    std::fs::remove_file(sample.path().join(".partitions/1-of-3")).unwrap();
    sample.refuses_to_merge(3, &["1-of-3` is missing", "hint: run the job"]);
}

#[test]
fn jobs_that_read_other_data_are_not_merged() {
    let sample = Sample::new();
    succeed(&mut sample.stage_3(&["--partition", "0/2"])).unwrap();
    let labels = files_below(&sample.path().join("Coded Coda Files")).unwrap();
    std::fs::write(sample.path().join("Coded Coda Files").join(&labels[0].0), "[]").unwrap();
    succeed(&mut sample.stage_3(&["--partition", "1/2"])).unwrap();
    sample.refuses_to_merge(2, &["1-of-2", "changed between the jobs", "hint: run all jobs again"]);
}

#[test]
fn jobs_that_began_at_different_times_are_not_merged() {
    let sample = Sample::new();
    succeed(&mut sample.stage_3(&["--partition", "0/2"])).unwrap();
    let mut later = sample.stage_3(&["--partition", "1/2"]);
    succeed(later.env("SOURCE_DATE_EPOCH", "1709251201")).unwrap();
    sample.refuses_to_merge(2, &["not of the same run", "SOURCE_DATE_EPOCH"]);
}

#[test]
fn a_damaged_part_is_noticed() {
    let sample = Sample::new();
    sample.jobs(2);
    let path = sample.path().join(".partitions/0-of-2");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 3);
    std::fs::write(&path, bytes).unwrap();
    sample.refuses_to_merge(2, &["0-of-2"]);
}

#[test]
fn wrong_options_exit_with_2_and_say_what_was_expected() {
    let sample = Sample::new();
    for (options, expected) in [
        (&["--memory-limit", "2 cows"][..], "such as `2GB`"),
        (&["--partition", "8/8"], "such as `0/8`"),
        (&["--merge-partitions", "0"], "--merge-partitions"),
        (&["--partition", "0/2", "--merge-partitions", "2"], "cannot be used with"),
    ] {
        let output = sample.stage_3(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

/// Generated data for the demo project.
struct Sample(tempfile::TempDir);

impl Sample {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for part in ["pipeline_config.json", "coding_plans.json"] {
            let from = workspace().join("pipeline_configs/demo").join(part);
            std::fs::copy(from, directory.path().join(part)).unwrap();
        }
        let schemes = workspace().join("pipeline_configs/demo/code_schemes");
        copy_directory(&schemes, &directory.path().join("code_schemes")).unwrap();
        let sample = Self(directory);
        let project = load_project(&sample.configuration()).unwrap();
        let data_root = data_root::DataRoot::create(&sample.path()).unwrap();
        let options = Options {
            n_messages: 400,
            n_people: 100,
            seed: 3,
            labelled_percent: 80,
            cases: Cases::all(),
        };
        generate(&project, &options, &data_root).unwrap();
        sample
    }

    fn configuration(&self) -> PathBuf {
        self.0.path().join("pipeline_config.json")
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("data_root")
    }

    fn stage_3(&self, options: &[&str]) -> Command {
        let mut command = Command::new(binary("processing", "generate-outputs").unwrap());
        command.env("SOURCE_DATE_EPOCH", "1709251200").args(options);
        // Options may come after these, too.
        let arguments = ["tests@example.org".into(), "unused.json".into(), self.configuration()];
        command.args(arguments).arg(self.path());
        command
    }

    fn outputs_of(&self, options: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
        let _ = std::fs::remove_dir_all(self.path().join("Outputs"));
        succeed(&mut self.stage_3(options)).unwrap();
        self.outputs()
    }

    fn outputs(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(&self.path().join("Outputs")).unwrap()
    }

    fn jobs(&self, n_jobs: usize) {
        for job in 0..n_jobs {
            succeed(&mut self.stage_3(&["--partition", &format!("{job}/{n_jobs}")])).unwrap();
        }
    }

    /// What the manifest says came in, went out and was dropped in the last run.
    fn counts(&self) -> [serde_json::Value; 3] {
        let json = std::fs::read(self.path().join("run_manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&json).unwrap();
        ["In", "Out", "Dropped"].map(|part| manifest["Stages"]["generate_outputs"][part].clone())
    }

    #[track_caller]
    fn refuses_to_merge(&self, n_jobs: usize, messages: &[&str]) {
        let output: Output =
            self.stage_3(&["--merge-partitions", &n_jobs.to_string()]).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        for message in messages {
            assert!(stderr.contains(message), "no `{message}` in:\n{stderr}");
        }
        assert!(!Path::new(&self.path()).join("Outputs").exists(), "outputs were written");
    }
}
