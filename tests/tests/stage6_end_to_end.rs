//! The script of stage 6 on the demo project, as `docs/backup.md` shows it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_tests::page::commands;
use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};

#[test]
fn what_the_documentation_shows_works() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    copy_directory(&workspace().join("pipeline_configs/demo"), &path("pipeline_configs/demo"))
        .unwrap();
    std::os::unix::fs::symlink(workspace().join("run_scripts"), path("run_scripts")).unwrap();
    let documented = documented_commands();
    assert!(6 < documented.len(), "{documented:?}");
    for command in documented {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &command]).current_dir(scratch.path());
        succeed(shell.env("PCVE_BIN_DIR", programs())).unwrap();
    }
    let expected = files_below(&workspace().join("pipeline_configs/demo/data_root")).unwrap();
    assert!(!expected.is_empty());
    for directory in ["data/restored", "data/unpacked/data"] {
        let restored = files_below(&path(directory)).unwrap();
        for file in expected.iter().filter(|(path, _)| is_data(path)) {
            assert!(restored.contains(file), "`{}` did not come back", file.0.display());
        }
    }
}

#[test]
fn wrong_arguments_get_the_usage() {
    for arguments in [&[] as &[&str], &["one"], &["--verify"], &["--restore", "a"], &["--encrypt"]]
    {
        let output: Output = script(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("Usage: ./6_backup_data_root.sh"), "{arguments:?}");
    }
    let help = succeed(&mut script(&["--help"])).unwrap();
    assert!(text(&help.stdout).contains("--restore <archive> <dir>"));
}

/// The commands of the documentation, in its order.
fn documented_commands() -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("docs/backup.md")).unwrap();
    commands(&page)
}

/// Whether a backup holds the file, and holds it as it was before the backup.
fn is_data(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "lock")
        && !path.ends_with(".lock")
        && path != Path::new("run_manifest.json")
}

/// Where the binary of this test's own build is.
fn programs() -> PathBuf {
    let program = binary("archive", "backup-data-root").unwrap();
    program.parent().unwrap().to_path_buf()
}

fn script(arguments: &[&str]) -> Command {
    let mut script = Command::new(workspace().join("run_scripts/6_backup_data_root.sh"));
    script.args(arguments).env("PCVE_BIN_DIR", programs());
    script
}
