//! Buckets: the local ones, and Cloud Storage on bad lines.

use std::path::Path;

use google_services::storage::{
    CloudStorage, Existing, GsUrl, LocalStorage, ObjectStorage, StorageError, UploadOptions,
    Uploaded,
};
use google_services::{Authorization, Credentials, RetryPolicy};
use serde_json::json;

use crate::bucket::{Bucket, Trouble};
use crate::server::{Reply, Server};
use crate::storage_emulator::StorageEmulator;

const MIB: usize = 1024 * 1024;

#[test]
fn local_buckets_are_directories() {
    let directory = tempfile::tempdir().unwrap();
    check_storage(&LocalStorage::new(directory.path()));
    let object = directory.path().join("buckets/bucket/dir/a b.txt");
    assert_eq!(std::fs::read(&object).unwrap(), b"second");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&object).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn cloud_buckets_do_the_same() {
    let server = Bucket::default().serve();
    check_storage(&storage(&server));
}

#[test]
fn a_cloud_storage_emulator_does_the_same() {
    let Some(emulator) = StorageEmulator::get() else { return };
    let storage = emulator.client();
    check_bucket(&storage, &emulator.new_bucket());
    let (_directory, file, bytes) = file(40 * MIB);
    let big = GsUrl::new(&emulator.new_bucket(), "big").unwrap();
    storage.upload(&big, &file, UploadOptions::default()).unwrap();
    assert!(storage.read(&big).unwrap() == bytes);
}

fn check_storage(storage: &dyn ObjectStorage) {
    check_bucket(storage, "bucket");
}

fn check_bucket(storage: &dyn ObjectStorage, bucket: &str) {
    let url = |object: &str| GsUrl::new(bucket, object).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let first = url("dir/a b.txt");
    assert_eq!(storage.metadata(&first).unwrap(), None);
    assert!(matches!(storage.read(&first), Err(StorageError::Missing { .. })));
    storage.write(&first, b"first").unwrap();
    storage.write(&first, b"second").unwrap();
    assert_eq!(storage.read_text(&first).unwrap(), "second");
    assert_eq!(storage.metadata(&first).unwrap().unwrap().size_bytes, 6);

    let file = directory.path().join("file");
    std::fs::write(&file, b"third").unwrap();
    let third = url("dir/third");
    let upload = || storage.upload(&third, &file, UploadOptions::default()).unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(upload(), Uploaded::WasThere);
    std::fs::write(&file, b"THIRD").unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(storage.read(&third).unwrap(), b"THIRD");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(storage.read(&third).unwrap(), b"");

    check_that_others_are_kept(storage, &url("dir/kept"), &file);
    storage.write(&url("other"), b"").unwrap();
    let names = |prefix: &str| -> Vec<String> {
        let listed = storage.list(&url(prefix)).unwrap();
        listed.iter().map(|object| object.url.object().to_owned()).collect()
    };
    assert_eq!(names(""), ["dir/a b.txt", "dir/kept", "dir/third", "other"]);
    assert_eq!(names("dir/a"), ["dir/a b.txt"]);
    assert_eq!(names("none"), [""; 0]);
}

#[test]
fn who_was_faster_is_kept_in_a_directory() {
    for (theirs, is_same) in [(&b"ours"[..], true), (b"theirs", false)] {
        let directory = tempfile::tempdir().unwrap();
        let storage = LocalStorage::new(directory.path());
        let url: GsUrl = "gs://bucket/archive".parse().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, b"ours").unwrap();
        let be_faster = |_| storage.write(&url, theirs).unwrap();
        let options = UploadOptions {
            existing: Existing::Keep,
            progress: Some(&be_faster),
            ..UploadOptions::default()
        };
        let uploaded = storage.upload(&url, &file, options);
        match is_same {
            true => assert_eq!(uploaded.unwrap(), Uploaded::WasThere),
            false => assert!(matches!(uploaded, Err(StorageError::OtherBytes { .. }))),
        }
        assert_eq!(storage.read(&url).unwrap(), theirs);
    }
}

fn check_that_others_are_kept(storage: &dyn ObjectStorage, url: &GsUrl, file: &Path) {
    let options = UploadOptions { existing: Existing::Keep, ..UploadOptions::default() };
    std::fs::write(file, b"first").unwrap();
    assert_eq!(storage.upload(url, file, options).unwrap(), Uploaded::Written);
    assert_eq!(storage.upload(url, file, options).unwrap(), Uploaded::WasThere);
    std::fs::write(file, b"FIRST").unwrap();
    let error = storage.upload(url, file, options).unwrap_err();
    assert!(matches!(error, StorageError::OtherBytes { .. }), "{error}");
    assert_eq!(storage.read(url).unwrap(), b"first");
    let there = storage.metadata(url).unwrap().unwrap();
    assert_eq!(storage.crc32c(&there).unwrap(), crc32c::crc32c(b"first"));
}

#[test]
fn local_names_do_not_leave_their_bucket() {
    let directory = tempfile::tempdir().unwrap();
    let storage = LocalStorage::new(directory.path());
    for object in ["../a", "a/../../b", "/etc/passwd", "dir/"] {
        let url = GsUrl::new("bucket", object).unwrap();
        assert!(matches!(storage.read(&url), Err(StorageError::BadName { .. })), "{object}");
    }
}

#[test]
fn credentials_from_a_bucket_are_relative_to_the_root_they_came_from() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("outer");
    let text = json!({"type": "local", "root": root}).to_string();
    let outer = Credentials::parse("outer", &text, None).unwrap();
    let url = url("gs://bucket/inner.json");
    let inner = json!({"type": "local", "root": "inner"}).to_string();
    LocalStorage::new(&root).write(&url, inner.as_bytes()).unwrap();
    match outer.read_from_bucket(&url).unwrap() {
        Credentials::Local(local) => assert_eq!(local.root, root.join("inner")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_download_goes_on_where_it_broke() {
    let bytes = pattern(3 * MIB);
    let bucket = Bucket::with("big", &bytes);
    bucket.trouble(&["GET big"; 4], Trouble::CutAnswer);
    let server = bucket.serve();
    assert!(storage(&server).read(&url("gs://bucket/big")).unwrap() == bytes);
}

#[test]
fn a_damaged_download_is_noticed() {
    let bucket = Bucket::with("a", b"right");
    bucket.trouble(&["GET a"], Trouble::Damage);
    let server = bucket.serve();
    let error = storage(&server).read(&url("gs://bucket/a")).unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
}

#[test]
fn an_upload_on_a_bad_line_arrives() {
    let bucket = Bucket::default();
    let troubles = [Trouble::Busy, Trouble::HangUp, Trouble::TakeHalf, Trouble::HangUp];
    for trouble in troubles {
        bucket.trouble(&["PUT"], trouble);
    }
    let arrived = bucket.objects();
    let server = bucket.serve();
    let (_directory, file, bytes) = file(40 * MIB);
    let reported = std::cell::Cell::new(0);
    let progress = |n_bytes| reported.set(n_bytes);
    let options = UploadOptions { progress: Some(&progress), ..UploadOptions::default() };
    storage(&server).upload(&url("gs://bucket/big"), &file, options).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
    let largest = server.requests().iter().map(|request| request.body.len()).max();
    assert_eq!(largest, Some(16 * MIB));
    assert!(16 * MIB as u64 <= reported.get());
}

#[test]
fn another_process_goes_on_where_an_upload_stopped() {
    let bucket = Bucket::default();
    let arrived = bucket.objects();
    // The first piece arrives, then the line is dead.
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"; 6], Trouble::HangUp);
    let server = bucket.serve();
    let (directory, file, bytes) = file(40 * MIB);
    let session_file = directory.path().join("session");
    let options = UploadOptions { session_file: Some(&session_file), ..UploadOptions::default() };
    let url = url("gs://bucket/big");
    let error = storage(&server).upload(&url, &file, options).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(session_file.exists());

    let n_before = server.requests().len();
    storage(&server).upload(&url, &file, options).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
    assert!(!session_file.exists());
    let sent: usize = server.requests()[n_before..].iter().map(|request| request.body.len()).sum();
    assert_eq!(sent, 24 * MIB, "what had arrived is not sent again");
}

/// The answer to the last piece is lost, and so is the session: the object is there.
#[test]
fn an_object_that_appeared_meanwhile_is_not_written_twice() {
    let bucket = Bucket::default();
    bucket.trouble(&["PUT"], Trouble::TakeAndHangUp);
    bucket.trouble(&["PUT"], Trouble::Gone);
    let server = bucket.serve();
    let (_directory, file, _) = file(MIB);
    let options = UploadOptions { existing: Existing::Keep, ..UploadOptions::default() };
    let uploaded = storage(&server).upload(&url("gs://bucket/a"), &file, options).unwrap();
    assert_eq!(uploaded, Uploaded::WasThere);
}

#[test]
fn an_object_that_somebody_else_made_meanwhile_is_kept() {
    let bucket = Bucket::default();
    let objects = bucket.objects();
    bucket.trouble(&["PUT"], Trouble::Overtake);
    let server = bucket.serve();
    let (_directory, file, _) = file(MIB);
    let options = UploadOptions { existing: Existing::Keep, ..UploadOptions::default() };
    let error = storage(&server).upload(&url("gs://bucket/a"), &file, options).unwrap_err();
    assert!(matches!(error, StorageError::OtherBytes { .. }), "{error}");
    assert_eq!(objects.lock().unwrap()["a"], b"theirs");
}

#[test]
fn bytes_that_were_damaged_on_the_way_make_no_object() {
    let bucket = Bucket::default();
    let objects = bucket.objects();
    bucket.trouble(&["PUT"], Trouble::Damage);
    let server = bucket.serve();
    let (_directory, file, _) = file(MIB);
    let upload = || storage(&server).upload(&url("gs://bucket/a"), &file, UploadOptions::default());
    let error = upload().unwrap_err();
    assert!(format!("{error:?}").contains("checksum"), "{error:?}");
    assert!(objects.lock().unwrap().is_empty());
    assert_eq!(upload().unwrap(), Uploaded::Written);
}

#[test]
fn the_session_of_another_upload_is_not_taken_up() {
    let bucket = Bucket::default();
    let arrived = bucket.objects();
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"; 6], Trouble::HangUp);
    let server = bucket.serve();
    let (directory, file, bytes) = file(20 * MIB);
    let session_file = directory.path().join("session");
    let options = UploadOptions { session_file: Some(&session_file), ..UploadOptions::default() };
    let url = url("gs://bucket/big");
    storage(&server).upload(&url, &file, options).unwrap_err();
    let session = std::fs::read_to_string(&session_file).unwrap();
    assert!(session.contains("/session/0"), "{session}");

    // The same size, other bytes.
    let other: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
    std::fs::write(&file, &other).unwrap();
    storage(&server).upload(&url, &file, options).unwrap();
    assert!(arrived.lock().unwrap()["big"] == other);
}

/// Whoever has the link of a session can write to the object.
#[test]
fn the_link_of_a_session_is_in_no_error_and_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let bucket = Bucket::default();
    bucket.trouble(&["PUT"; 6], Trouble::HangUp);
    let server = bucket.serve();
    let (directory, file, _) = file(MIB);
    let session_file = directory.path().join("session");
    let options = UploadOptions { session_file: Some(&session_file), ..UploadOptions::default() };
    let error = storage(&server).upload(&url("gs://bucket/a"), &file, options).unwrap_err();
    assert!(!format!("{error:?}").contains("/session/"), "{error:?}");
    assert_eq!(std::fs::metadata(&session_file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_expired_session_begins_again() {
    let bucket = Bucket::default();
    let arrived = bucket.objects();
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"], Trouble::Gone);
    let server = bucket.serve();
    let (_directory, file, bytes) = file(20 * MIB);
    storage(&server).upload(&url("gs://bucket/big"), &file, UploadOptions::default()).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
}

#[test]
fn a_missing_role_names_the_bucket() {
    let server = Server::new(|_| {
        Reply::json(403, &json!({"error": {"status": "PERMISSION_DENIED", "message": "no"}}))
    });
    let error = storage(&server).write(&url("gs://bucket/a"), b"").unwrap_err();
    let hint = error.hint().unwrap();
    assert!(hint.contains("`bucket`") && hint.contains("Storage Object User"), "{hint}");
}

fn storage(server: &Server) -> CloudStorage {
    CloudStorage::new(&server.url, Authorization::Emulator, RetryPolicy::WITHOUT_PAUSES).unwrap()
}

fn url(text: &str) -> GsUrl {
    text.parse().unwrap()
}

/// Bytes that are nowhere the same.
fn pattern(n_bytes: usize) -> Vec<u8> {
    (0..n_bytes as u32).flat_map(|number| number.to_le_bytes()).take(n_bytes).collect()
}

fn file(n_bytes: usize) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let bytes = pattern(n_bytes);
    std::fs::write(&path, &bytes).unwrap();
    (directory, path, bytes)
}
