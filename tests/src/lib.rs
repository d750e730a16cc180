//! Architecture test and end-to-end tests of the whole workspace.
//!
//! What the tests under `tests/` share: where the workspace is, its binaries, copies of the demo.

pub mod page;
pub mod scenario;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

/// The workspace's root directory.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests live in the workspace")
}

/// The path of a binary of the workspace, built first when it is missing or old.
///
/// # Errors
///
/// When cargo cannot be run or the binary does not build.
pub fn binary(package: &str, name: &str) -> Result<PathBuf> {
    // Of the whole workspace, so that dependencies have the same features for every binary, and are
    // built once.
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--message-format=json", "--workspace", "--bin", name])
        .current_dir(workspace())
        .output()
        .context("could not run cargo")?;
    ensure!(
        output.status.success(),
        "could not build `{name}` of `{package}`: {}",
        text(&output.stderr)
    );
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let message: serde_json::Value = serde_json::from_slice(line)?;
        if message["target"]["name"] == name
            && let Some(path) = message["executable"].as_str()
        {
            return Ok(path.into());
        }
    }
    bail!("cargo named no executable for `{name}`")
}

/// The directory with all binaries that the run scripts call, built first when they are missing or
/// old.
///
/// # Errors
///
/// When cargo cannot be run or one of them does not build.
pub fn binaries() -> Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(workspace());
    succeed(&mut cargo)?;
    let one = binary("pipeline-run", "pipeline-run")?;
    Ok(one.parent().context("a binary is in a directory")?.to_path_buf())
}

/// Runs a command to its end and fails, with what it printed, unless it succeeds.
///
/// # Errors
///
/// When the command cannot be run or exits with another status than 0.
pub fn succeed(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("could not run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} exited with {}:\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    Ok(output)
}

/// Bytes as text, for messages.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All files below `directory` with their paths relative to it, sorted.
///
/// # Errors
///
/// When a directory or file cannot be read.
pub fn files_below(directory: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                files.push((path.strip_prefix(directory)?.to_path_buf(), bytes));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies a directory with all it holds.
///
/// # Errors
///
/// When something cannot be read or written.
pub fn copy_directory(from: &Path, to: &Path) -> Result<()> {
    for (path, bytes) in files_below(from)? {
        let target = to.join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(target, bytes)?;
    }
    Ok(())
}
