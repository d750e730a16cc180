//! `pipeline-run hold` as a process: who gets in meanwhile, how it ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use data_root::{DataRoot, FileError};

#[test]
fn ends_as_the_command_ends() {
    let directory = tempfile::tempdir().unwrap();
    let data_root = directory.path().join("new/data");
    for (script, status) in [("exit 0", 0), ("exit 1", 1), ("exit 2", 2), ("kill -9 $$", 137)] {
        let ended = hold(&data_root, script).status().unwrap();
        assert_eq!(ended.code(), Some(status), "{script}");
    }
    assert!(data_root.is_dir());
}

#[test]
fn a_command_that_is_not_there_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("hold").arg(directory.path()).args(["--", "no-such-program"]);
    let output = command.output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{messages}");
    assert!(messages.starts_with("error: could not run `no-such-program`\n"), "{messages}");
}

#[test]
fn nobody_else_gets_in_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let data_root = directory.path();
    let (mut child, _pid) = waiting(data_root);
    let second = hold(data_root, "exit 0").output().unwrap();
    let messages = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{messages}");
    let expected = format!(
        "error: data root `{}` is in use by `run_pipeline.sh` (process {})\nhint: wait",
        data_root.display(),
        child.id()
    );
    assert!(messages.starts_with(&expected), "{messages}");
    assert!(matches!(DataRoot::open(data_root), Err(FileError::InUse { .. })));
    stop(&mut child);
    DataRoot::open(data_root).unwrap();
}

#[test]
fn what_the_command_runs_gets_in() {
    let directory = tempfile::tempdir().unwrap();
    // A stage compares the same two.
    let script = r#"test "$PCVE_RUN_TOKEN" = "$(sed -n 2p "$0"/.run.lock)""#;
    let mut command = program();
    command.arg("hold").arg(directory.path()).args(["--", "sh", "-c", script]);
    assert_eq!(command.arg(directory.path()).status().unwrap().code(), Some(0));
}

#[test]
fn a_signal_stops_the_command_and_all_that_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, command_pid) = waiting(directory.path());
    let is_there = |pid: &str| {
        let status = Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status();
        status.unwrap().success()
    };
    assert!(is_there(&command_pid));
    assert_eq!(stop(&mut child), Some(15));
    assert!(!is_there(&command_pid));
    DataRoot::open(directory.path()).unwrap();
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_pipeline-run");

fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_remove("PCVE_RUN_TOKEN");
    command
}

/// Holds the data root while a shell runs `script`.
fn hold(data_root: &Path, script: &str) -> Command {
    let mut command = program();
    command.arg("hold").arg(data_root).args(["--", "sh", "-c", script]);
    command
}

/// Holds the data root until it is stopped; the second is the process id of the command, which is
/// another process than the shell that waits for it.
fn waiting(data_root: &Path) -> (Child, String) {
    let mut command = hold(data_root, "sleep 600 & echo $!; wait");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// Tells the process to stop; the signal that it ended by.
fn stop(child: &mut Child) -> Option<i32> {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap().signal()
}
