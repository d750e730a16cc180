//! Pages of the documentation whose commands run, and print what the page shows.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{copy_directory, files_below, text, workspace};

/// A checkout to run the commands of a page in: the demo project and the scripts, without what
/// they wrote.
///
/// # Errors
///
/// When something cannot be copied.
pub fn checkout() -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    for part in ["pipeline_configs/demo", "run_scripts"] {
        let (from, to) = (workspace().join(part), directory.path().join(part));
        copy_directory(&from, &to)?;
        for (path, _) in files_below(&from)? {
            let permissions = std::fs::metadata(from.join(&path))?.permissions();
            std::fs::set_permissions(to.join(path), permissions)?;
        }
    }
    // What commands of the README wrote there is none of the page's business.
    for written in ["data_root/Outputs", "data_root/run_manifest.json", "services"] {
        let path = directory.path().join("pipeline_configs/demo").join(written);
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
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

fn run(command: &str, directory: &Path, binaries: &Path) -> Result<String> {
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH")?);
    let output = Command::new("bash")
        .args(["-c", command])
        .current_dir(directory)
        .env("PATH", path)
        .env("PCVE_BIN_DIR", binaries)
        .env("SOURCE_DATE_EPOCH", "1709251200")
        .output()?;
    let is_fine = match command.contains(" diff ") {
        true => output.status.code() == Some(1),
        false => output.status.success(),
    };
    ensure!(is_fine, "`{command}` exited with {}:\n{}", output.status, text(&output.stderr));
    Ok(text(&output.stdout))
}
