//! The paths that users know, and one process at a time.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::Path;

use data_root::{DataRoot, FileError};
use tempfile::TempDir;

#[test]
fn files_are_where_users_look_for_them() {
    let directory = TempDir::new().unwrap();
    let data_root = DataRoot::open(directory.path()).unwrap();
    let outputs = data_root.outputs();
    let paths = [
        (data_root.raw_data_file("activation").unwrap(), "Raw Data/activation.jsonl"),
        (data_root.raw_server_file("activation").unwrap(), "Raw Data/activation_raw.json"),
        (data_root.coded_coda_file("age").unwrap(), "Coded Coda Files/age.json"),
        (data_root.engagement_metrics(), "Engagement Metrics/facebook_metrics.csv"),
        (data_root.run_manifest(), "run_manifest.json"),
        (outputs.production_csv(), "Outputs/production.csv"),
        (outputs.messages_csv(), "Outputs/messages.csv"),
        (outputs.individuals_csv(), "Outputs/individuals.csv"),
        (outputs.messages_traced_data(), "Outputs/messages_traced_data.jsonl"),
        (outputs.individuals_traced_data(), "Outputs/individuals_traced_data.jsonl"),
        (outputs.auto_coding_traced_data(), "Outputs/auto_coding_traced_data.jsonl"),
        (outputs.icr_file("s01e01.csv").unwrap(), "Outputs/ICR/s01e01.csv"),
        (outputs.coda_file("age").unwrap(), "Outputs/Coda Files/age.json"),
        (outputs.automated_analysis(), "Outputs/Automated Analysis"),
    ];
    for (path, expected) in paths {
        assert_eq!(path, directory.path().join(expected));
    }
}

#[test]
fn names_from_the_configuration_stay_in_their_directory() {
    let directory = TempDir::new().unwrap();
    let data_root = DataRoot::open(directory.path()).unwrap();
    let outputs = data_root.outputs();
    let paths = [
        data_root.raw_data_file("../other"),
        data_root.raw_server_file("a/b"),
        data_root.coded_coda_file(""),
        outputs.icr_file("/etc/passwd"),
        outputs.coda_file(".."),
    ];
    for path in paths {
        let error = path.unwrap_err();
        assert!(matches!(error, FileError::BadName { .. }), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

#[test]
fn a_second_user_is_told_who_works_there() {
    let directory = TempDir::new().unwrap();
    let first = DataRoot::open(directory.path()).unwrap();
    let clone = first.clone();

    let error = DataRoot::open(directory.path()).unwrap_err();
    let this_process = format!("(process {})", std::process::id());
    assert!(error.to_string().contains(&this_process), "{error}");
    assert!(error.hint().is_some());
    DataRoot::open_to_read(directory.path()).unwrap();

    drop(first);
    DataRoot::open(directory.path()).unwrap_err();
    drop(clone);
    DataRoot::open(directory.path()).unwrap();
}

#[test]
fn jobs_share_a_data_root_but_not_with_one_that_has_it_alone() {
    let directory = TempDir::new().unwrap();
    let job = DataRoot::open_shared(directory.path()).unwrap();
    fs::create_dir(directory.path().join(".tmp")).unwrap();
    let other_job = DataRoot::open_shared(directory.path()).unwrap();
    assert!(directory.path().join(".tmp").exists(), "the first job may be at work there");
    let refused = DataRoot::open(directory.path());
    assert!(matches!(refused, Err(FileError::InUse { .. })), "{refused:?}");
    let refused = data_root::RunLock::take(directory.path(), "run_pipeline.sh");
    assert!(matches!(refused, Err(FileError::InUse { .. })), "{refused:?}");

    drop((job, other_job));
    let alone = DataRoot::open(directory.path()).unwrap();
    let refused = DataRoot::open_shared(directory.path());
    assert!(matches!(refused, Err(FileError::InUse { .. })), "{refused:?}");
    drop(alone);
    DataRoot::open_shared(directory.path()).unwrap();
}

#[test]
fn what_a_killed_process_left_is_removed_by_the_next() {
    let directory = TempDir::new().unwrap();
    let outputs = directory.path().join("Outputs/ICR");
    let put_aside = directory.path().join(".tmp/partitions");
    fs::create_dir_all(&outputs).unwrap();
    fs::create_dir_all(&put_aside).unwrap();
    fs::write(put_aside.join("0"), "half").unwrap();
    fs::write(outputs.join(".a.csv.4711-0.pcve-tmp"), "half").unwrap();
    fs::write(outputs.join(".hidden"), "somebody else's").unwrap();
    fs::write(outputs.join("a.csv"), "whole").unwrap();

    DataRoot::open_to_read(directory.path()).unwrap();
    assert!(put_aside.exists());

    DataRoot::open(directory.path()).unwrap();
    assert_eq!(names(&outputs), [".hidden", "a.csv"]);
    assert!(!put_aside.exists());
}

#[test]
fn lists_files_in_order_without_internal_ones() {
    let directory = TempDir::new().unwrap();
    let data_root = DataRoot::open(directory.path()).unwrap();
    for name in ["b.jsonl", "a.jsonl", ".x.1-0.pcve-tmp"] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    let listed = data_root::list(directory.path()).unwrap();
    assert_eq!(listed, ["a.jsonl", "b.jsonl"].map(|name| directory.path().join(name)));
    assert!(data_root::list(&data_root.raw_data()).unwrap().is_empty());
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
