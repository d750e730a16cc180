//! The binary: exit statuses, messages, the run manifest.

use crate::support::{MANIFEST, Scratch, names, standard_error, tree};

#[test]
fn backs_up_checks_and_restores() {
    let scratch = Scratch::new();
    let archive = scratch.backups().join("data-run-1.tar.gzip");
    let output =
        scratch.command("run-1").args([scratch.data_root(), scratch.backups()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(names(&scratch.backups()), [".backup.lock", "data-run-1.tar.gzip"]);
    let manifest = std::fs::read_to_string(scratch.data_root().join("run_manifest.json")).unwrap();
    assert!(manifest.contains("data-run-1.tar.gzip"), "{manifest}");

    let output = scratch.command("run-1").arg("--verify").arg(&archive).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    let restored = scratch.path("restored");
    let output =
        scratch.command("run-1").arg("--restore").args([&archive, &restored]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    // The manifest was backed up before this backup was recorded in it.
    assert_eq!(std::fs::read(restored.join("run_manifest.json")).unwrap(), MANIFEST);
    assert_eq!(tree(&restored).len(), 7);
}

#[test]
fn wrong_arguments_are_told_from_failures() {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.path(name).into_os_string().into_string().unwrap();
    let (data_root, backups) = (path("data_root"), path("backups"));
    let (inside, missing, restored) =
        (path("data_root/backups"), path("missing"), path("restored"));
    for (arguments, status, message) in [
        (vec![], 2, "required"),
        (vec![&data_root], 2, "required"),
        (vec![&data_root, &inside], 2, "is in the data root"),
        (vec![&missing, &backups], 1, "could not open data root"),
    ] {
        let output = scratch.command("run-1").args(&arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {}",
            standard_error(&output)
        );
        assert!(standard_error(&output).contains(message), "{}", standard_error(&output));
    }
    for (arguments, status) in [
        (vec!["--verify", &missing], 1),
        (vec!["--verify", &missing, &data_root, &backups], 2),
        (vec!["--restore", &missing], 2),
        (vec!["--restore", &missing, &restored], 1),
        (vec!["--verify", &missing, "--restore", &missing, &restored], 2),
    ] {
        let output = scratch.command("run-1").args(&arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {}",
            standard_error(&output)
        );
    }
    assert_eq!(names(&scratch.path(".")), ["data_root"]);
}

#[test]
fn a_run_id_that_is_no_file_name_is_refused() {
    let scratch = Scratch::new();
    let output =
        scratch.command("../run").args([scratch.data_root(), scratch.backups()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(standard_error(&output).contains("PCVE_RUN_ID"), "{}", standard_error(&output));
}

#[test]
fn two_backups_into_one_directory_wait_for_one_another() {
    let scratches = [Scratch::new(), Scratch::new()];
    let backups = scratches[0].backups();
    let children: Vec<_> = scratches
        .iter()
        .zip(["run-1", "run-2"])
        .map(|(scratch, run_id)| {
            scratch.command(run_id).args([&scratch.data_root(), &backups]).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let expected = [".backup.lock", "data-run-1.tar.gzip", "data-run-2.tar.gzip"];
    assert_eq!(names(&backups), expected);
}
