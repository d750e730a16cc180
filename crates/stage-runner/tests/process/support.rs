//! A data root with one flow, and the example stage as a process.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A data root of its own for each test.
pub struct Workplace {
    directory: TempDir,
}

impl Workplace {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let raw_data = directory.path().join("data/Raw Data");
        fs::create_dir_all(&raw_data).unwrap();
        fs::write(raw_data.join("flow.jsonl"), "one\n\ntwo\n").unwrap();
        Self { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The example stage, in this workplace, with the time standing still.
    pub fn stage(&self) -> Command {
        let mut command = Command::new(example());
        command
            .current_dir(self.directory.path())
            .env_remove("RUST_LOG")
            .env_remove("PCVE_RUN_ID")
            .env_remove("PCVE_SHOW_PANICS")
            .env("SOURCE_DATE_EPOCH", "1634743698")
            .env("RUST_BACKTRACE", "1");
        command
    }

    /// Runs the stage with `options`, a user and the data root.
    #[track_caller]
    pub fn run(&self, options: &[&str], expected_status: i32) -> Run {
        let output = self.stage().args(options).args(["me@example.com", "data"]).output().unwrap();
        Run::of(&output, expected_status)
    }

    pub fn manifest(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("data/run_manifest.json")).unwrap()).unwrap()
    }

    /// The latest entry of the stage.
    pub fn entry(&self) -> Value {
        self.manifest()["Stages"]["copy_lines"].clone()
    }
}

/// What a process said.
pub struct Run {
    pub out: String,
    pub messages: String,
}

impl Run {
    #[track_caller]
    pub fn of(output: &Output, expected_status: i32) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let run = Self { out: text(&output.stdout), messages: text(&output.stderr) };
        assert_eq!(output.status.code(), Some(expected_status), "{}", run.messages);
        run
    }
}

/// Cargo builds examples for tests, beside the directory of the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples/copy_lines");
    assert!(built.exists(), "`{}` is missing: run `cargo test -p stage-runner`", built.display());
    built
}
