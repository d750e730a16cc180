//! Pages of the documentation whose commands run, and print what the page shows.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

use crate::{copy_directory, files_below, text, workspace};

/// A checkout to run the commands of a page in: the projects and the scripts, without what they
/// wrote.
///
/// # Errors
///
/// When something cannot be copied.
pub fn checkout() -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    for part in ["pipeline_configs", "run_scripts"] {
        let (from, to) = (workspace().join(part), directory.path().join(part));
        copy_directory(&from, &to)?;
        for (path, _) in files_below(&from)? {
            let permissions = std::fs::metadata(from.join(&path))?.permissions();
            std::fs::set_permissions(to.join(path), permissions)?;
        }
    }
    // What commands of the README wrote there is none of the page's business.
    for project in std::fs::read_dir(directory.path().join("pipeline_configs"))? {
        let project = project?.path();
        for written in ["data_root/Outputs", "data_root/run_manifest.json", "services"] {
            let path = project.join(written);
            let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
        }
    }
    Ok(directory)
}

/// Runs the commands of `page` in `directory`, with `binaries` on the `PATH`, and compares what
/// they print with what the page shows; with `UPDATE_GOLDEN` set, the page is written anew.
///
/// # Errors
///
/// When a command fails, or prints something else.
pub fn check(page: &str, directory: &Path, binaries: &Path) -> Result<()> {
    let path = workspace().join(page);
    let expected = std::fs::read_to_string(&path).with_context(|| page.to_owned())?;
    let found = with_outputs(&expected, |command| run(command, directory, binaries))?;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, found)?;
    } else {
        ensure!(
            expected == found,
            "`{page}` shows something else than its commands print; look at the difference after \
             running with UPDATE_GOLDEN=1. It would be:\n{found}"
        );
    }
    Ok(())
}

/// Runs the commands of `page` in `directory`, one after the other in one shell, with `binaries` on
/// the `PATH`; what they print is not compared.
///
/// # Errors
///
/// When a command fails.
pub fn run_commands(page: &str, directory: &Path, binaries: &Path) -> Result<()> {
    let path = workspace().join(page);
    let content = std::fs::read_to_string(&path).with_context(|| page.to_owned())?;
    // The time of day as readers have it: runs of one page must have ids of their own.
    let script = format!("unset SOURCE_DATE_EPOCH\nset -x\n{}", commands(&content).join("\n"));
    let output = shell(&script, directory, binaries)?;
    let said = text(&output.stderr);
    ensure!(output.status.success(), "`{page}` exited with {}:\n{said}", output.status);
    Ok(())
}

/// The commands that `page` shows, in its order: lines with `$` in blocks marked `console`.
pub fn commands(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        }
        if in_block && let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        }
    }
    commands
}

/// The page with what its commands print now.
fn with_outputs(page: &str, mut run: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut found = String::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        }
        let is_output = in_block && !line.starts_with("```") && !line.starts_with("$ ");
        if !is_output {
            found += &format!("{line}\n");
        }
        if in_block && let Some(command) = line.strip_prefix("$ ") {
            found += &run(command)?;
        }
    }
    Ok(found)
}

/// Takes the binaries of this test's build where a page builds its own with `cargo run`.
const CARGO_RUN: &str = r#"
cargo() {
    local package binary=
    [[ $1 == run ]] && shift
    while [[ $# -gt 0 && $1 != -- ]]; do
        case $1 in
            --release) ;;
            -p) package=$2; shift ;;
            --bin) binary=$2; shift ;;
            *) echo "no such option of cargo in tests: $1" >&2; return 2 ;;
        esac
        shift
    done
    shift
    "${binary:-$package}" "$@"
}
"#;

fn run(command: &str, directory: &Path, binaries: &Path) -> Result<String> {
    let output = shell(command, directory, binaries)?;
    let is_fine = match command.contains(" diff ") {
        true => output.status.code() == Some(1),
        false => output.status.success(),
    };
    ensure!(is_fine, "`{command}` exited with {}:\n{}", output.status, text(&output.stderr));
    Ok(text(&output.stdout))
}

fn shell(script: &str, directory: &Path, binaries: &Path) -> Result<Output> {
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH")?);
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("{CARGO_RUN}\n{script}")])
        .current_dir(directory)
        .env("PATH", path)
        .env("PCVE_BIN_DIR", binaries)
        .env("SOURCE_DATE_EPOCH", "1709251200")
        .output()?;
    Ok(output)
}
