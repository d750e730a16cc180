//! Drive: the local one, and the stand-in on good days and bad ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use google_services::drive::{
    Drive, DriveError, DriveFile, DriveUploads, GoogleDrive, LocalDrive, files_below, upload,
};
use google_services::{Authorization, RetryPolicy, ServiceError};
use service_emulator::{Emulator, Fault, Services};
use tempfile::TempDir;

const MIB: usize = 1024 * 1024;

type Files = BTreeMap<String, Vec<u8>>;

#[test]
fn the_local_drive_is_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let drive = LocalDrive::new(directory.path());
    check_drive(&drive, || tree(&directory.path().join("drive")));
    let file = directory.path().join("drive/Shared/project/messages.csv");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn google_drive_does_the_same() {
    let emulator = emulator();
    emulator.services.drive.share_folder("Shared");
    check_drive(&drive(&emulator), || emulator.services.drive.files());
}

#[test]
fn a_shared_drive_does_the_same() {
    let emulator = emulator();
    emulator.services.drive.add_shared_drive("Shared");
    emulator.services.drive.fill();
    check_drive(&drive(&emulator), || emulator.services.drive.files());
}

/// Makes, updates and skips files, and leaves what is not ours.
fn check_drive(drive: &dyn Drive, in_drive: impl Fn() -> Files) {
    let scratch = Scratch::new();
    scratch.write("messages.csv", b"uid\n");
    scratch.write("analysis/themes.csv", b"theme\n");
    scratch.write("analysis/maps/regions/it's \\ a map.png", &pattern(3 * MIB));
    scratch.write("analysis/empty.csv", b"");
    scratch.write("analysis/.DS_Store", b"not ours");
    let upload_all = || {
        let mut files = files_below(&scratch.path("analysis"), "Shared/analysis").unwrap();
        files.push(scratch.file("messages.csv", "Shared/project/messages.csv"));
        let n_done = AtomicU64::new(0);
        let on_files = |n| {
            n_done.fetch_add(n, Ordering::Relaxed);
        };
        let uploads = upload(drive, &files, &on_files).unwrap();
        assert_eq!(n_done.into_inner(), files.len() as u64);
        (uploads.n_created, uploads.n_updated, uploads.n_unchanged)
    };
    assert_eq!(upload_all(), (4, 0, 0));
    assert_eq!(upload_all(), (0, 0, 4));
    let expected = |themes: &[u8]| -> Files {
        [
            ("Shared/project/messages.csv", &b"uid\n"[..]),
            ("Shared/analysis/themes.csv", themes),
            ("Shared/analysis/empty.csv", b""),
            ("Shared/analysis/maps/regions/it's \\ a map.png", &pattern(3 * MIB)),
        ]
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .into()
    };
    assert!(in_drive() == expected(b"theme\n"));

    scratch.write("analysis/themes.csv", b"other themes\n");
    assert_eq!(upload_all(), (0, 1, 3));
    std::fs::remove_file(scratch.path("analysis/empty.csv")).unwrap();
    assert_eq!(upload_all(), (0, 0, 3));
    assert!(in_drive() == expected(b"other themes\n"), "what this run has not stays");
}

#[test]
fn files_are_updated_in_place_and_what_people_made_stays() {
    let emulator = emulator();
    let google = &emulator.services.drive;
    let shared = google.share_folder("Shared");
    let id = google.add_file(&shared, "messages.csv", b"old");
    // Somebody made a table of it, and somebody else keeps notes beside it.
    google.add_table(&shared, "messages.csv");
    google.add_file(&shared, "notes.csv", b"notes");
    let trashed = google.add_file(&shared, "messages.csv", b"thrown away");
    google.change(&trashed, |entry| entry.is_trashed = true);
    let before = google.entries();

    let scratch = Scratch::new();
    scratch.write("messages.csv", b"new");
    let files = [scratch.file("messages.csv", "Shared/messages.csv")];
    let uploads = upload(&drive(&emulator), &files, &|_| {}).unwrap();
    assert_eq!(uploads.n_updated, 1);
    for (before, after) in before.into_iter().zip(google.entries()) {
        let mut expected = before;
        if expected.id == id {
            expected.bytes = Some(b"new".to_vec());
        }
        assert_eq!(after, expected);
    }
}

#[test]
fn more_than_a_page_of_files_is_seen() {
    let emulator = emulator();
    emulator.services.drive.set_page_size(2);
    let shared = emulator.services.drive.share_folder("Shared");
    for number in 0..7 {
        emulator.services.drive.add_file(&shared, &format!("{number}.csv"), b"old");
    }
    let scratch = Scratch::new();
    scratch.write("a.csv", b"new");
    let files = [scratch.file("a.csv", "Shared/6.csv")];
    assert_eq!(upload(&drive(&emulator), &files, &|_| {}).unwrap().n_updated, 1);
    assert_eq!(emulator.services.drive.entries().len(), 8);
}

#[test]
fn a_name_that_two_have_is_an_error_and_nothing_is_sent() {
    let emulator = emulator();
    let google = &emulator.services.drive;
    let shared = google.share_folder("Shared");
    google.share_folder("Twice");
    google.share_folder("Twice");
    google.share_folder("shared");
    google.add_folder(&shared, "twice");
    google.add_folder(&shared, "twice");
    google.add_folder(&shared, "folder");
    google.add_file(&shared, "file", b"");
    google.add_file(&shared, "two.csv", b"");
    google.add_file(&shared, "two.csv", b"");
    let before = google.entries();

    let scratch = Scratch::new();
    scratch.write("a.csv", b"new");
    for (path, message) in [
        ("Twice/a.csv", "there are 2 shared folders `Twice` in Google Drive"),
        ("Shared/twice/a.csv", "there are 2 folders `Shared/twice` in Google Drive"),
        ("Shared/two.csv", "there are 2 files `Shared/two.csv` in Google Drive"),
        ("Shared/folder", "`Shared/folder` in Google Drive is a folder, expected a file"),
        ("Shared/file/a.csv", "`Shared/file` in Google Drive is a file, expected a folder"),
        ("Other/a.csv", "no folder `Other` in Google Drive is shared with made-up@example.org"),
    ] {
        let files = [scratch.file("a.csv", "Shared/new.csv"), scratch.file("a.csv", path)];
        let error = upload(&drive(&emulator), &files, &|_| {}).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
    let files = [scratch.file("a.csv", "Shared/new.csv"), scratch.file("a.csv", "/Shared/new.csv")];
    let error = upload(&drive(&emulator), &files, &|_| {}).unwrap_err();
    assert!(matches!(error, DriveError::SamePath { .. }), "{error}");
    assert_eq!(google.entries(), before);
}

#[test]
fn says_what_an_account_may_not_do() {
    let scratch = Scratch::new();
    scratch.write("a.csv", b"new");
    let files = [scratch.file("a.csv", "Shared/a.csv")];

    let viewer = emulator();
    let shared = viewer.services.drive.share_folder("Shared");
    viewer.services.drive.change(&shared, |folder| folder.is_writable = false);
    let error = upload(&drive(&viewer), &files, &|_| {}).unwrap_err();
    assert!(error.hint().unwrap().contains("as an editor"), "{error:?}");

    let full = emulator();
    full.services.drive.share_folder("Shared");
    full.services.drive.fill();
    let error = upload(&drive(&full), &files, &|_| {}).unwrap_err();
    assert!(error.hint().unwrap().contains("shared drive"), "{error:?}");
    assert_eq!(error.to_string(), "could not upload to `Shared/a.csv` in Google Drive");
}

#[test]
fn troubles_of_the_service_are_waited_out() {
    let emulator = emulator();
    emulator.services.drive.share_folder("Shared");
    for nth in [1, 2, 4, 6, 7, 9] {
        emulator.services.traffic.plan_nth(nth, Fault::Status(503));
    }
    let scratch = Scratch::new();
    scratch.write("a.csv", &pattern(MIB));
    let files = [scratch.file("a.csv", "Shared/project/a.csv")];
    assert_eq!(upload(&drive(&emulator), &files, &|_| {}).unwrap().n_created, 1);
    assert!(emulator.services.drive.files()["Shared/project/a.csv"] == pattern(MIB));
}

/// What was done and not heard of is not done twice: neither folders nor files double.
#[test]
fn a_request_whose_answer_was_lost_makes_nothing_twice() {
    for nth in 1..=9 {
        let emulator = emulator();
        emulator.services.drive.share_folder("Shared");
        emulator.services.traffic.plan_nth(nth, Fault::CutBody);
        let scratch = Scratch::new();
        scratch.write("a.csv", b"bytes");
        let files = [scratch.file("a.csv", "Shared/project/a.csv")];
        upload(&drive(&emulator), &files, &|_| {}).unwrap();
        let names: Vec<String> =
            emulator.services.drive.entries().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["Shared", "project", "a.csv"], "request {nth}");
        assert_eq!(emulator.services.drive.files()["Shared/project/a.csv"], b"bytes");
    }
}

#[test]
fn a_large_file_arrives_in_parts() {
    let emulator = emulator();
    emulator.services.drive.share_folder("Shared");
    emulator.services.drive.keep_part_of(3);
    emulator.services.traffic.plan("/sessions/", 2, 2, Fault::Status(503));
    emulator.services.traffic.plan("/sessions/", 5, 1, Fault::CutBody);
    let scratch = Scratch::new();
    scratch.write("a.csv", &pattern(20 * MIB));
    let files = [scratch.file("a.csv", "Shared/a.csv")];
    assert_eq!(upload(&drive(&emulator), &files, &|_| {}).unwrap().n_created, 1);
    assert!(emulator.services.drive.files()["Shared/a.csv"] == pattern(20 * MIB));
}

#[test]
fn damaged_bytes_are_noticed_and_mended_by_the_next_run() {
    let emulator = emulator();
    emulator.services.drive.share_folder("Shared");
    emulator.services.drive.damage(1);
    let scratch = Scratch::new();
    scratch.write("a.csv", b"bytes");
    let files = [scratch.file("a.csv", "Shared/a.csv")];
    let upload_it = || upload(&drive(&emulator), &files, &|_| {});
    let error = upload_it().unwrap_err();
    let DriveError::Upload { source, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(**source, DriveError::Damaged), "{error:?}");
    assert_eq!(upload_it().unwrap(), DriveUploads { n_updated: 1, ..DriveUploads::default() });
    assert_eq!(emulator.services.drive.files()["Shared/a.csv"], b"bytes");
}

/// Cuts every connection after a number of bytes, both ways, at places that differ each time.
#[test]
fn a_line_that_breaks_everywhere_brings_all_pictures() {
    let emulator = emulator();
    emulator.services.drive.share_folder("Shared");
    let line = crate::bad_line::BadLine::to(emulator.url(), 40);
    let scratch = Scratch::new();
    for number in 0..12 {
        scratch.write(&format!("graphs/{number}.png"), &pattern(30_000 + 10_000 * number));
    }
    let files = files_below(&scratch.path("graphs"), "Shared/graphs").unwrap();
    let retries = RetryPolicy { n_retries: 60, ..RetryPolicy::WITHOUT_PAUSES };
    let drive = GoogleDrive::new(line.url(), "a@b", Authorization::Emulator, retries).unwrap();
    upload(&drive, &files, &|_| {}).unwrap();
    assert!(0 < line.n_cut(), "nothing was cut");
    let in_drive = emulator.services.drive.files();
    assert_eq!(in_drive.len(), 12);
    assert_eq!(emulator.services.drive.entries().len(), 14);
    for number in 0..12 {
        let path = format!("Shared/graphs/{number}.png");
        assert!(in_drive[&path] == pattern(30_000 + 10_000 * number), "{path}");
    }
}

#[test]
fn an_answer_of_too_many_requests_is_waited_out() {
    use serde_json::json;
    let limit = json!({"error": {"code": 403, "message": "slow down", "errors": [
        {"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}});
    let server = crate::server::Server::with_replies(vec![
        crate::server::Reply::json(403, &limit),
        crate::server::Reply::json(200, &json!({"files": []})),
    ]);
    let retries = RetryPolicy::WITHOUT_PAUSES;
    let drive = GoogleDrive::new(&server.url, "a@b", Authorization::Emulator, retries).unwrap();
    let folder = drive.shared_folders("Shared");
    // Asked again, then for shared drives, to which there is no reply any more.
    assert!(matches!(folder, Err(DriveError::Service(ServiceError::NoAnswer { .. }))));
    assert!(server.requests()[1].line.contains("sharedWithMe"));
}

fn emulator() -> Emulator {
    Emulator::start(Services::default()).unwrap()
}

fn drive(emulator: &Emulator) -> GoogleDrive {
    let retries = RetryPolicy::WITHOUT_PAUSES;
    let account = "made-up@example.org";
    GoogleDrive::new(emulator.url(), account, Authorization::Emulator, retries).unwrap()
}

/// Bytes that are nowhere the same.
fn pattern(n_bytes: usize) -> Vec<u8> {
    (0..n_bytes as u32).flat_map(u32::to_le_bytes).take(n_bytes).collect()
}

struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn file(&self, name: &str, in_drive: &str) -> DriveFile {
        DriveFile::new(&self.path(name), in_drive).unwrap()
    }
}

/// The bytes of all files below a directory.
fn tree(directory: &Path) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => files.extend(
                tree(&entry.path()).into_iter().map(|(path, it)| (format!("{name}/{path}"), it)),
            ),
            false => drop(files.insert(name, std::fs::read(entry.path()).unwrap())),
        }
    }
    files
}
