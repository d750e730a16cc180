//! The commands of `docs/provenance.md` run, and print what the page shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use pipeline_tests::{binary, copy_directory, text, workspace};

#[test]
fn the_commands_of_the_page_print_what_it_shows() {
    let directory = tempfile::tempdir().unwrap();
    for part in ["pipeline_configs/demo", "run_scripts"] {
        copy_with_permissions(part, directory.path());
    }
    let binaries = binary("traced-data", "traced-data").unwrap().parent().unwrap().to_owned();
    binary("processing", "generate-outputs").unwrap();
    let page = workspace().join("docs/provenance.md");
    let expected = std::fs::read_to_string(&page).unwrap();
    let found = with_outputs(&expected, |command| run(command, directory.path(), &binaries));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(page, found).unwrap();
    } else {
        assert_eq!(expected, found, "look at the difference, then run with UPDATE_GOLDEN=1");
    }
}

/// The page with what its commands print now.
fn with_outputs(page: &str, mut run: impl FnMut(&str) -> String) -> String {
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
            found += &run(command);
        }
    }
    found
}

fn run(command: &str, directory: &Path, binaries: &Path) -> String {
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", command])
        .current_dir(directory)
        .env("PATH", path)
        .env("PCVE_BIN_DIR", binaries)
        .env("SOURCE_DATE_EPOCH", "1709251200")
        .output()
        .unwrap();
    let is_fine = match command.contains(" diff ") {
        true => output.status.code() == Some(1),
        false => output.status.success(),
    };
    assert!(is_fine, "`{command}` exited with {}:\n{}", output.status, text(&output.stderr));
    text(&output.stdout)
}

fn copy_with_permissions(part: &str, to: &Path) {
    let from = workspace().join(part);
    copy_directory(&from, &to.join(part)).unwrap();
    for (path, _) in pipeline_tests::files_below(&from).unwrap() {
        let permissions = std::fs::metadata(from.join(&path)).unwrap().permissions();
        std::fs::set_permissions(to.join(part).join(path), permissions).unwrap();
    }
    // What commands of the README wrote there is none of this page's business.
    for written in ["data_root/Outputs", "data_root/run_manifest.json"] {
        let path = to.join(part).join(written);
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
    }
}
