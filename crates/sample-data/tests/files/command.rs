//! The program as people run it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::made::files;

#[test]
fn makes_what_the_readme_of_the_demo_says() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs/demo");
    let readme = std::fs::read_to_string(demo.join("README.md")).unwrap();
    let line = readme.lines().find(|line| line.contains("-p sample-data -- ")).unwrap();
    let (_, arguments) = line.split_once(" -- ").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let arguments = arguments.split(' ').map(|argument| match argument {
        "pipeline_configs/demo/data_root" => directory.path().to_owned(),
        "pipeline_configs/demo/pipeline_config.json" => demo.join("pipeline_config.json"),
        _ => PathBuf::from(argument),
    });
    sample_data().args(arguments).assert().success().stdout("");

    // Who ran stage 3 as the main README says has its outputs there too.
    for part in ["Raw Data", "Coded Coda Files"] {
        let committed = files(&demo.join("data_root").join(part));
        let made = files(&directory.path().join(part));
        assert!(!made.is_empty());
        assert!(made.values().eq(committed.values()), "make `{part}` again as the README says");
    }
}

#[test]
fn wrong_arguments_end_with_status_2() {
    sample_data().args(["--without", "nothing", "data"]).assert().code(2);
    sample_data().assert().code(2);
}

#[test]
fn a_missing_configuration_ends_with_status_1_and_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let output = sample_data()
        .args(["--configuration", "missing.json"])
        .arg(directory.path())
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(message.starts_with("error: ") && message.contains("missing.json"), "{message}");
}

fn sample_data() -> Command {
    Command::cargo_bin("sample-data").unwrap()
}
