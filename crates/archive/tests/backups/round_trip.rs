//! What goes in comes back, and nothing else goes in.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use archive::{ArchiveError, LeftOutReason, list_data_root};

use crate::support::{Scratch, data_of, names, random_bytes, restore, tree, verify};

#[test]
fn restored_files_are_byte_identical() {
    let scratch = Scratch::new();
    scratch.write("Outputs/empty.csv", b"");
    scratch.write("Outputs/not UTF-8.bin", &random_bytes(3_000_000));
    scratch.write(&format!("{}/{}.json", "d".repeat(90), "é".repeat(100)), b"long names");
    scratch.write("line\nbreak \\ .csv", b"odd names");
    std::fs::create_dir(scratch.data_root().join("Coded Coda Files")).unwrap();
    let contents = restore(&scratch.archive(), &scratch.path("restored")).unwrap();
    assert_eq!(contents.n_files, 8);
    assert!(tree(&scratch.path("restored")) == data_of(&scratch.data_root()));
    assert_eq!(
        names(scratch.path("restored").parent().unwrap()),
        ["backups", "data_root", "restored"]
    );
}

#[test]
fn an_empty_data_root_comes_back() {
    let scratch = Scratch::empty();
    restore(&scratch.archive(), &scratch.path("restored")).unwrap();
    assert!(tree(&scratch.path("restored")).is_empty());
}

#[test]
fn restored_files_have_their_times_and_belong_to_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let time = UNIX_EPOCH + Duration::from_secs(1_634_743_698);
    let file = std::fs::File::options()
        .append(true)
        .open(scratch.data_root().join("run_manifest.json"))
        .unwrap();
    file.set_modified(time).unwrap();
    let archive = scratch.archive();
    restore(&archive, &scratch.path("restored")).unwrap();
    let metadata = std::fs::metadata(scratch.path("restored/run_manifest.json")).unwrap();
    assert_eq!(metadata.modified().unwrap(), time);
    for (path, mode) in
        [("restored/run_manifest.json", 0o600), ("restored/Outputs", 0o700), ("restored", 0o700)]
    {
        let found = std::fs::metadata(scratch.path(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    assert_eq!(std::fs::metadata(archive).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn leaves_out_locks_temporary_files_and_finder_files() {
    let scratch = Scratch::new();
    let expected = data_of(&scratch.data_root());
    for path in [
        ".DS_Store",
        "Outputs/.DS_Store",
        ".lock",
        ".run_manifest.lock",
        ".tmp/put aside.jsonl",
        "Outputs/.messages.csv.4711-0.pcve-tmp",
    ] {
        let listing = list_data_root(&scratch.data_root()).unwrap();
        scratch.write(path, b"not data");
        assert_eq!(list_data_root(&scratch.data_root()).unwrap().n_files(), listing.n_files());
    }
    restore(&scratch.archive(), &scratch.path("restored")).unwrap();
    assert!(tree(&scratch.path("restored")) == expected);
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let scratch = Scratch::new();
    let first = std::fs::read(scratch.archive()).unwrap();
    let again = std::fs::read(scratch.back_up("data-2.tar.gzip").unwrap().path).unwrap();
    assert!(first == again);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let archive = one_thread.install(|| scratch.back_up("data-3.tar.gzip").unwrap().path);
    assert!(first == std::fs::read(archive).unwrap());
}

#[test]
fn a_backup_never_replaces_a_backup() {
    let scratch = Scratch::new();
    let archive = scratch.archive();
    let before = std::fs::read(&archive).unwrap();
    assert_eq!(scratch.archive(), archive);
    scratch.write("Outputs/messages.csv", b"other");
    let error = scratch.back_up("data-1.tar.gzip").unwrap_err();
    assert!(matches!(error, ArchiveError::AlreadyThere { .. }), "{error}");
    assert!(std::fs::read(&archive).unwrap() == before);
    assert_eq!(names(&scratch.backups()), [".backup.lock", "data-1.tar.gzip"]);
}

#[test]
fn refuses_to_write_into_the_data_root() {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink(scratch.data_root().join("Outputs"), scratch.path("link")).unwrap();
    let data_root = data_root::DataRoot::open(&scratch.data_root()).unwrap();
    let listing = list_data_root(&scratch.data_root()).unwrap();
    let before = tree(&scratch.data_root());
    for directory in ["data_root", "data_root/backups", "data_root/a/b", "link", "link/new"] {
        let directory = scratch.path(directory);
        let backed_up =
            archive::back_up(&data_root, &listing, &directory, "data-1.tar.gzip", &[], &|_| {});
        let error = backed_up.unwrap_err();
        assert!(matches!(error, ArchiveError::InsideDataRoot { .. }), "{error}");
    }
    assert!(tree(&scratch.data_root()) == before);
}

#[test]
fn links_are_followed_and_loops_are_not() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("other disk")).unwrap();
    std::fs::write(scratch.path("other disk/a.jsonl"), b"[]\n").unwrap();
    let link = |target: &Path, path: &str| {
        std::os::unix::fs::symlink(target, scratch.data_root().join(path)).unwrap();
    };
    link(&scratch.path("other disk"), "Raw Data/linked");
    link(&scratch.data_root(), "Raw Data/loop");
    let listing = list_data_root(&scratch.data_root()).unwrap();
    assert_eq!(listing.left_out.len(), 1);
    assert_eq!(listing.left_out[0].reason, LeftOutReason::Loop);
    restore(&scratch.archive(), &scratch.path("restored")).unwrap();
    let restored = std::fs::read(scratch.path("restored/Raw Data/linked/a.jsonl")).unwrap();
    assert_eq!(restored, b"[]\n");

    link(Path::new("nowhere"), "Raw Data/dangling");
    assert!(list_data_root(&scratch.data_root()).is_err());
}

#[test]
fn tar_and_sha256sum_can_do_without_this_program() {
    let scratch = Scratch::new();
    scratch.write("line\nbreak.csv", b"odd names");
    let archive = scratch.archive();
    let unpacked = scratch.path("unpacked");
    std::fs::create_dir(&unpacked).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(&unpacked).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{program}: {error}");
    };
    run("tar", &["-xzf", archive.to_str().unwrap()]);
    run("sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"]);
    assert!(tree(&unpacked.join("data")) == data_of(&scratch.data_root()));
}

#[test]
fn restores_into_nothing_or_an_empty_directory_only() {
    let scratch = Scratch::new();
    let archive = scratch.archive();
    std::fs::create_dir(scratch.path("empty")).unwrap();
    restore(&archive, &scratch.path("empty")).unwrap();
    restore(&archive, &scratch.path("new/in/new")).unwrap();
    let before = tree(&scratch.path("empty"));
    std::fs::write(scratch.path("file"), b"").unwrap();
    for path in ["empty", "file"] {
        let error = restore(&archive, &scratch.path(path)).unwrap_err();
        assert!(matches!(error, ArchiveError::NotEmpty { .. }), "{error}");
    }
    assert!(tree(&scratch.path("empty")) == before);
}

#[test]
fn other_archives_are_not_taken_for_ours() {
    let scratch = Scratch::new();
    let other = scratch.path("other.tar.gzip");
    let status = Command::new("tar")
        .arg("-czf")
        .args([&other, Path::new("data_root")])
        .current_dir(scratch.path("."))
        .status()
        .unwrap();
    assert!(status.success());
    let error = verify(&other).unwrap_err();
    assert!(matches!(error, ArchiveError::NotAnArchive { .. }), "{error}");
}
