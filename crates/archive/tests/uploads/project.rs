//! A project with its credentials, and the programs that work on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// The id of the run whose files are uploaded.
pub const RUN_ID: &str = "2021-10-20T15:28:18Z-0123abc";

/// A copy of the demo project whose bucket is called `bucket`.
pub struct Project {
    directory: TempDir,
}

impl Project {
    /// With credentials for local services, `local.json`, and of a service account,
    /// `account.json`.
    pub fn new() -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs/demo");
        copy(&demo.join("code_schemes"), &project.path("code_schemes"));
        std::fs::copy(demo.join("coding_plans.json"), project.path("coding_plans.json")).unwrap();
        let text = std::fs::read_to_string(demo.join("pipeline_config.json")).unwrap();
        std::fs::write(project.configuration(), text).unwrap();
        project.configure("MemoryProfileUploadBucket", json!("gs://bucket"));
        project.configure("DataArchiveUploadBucket", json!("bucket"));
        project.configure("BucketDirPath", json!("2021/project"));
        project.write("local.json", br#"{"type": "local", "root": "services"}"#);
        let account = "../google-services/tests/data/made_up_service_account.json";
        let account = Path::new(env!("CARGO_MANIFEST_DIR")).join(account);
        std::fs::copy(account, project.path("account.json")).unwrap();
        project
    }

    /// Sets a key of the configuration.
    pub fn configure(&self, key: &str, value: Json) {
        let text = std::fs::read_to_string(self.configuration()).unwrap();
        let mut configuration: Json = serde_json::from_str(&text).unwrap();
        configuration[key] = value;
        std::fs::write(self.configuration(), configuration.to_string()).unwrap();
    }

    pub fn configuration(&self) -> PathBuf {
        self.path("pipeline_config.json")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes an archive and a memory profile of the run.
    pub fn write_logs(&self, archive: &[u8]) {
        self.write(&archive_name(), archive);
        self.write("logs/memory.profile", b"CMDLINE generate-outputs\nMEM 1.0 1.0\n");
    }

    /// `upload-logs` on these files, with the credentials in a file of the project.
    pub fn upload_logs(&self, options: &[&str], credentials: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_upload-logs"));
        command
            .env_remove("STORAGE_EMULATOR_HOST")
            .args(options)
            .arg("user@example.org")
            .args([self.path(credentials), self.configuration()])
            .arg(RUN_ID)
            .args([self.path("logs/memory.profile"), self.path(&archive_name())]);
        command
    }

    /// `log-pipeline-event` with the credentials in a file of the project.
    pub fn log_event(&self, options: &[&str], credentials: &str, event: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_log-pipeline-event"));
        command
            .env_remove("FIRESTORE_EMULATOR_HOST")
            .args(options)
            .arg("user@example.org")
            .args([self.path(credentials), self.configuration()])
            .args([RUN_ID, event]);
        command
    }
}

/// The name of the archive below the project.
pub fn archive_name() -> String {
    format!("backups/data-{RUN_ID}.tar.gzip")
}

/// Runs a program to its end, which it must reach with this status; gives what it said.
#[track_caller]
pub fn run(command: &mut Command, status: i32) -> String {
    let output: Output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(output.stdout.is_empty(), "standard output is for data");
    said
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
