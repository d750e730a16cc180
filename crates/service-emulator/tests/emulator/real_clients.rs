//! The client that everybody uses, PyPI's `rapidpro-python`, reads all there is.
//!
//! It is installed into an environment of its own below `target`. Where there is no Python, or no
//! way to install, the tests print `SKIPPED`; `PCVE_REQUIRE_RAPIDPRO_PYTHON=1` makes that a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::world::{TOKEN, World, at, contact_uuid};

/// Older ones need fields that servers no longer give: 2.6 `input`, 2.0 `steps`.
#[test]
fn the_oldest_that_reads_the_newest_server_reads_everything() {
    let Some(read) = everything_read_by("2.7.0", false) else { return };
    check(&read);
}

#[test]
fn the_one_that_the_original_was_written_for_reads_everything() {
    let Some(read) = everything_read_by("2.8.3", true) else { return };
    check(&read);
    assert_eq!(read["first_run"]["input"], "answer 48");
}

#[test]
fn the_newest_reads_everything() {
    let Some(read) = everything_read_by("2.21.0", false) else { return };
    check(&read);
}

/// What the script reads; nothing where this version of the client cannot be had.
fn everything_read_by(version: &str, gives_input: bool) -> Option<Value> {
    let python = python_with(version)?;
    let world = World::with_runs(24 * 33);
    {
        let mut workspace = world.workspace.lock();
        workspace.archive_before("2021-06-03".parse().unwrap());
        workspace.delete_contact(&contact_uuid(5), at(24 * 40));
        workspace.gives_input = gives_input;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator/real_client.py");
    let mut client = Command::new(python);
    client.arg(script).args([world.emulator.url(), TOKEN]);
    let output = pipeline_tests::succeed(&mut client).unwrap();
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn check(read: &Value) {
    assert_eq!(read["workspace"], "Test Workspace");
    assert_eq!(read["flows"], serde_json::json!(["show_s01e01_activation"]));
    assert_eq!(read["n_contacts"], 24 * 33 - 1);
    assert_eq!(read["deleted_contacts"], serde_json::json!([contact_uuid(5)]));
    assert_eq!(read["n_runs"], 24 * 31);
    assert_eq!(read["n_different_runs"], 24 * 31);
    assert_eq!(read["n_runs_after"], 24 * 3);
    let first = &read["first_run"];
    assert_eq!(first["value"], "answer 48");
    assert_eq!(first["time"], "2021-06-03T00:00:00.123456+00:00");
    assert_eq!(first["modified_on"], "2021-06-03T00:00:00.123456+00:00");
    assert_eq!(
        read["archives"],
        serde_json::json!([["2021-06-02", 24, 24], ["2021-06-01", 24, 24]])
    );
    assert_eq!(read["refused"], "TembaTokenError");
}

/// A Python that has this version of the client.
fn python_with(version: &str) -> Option<PathBuf> {
    let environment =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rapidpro-python-{version}"));
    let python = environment.join("bin/python");
    let done = environment.join("installed");
    let install = || -> Result<(), String> {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let package = format!("rapidpro-python=={version}");
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", &package]))?;
        std::fs::write(&done, "").map_err(|error| error.to_string())
    };
    if done.is_file() {
        return Some(python);
    }
    let Err(reason) = install() else { return Some(python) };
    let is_required = std::env::var_os("PCVE_REQUIRE_RAPIDPRO_PYTHON").is_some();
    assert!(!is_required, "no rapidpro-python {version}: {reason}");
    let line = format!("SKIPPED: no rapidpro-python {version} ({reason})\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
    None
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = || String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    if output.status.success() { Ok(()) } else { Err(text()) }
}
