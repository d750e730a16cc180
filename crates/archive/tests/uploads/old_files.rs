//! Old archives and profiles on this machine.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::bucket::Bucket;
use crate::project::{Project, archive_name, run};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn only_what_is_old_and_safe_is_removed() {
    let project = project_with_old_files();
    let buckets = "services/buckets/bucket/2021/project";
    for (name, bytes) in objects() {
        project.write(&format!("{buckets}/{name}"), bytes);
    }
    let said = run(&mut project.upload_logs(&["--keep-days", "30"], "local.json"), 0);
    assert!(said.contains("Kept an old file"), "{said}");
    check(&project);
}

#[test]
fn cloud_storage_decides_the_same() {
    let project = project_with_old_files();
    let bucket = Bucket::default();
    for (name, bytes) in objects() {
        let name = format!("2021/project/{name}");
        bucket.objects().lock().unwrap().insert(name, bytes.to_vec());
    }
    let server = bucket.serve();
    let mut command = project.upload_logs(&["--keep-days", "30"], "account.json");
    run(command.env("STORAGE_EMULATOR_HOST", &server.url), 0);
    check(&project);
}

#[test]
fn nothing_is_removed_unless_it_is_asked_for() {
    let project = project_with_old_files();
    for (name, bytes) in objects() {
        project.write(&format!("services/buckets/bucket/2021/project/{name}"), bytes);
    }
    run(&mut project.upload_logs(&[], "local.json"), 0);
    assert_eq!(names(&project.path("backups")).len(), 8);
    assert_eq!(names(&project.path("logs")).len(), 3);
}

#[test]
fn the_files_of_this_run_stay_also_when_none_are_to_be_kept() {
    let project = Project::new();
    project.write_logs(b"an archive");
    for path in [project.path(&archive_name()), project.path("logs/memory.profile")] {
        age(&path, 100);
    }
    run(&mut project.upload_logs(&["--keep-days", "0"], "local.json"), 0);
    assert!(project.path(&archive_name()).exists());
    assert!(project.path("logs/memory.profile").exists());
}

#[test]
fn nothing_is_removed_when_the_upload_fails() {
    let project = project_with_old_files();
    std::fs::remove_file(project.path("logs/memory.profile")).unwrap();
    for (name, bytes) in objects() {
        project.write(&format!("services/buckets/bucket/2021/project/{name}"), bytes);
    }
    run(&mut project.upload_logs(&["--keep-days", "30"], "local.json"), 1);
    assert_eq!(names(&project.path("backups")).len(), 8);
}

/// The file would be its own proof.
#[test]
fn nothing_is_removed_from_the_bucket_itself() {
    let project = Project::new();
    project.write_logs(b"an archive");
    project.write("local.json", br#"{"type": "local", "root": "."}"#);
    let old = project.write("backups/data-old.tar.gzip", b"old");
    age(&old, 100);
    std::fs::create_dir_all(project.path("buckets/bucket")).unwrap();
    std::os::unix::fs::symlink(project.path("backups"), project.path("buckets/bucket/2021"))
        .unwrap();
    let said = run(&mut project.upload_logs(&["--keep-days", "30"], "local.json"), 1);
    assert!(said.contains("is in the local services"), "{said}");
    assert!(old.exists());
}

/// Old files and young ones, safe ones and others.
fn project_with_old_files() -> Project {
    let project = Project::new();
    project.write_logs(b"an archive");
    for (name, n_days) in [
        ("backups/data-safe.tar.gzip", 31),
        ("backups/data-encrypted.tar.gzip.age", 31),
        ("backups/data-young.tar.gzip", 29),
        ("backups/data-nowhere.tar.gzip", 31),
        ("backups/data-other.tar.gzip", 31),
        ("backups/data-cut.tar.gzip", 31),
        ("backups/notes.txt", 31),
        ("logs/memory-safe.profile", 31),
        ("logs/memory-nowhere.profile", 31),
    ] {
        age(&project.write(name, b"old bytes"), n_days);
    }
    project
}

/// What is in the bucket of [`project_with_old_files`].
fn objects() -> [(&'static str, &'static [u8]); 7] {
    [
        ("data-safe.tar.gzip", b"old bytes"),
        ("run-7-data-encrypted.tar.gzip.age", b"old bytes"),
        ("data-young.tar.gzip", b"old bytes"),
        ("data-other.tar.gzip", b"OLD BYTES"),
        ("data-cut.tar.gzip", b"old byte"),
        ("notes.txt", b"old bytes"),
        ("memory-safe.profile", b"old bytes"),
    ]
}

#[track_caller]
fn check(project: &Project) {
    let archive = archive_name();
    let archive = archive.strip_prefix("backups/").unwrap();
    let expected = [
        archive,
        "data-cut.tar.gzip",
        "data-nowhere.tar.gzip",
        "data-other.tar.gzip",
        "data-young.tar.gzip",
        "notes.txt",
    ];
    assert_eq!(names(&project.path("backups")), expected);
    assert_eq!(names(&project.path("logs")), ["memory-nowhere.profile", "memory.profile"]);
}

/// Lets a file be `n_days` old.
fn age(path: &Path, n_days: u32) {
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - DAY * n_days).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
