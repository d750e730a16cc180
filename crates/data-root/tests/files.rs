//! Files are whole or absent, alone and in sets, and readable by their owner only.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError, WholeFile, WholeFiles};
use tempfile::TempDir;

#[test]
fn a_file_appears_when_it_is_complete() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("Raw Data/flow.jsonl");
    let mut file = WholeFile::create(&path).unwrap();
    file.write_all(b"one\n").unwrap();
    file.flush().unwrap();
    assert!(!path.exists());

    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one\n");
    assert_eq!(all_names(directory.path()), ["Raw Data", "flow.jsonl"]);
}

#[test]
fn a_file_that_is_not_committed_leaves_the_old_one() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("messages.csv");
    data_root::write(&path, b"old").unwrap();

    let mut file = WholeFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    drop(file);

    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(all_names(directory.path()), ["messages.csv"]);
}

#[test]
fn a_new_file_replaces_nothing() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("archive");
    let mut first = WholeFile::create(&path).unwrap();
    first.write_all(b"first").unwrap();
    let mut second = WholeFile::create(&path).unwrap();
    second.write_all(b"second").unwrap();

    assert!(first.commit_new().unwrap());
    assert!(!second.commit_new().unwrap());
    assert_eq!(fs::read(&path).unwrap(), b"first");
    assert_eq!(all_names(directory.path()), ["archive"]);
}

#[test]
fn large_and_small_writes_keep_their_order() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("large");
    let pieces: Vec<Vec<u8>> =
        [1, 300_000, 7, 262_144, 20_000_000].map(|length| vec![length as u8; length]).to_vec();
    let mut file = WholeFile::create(&path).unwrap();
    for piece in &pieces {
        file.write_all(piece).unwrap();
    }
    file.commit().unwrap();
    assert!(fs::read(&path).unwrap() == pieces.concat(), "bytes differ");
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data");
    let data_root = DataRoot::create(&path).unwrap();
    data_root::write(&data_root.outputs().coda_file("age").unwrap(), b"[]").unwrap();
    data_root::create_log(&path.join("memory.profile")).unwrap();
    let (_, _lock) = DataRoot::lock_run_manifest(&path).unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for (path, is_directory) in all_paths(&path) {
        let expected = if is_directory { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
}

#[test]
fn what_was_written_can_be_read_before_the_file_appears() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("messages.csv");
    let mut file = WholeFile::create(&path).unwrap();
    file.write_all(b"uid\n").unwrap();
    assert_eq!(std::io::read_to_string(file.read_back().unwrap()).unwrap(), "uid\n");
    file.write_all(b"one\n").unwrap();
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"uid\none\n");
}

#[cfg(unix)]
#[test]
fn what_is_put_aside_is_new_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let data_root = DataRoot::open(directory.path()).unwrap();
    let path = data_root.temporary_directory().join("job/1");
    data_root::create_temporary(&path).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert!(data_root::create_temporary(&path).is_err(), "it is there already");
}

#[test]
fn a_set_appears_together() {
    let directory = TempDir::new().unwrap();
    let [first, second] = ["first.csv", "second.csv"].map(|name| directory.path().join(name));
    fs::write(&first, "old").unwrap();

    let set = WholeFiles::new();
    write_member(&set, &first, "new first").unwrap();
    write_member(&set, &second, "new second").unwrap();
    assert_eq!(fs::read_to_string(&first).unwrap(), "old");
    assert!(!second.exists());

    set.commit().unwrap();
    assert_eq!(fs::read_to_string(&first).unwrap(), "new first");
    assert_eq!(fs::read_to_string(&second).unwrap(), "new second");
    assert_eq!(all_names(directory.path()), ["first.csv", "second.csv"]);
}

#[test]
fn a_set_can_be_written_by_several_threads() {
    let directory = TempDir::new().unwrap();
    let paths: Vec<PathBuf> = (0..8).map(|n| directory.path().join(format!("{n}.csv"))).collect();
    let set = WholeFiles::new();
    std::thread::scope(|scope| {
        for path in &paths {
            scope.spawn(|| write_member(&set, path, "text").unwrap());
        }
    });
    set.commit().unwrap();
    assert!(paths.iter().all(|path| path.exists()));
}

#[test]
fn a_dropped_set_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("messages.csv");
    fs::write(&path, "old").unwrap();
    let set = WholeFiles::new();
    write_member(&set, &path, "new").unwrap();
    set.remove(&path);
    drop(set);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(all_names(directory.path()), ["messages.csv"]);
}

#[test]
fn a_set_with_an_unfinished_member_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let set = WholeFiles::new();
    write_member(&set, &directory.path().join("messages.csv"), "new").unwrap();
    drop(set.create(&directory.path().join("individuals.csv")).unwrap());

    let error = set.commit().unwrap_err();
    assert!(error.to_string().contains("individuals.csv"), "{error}");
    assert_eq!(all_names(directory.path()), [""; 0]);
}

#[test]
fn a_set_that_cannot_be_renamed_puts_everything_back() {
    let directory = TempDir::new().unwrap();
    let [old, fresh, blocked] = ["a.csv", "b.csv", "c.csv"].map(|name| directory.path().join(name));
    fs::write(&old, "old").unwrap();

    let set = WholeFiles::new();
    for path in [&old, &fresh, &blocked] {
        write_member(&set, path, "new").unwrap();
    }
    // A directory that appears meanwhile cannot be replaced by a file.
    fs::create_dir(&blocked).unwrap();
    let error = set.commit().unwrap_err();

    assert!(error.to_string().contains("c.csv"), "{error}");
    assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    assert_eq!(all_names(directory.path()), ["a.csv", "c.csv"]);
}

#[test]
fn no_file_appears_while_commits_are_held() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("messages.csv");
    let set = WholeFiles::new();
    write_member(&set, &path, "new").unwrap();
    let held = data_root::hold_commits();
    let commit = std::thread::spawn(|| set.commit());
    assert!(!path.exists());
    drop(held);
    commit.join().unwrap().unwrap();
    assert!(path.exists());
}

#[test]
fn a_set_removes_what_is_obsolete() {
    let directory = TempDir::new().unwrap();
    let icr = directory.path().join("ICR");
    data_root::write(&icr.join("kept.csv"), b"old").unwrap();
    data_root::write(&icr.join("of_an_earlier_plan.csv"), b"old").unwrap();
    data_root::write(&directory.path().join("auto.jsonl"), b"old").unwrap();

    let set = WholeFiles::new();
    write_member(&set, &icr.join("kept.csv"), "new").unwrap();
    set.remove_others(&icr);
    set.remove(&directory.path().join("auto.jsonl"));
    set.remove(&directory.path().join("was_never_there.jsonl"));
    set.commit().unwrap();

    assert_eq!(fs::read_to_string(icr.join("kept.csv")).unwrap(), "new");
    assert_eq!(all_names(directory.path()), ["ICR", "kept.csv"]);
}

#[test]
fn a_set_refuses_two_files_of_one_name() {
    let directory = TempDir::new().unwrap();
    let set = WholeFiles::new();
    let path = directory.path().join("rqa_s01e01.csv");
    write_member(&set, &path, "first").unwrap();
    let error = set.create(&path).unwrap_err();
    assert!(matches!(error, FileError::Twice { .. }), "{error}");
    assert!(error.hint().is_some());
}

fn write_member(set: &WholeFiles, path: &Path, text: &str) -> Result<(), FileError> {
    let mut file = set.create(path)?;
    file.write_all(text.as_bytes()).unwrap();
    file.commit()
}

/// The names of all files and directories under `directory`, hidden ones too, sorted.
fn all_names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = all_paths(directory)
        .into_iter()
        .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn all_paths(directory: &Path) -> Vec<(PathBuf, bool)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(all_paths(&path));
        }
        paths.push((path.clone(), path.is_dir()));
    }
    paths
}
