//! Archives and memory profiles on their way to buckets.

use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_mt::Mt64;

use crate::bucket::{Bucket, Trouble};
use crate::project::{Project, RUN_ID, archive_name, run};
use crate::storage_emulator::StorageEmulator;

const MIB: usize = 1024 * 1024;

#[test]
fn local_buckets_get_both_files_with_the_run_id_in_their_names() {
    let project = Project::new();
    project.write_logs(b"an archive");
    let said = run(&mut project.upload_logs(&[], "local.json"), 0);
    assert!(said.contains("gs://bucket/2021/project/data-"), "{said}");
    let in_bucket = |name: &str| {
        let path = project.path("services/buckets/bucket/2021/project").join(name);
        std::fs::read(path).unwrap()
    };
    assert_eq!(in_bucket(&format!("data-{RUN_ID}.tar.gzip")), b"an archive");
    let profile = in_bucket(&format!("{RUN_ID}-memory.profile"));
    assert!(profile.starts_with(b"CMDLINE"));

    let said = run(&mut project.upload_logs(&[], "local.json"), 0);
    assert!(said.contains("2 files that were there"), "{said}");
    check_that_local_files_stay(&project);
}

#[test]
fn an_object_with_other_bytes_is_never_replaced() {
    let project = Project::new();
    project.write_logs(b"an archive");
    run(&mut project.upload_logs(&[], "local.json"), 0);
    project.write_logs(b"AN ARCHIVE");
    let said = run(&mut project.upload_logs(&[], "local.json"), 1);
    assert!(said.contains("already, with other bytes"), "{said}");
    let object = format!("services/buckets/bucket/2021/project/data-{RUN_ID}.tar.gzip");
    assert_eq!(std::fs::read(project.path(&object)).unwrap(), b"an archive");
}

#[test]
fn the_archive_arrives_on_a_bad_line() {
    let project = Project::new();
    let bytes = random_bytes(20 * MIB);
    project.write_logs(&bytes);
    let bucket = Bucket::default();
    let troubles = [Trouble::Busy, Trouble::HangUp, Trouble::TakeHalf, Trouble::TakeAndHangUp];
    for trouble in troubles {
        bucket.trouble(&["PUT"], trouble);
    }
    let objects = bucket.objects();
    let server = bucket.serve();
    let mut command = project.upload_logs(&["-vv"], "account.json");
    let said = run(command.env("STORAGE_EMULATOR_HOST", &server.url), 0);
    check_nothing_secret(&project, &said);
    let objects = objects.lock().unwrap();
    assert!(objects[&format!("2021/project/data-{RUN_ID}.tar.gzip")] == bytes);
    assert!(objects.contains_key(&format!("2021/project/{RUN_ID}-memory.profile")));
    check_that_local_files_stay(&project);
}

/// When a run is killed, the next goes on where it stopped; in the end everything is whole.
#[test]
fn killed_at_any_moment_it_goes_on_where_it_stopped() {
    const N_KILLS: usize = 8;
    let mut random = random();
    let project = Project::new();
    let bytes = random_bytes(40 * MIB);
    project.write_logs(&bytes);
    let whole_run = {
        let server = Bucket::default().serve();
        let begun = Instant::now();
        let mut command = project.upload_logs(&["-q"], "account.json");
        run(command.env("STORAGE_EMULATOR_HOST", &server.url), 0);
        begun.elapsed()
    };
    let bucket = Bucket::default();
    let objects = bucket.objects();
    let server = bucket.serve();
    let mut upload = project.upload_logs(&["-q"], "account.json");
    upload.env("STORAGE_EMULATOR_HOST", &server.url).stderr(Stdio::null());
    for _ in 0..N_KILLS {
        let mut child = upload.spawn().unwrap();
        // The moment is what is tested, so this sleep is no wait for something.
        std::thread::sleep(whole_run.mul_f64((random.next_u64() % 1000) as f64 / 1000.0));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever appears is whole.
        for (name, found) in &*objects.lock().unwrap() {
            assert!(name.ends_with(".profile") || *found == bytes, "{name} is not whole");
        }
    }
    run(upload.stderr(Stdio::piped()), 0);
    assert!(objects.lock().unwrap()[&format!("2021/project/data-{RUN_ID}.tar.gzip")] == bytes);
    check_that_local_files_stay(&project);
}

#[test]
fn what_had_arrived_before_a_kill_is_not_sent_again() {
    let project = Project::new();
    let bytes = random_bytes(20 * MIB);
    project.write_logs(&bytes);
    let bucket = Bucket::default();
    let objects = bucket.objects();
    // The first piece arrives, then the line is dead for longer than a run is patient.
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"], Trouble::Refuse);
    let server = bucket.serve();
    let mut command = project.upload_logs(&["-q"], "account.json");
    command.env("STORAGE_EMULATOR_HOST", &server.url);
    run(&mut command, 1);
    let session = project.path(&format!("backups/.data-{RUN_ID}.tar.gzip.upload-session"));
    assert!(session.exists());
    let n_before = server.requests().len();
    let said = run(&mut command, 0);
    assert!(!said.contains("/session/"), "{said}");
    let requests = &server.requests()[n_before..];
    let n_sent: usize = requests.iter().map(|request| request.body.len()).sum();
    assert!(n_sent < 5 * MIB, "{n_sent} bytes were sent, though 16 MiB were there");
    assert!(objects.lock().unwrap()[&format!("2021/project/data-{RUN_ID}.tar.gzip")] == bytes);
    check_that_local_files_stay(&project);
}

#[test]
fn when_the_archive_fails_the_profile_is_uploaded_all_the_same() {
    let project = Project::new();
    project.write_logs(b"an archive");
    std::fs::remove_file(project.path(&archive_name())).unwrap();
    let said = run(&mut project.upload_logs(&[], "local.json"), 1);
    assert!(said.contains("could not upload"), "{said}");
    let profile = format!("services/buckets/bucket/2021/project/{RUN_ID}-memory.profile");
    assert!(project.path(&profile).exists());
}

#[test]
fn says_what_is_wrong_before_anything_is_sent() {
    let project = Project::new();
    project.write_logs(b"an archive");
    project.write("other.json", br#"{"type": "authorized_user", "refresh_token": "s3cr3t"}"#);
    let said = run(&mut project.upload_logs(&[], "other.json"), 1);
    assert!(said.contains("are of the type `authorized_user`"), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
    project.configure("DataArchiveUploadBucket", serde_json::json!("gs://bucket/folder"));
    let said = run(&mut project.upload_logs(&[], "local.json"), 1);
    assert!(said.contains("DataArchiveUploadBucket"), "{said}");
    assert!(!project.path("services").exists());
}

#[test]
fn an_emulator_of_cloud_storage_gets_the_same() {
    let Some(emulator) = StorageEmulator::get() else { return };
    let bucket = emulator.new_bucket();
    let project = Project::new();
    project.configure("DataArchiveUploadBucket", serde_json::json!(bucket));
    project.configure("MemoryProfileUploadBucket", serde_json::json!(bucket));
    let bytes = random_bytes(40 * MIB);
    project.write_logs(&bytes);
    let upload = |status| {
        let mut command = project.upload_logs(&[], "account.json");
        run(command.env("STORAGE_EMULATOR_HOST", &emulator.host), status)
    };
    upload(0);
    assert!(emulator.read(&bucket, &format!("2021/project/data-{RUN_ID}.tar.gzip")) == bytes);
    assert!(upload(0).contains("2 files that were there"));
    project.write_logs(b"another archive");
    assert!(upload(1).contains("already, with other bytes"));
    assert!(emulator.read(&bucket, &format!("2021/project/data-{RUN_ID}.tar.gzip")) == bytes);
}

/// Only what was there before is there: nothing is removed, and nothing of the upload stays.
#[track_caller]
fn check_that_local_files_stay(project: &Project) {
    let names = |directory: &str| -> Vec<String> {
        let entries = std::fs::read_dir(project.path(directory)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("backups"), [format!("data-{RUN_ID}.tar.gzip")]);
    assert_eq!(names("logs"), ["memory.profile"]);
}

#[track_caller]
fn check_nothing_secret(project: &Project, said: &str) {
    let account = std::fs::read_to_string(project.path("account.json")).unwrap();
    let account: serde_json::Value = serde_json::from_str(&account).unwrap();
    for line in account["private_key"].as_str().unwrap().lines().skip(1).take(3) {
        assert!(!said.contains(line), "a secret key is shown: {said}");
    }
    assert!(!said.contains("/session/"), "the link of a session is shown: {said}");
}

/// Bytes that cannot be compressed.
fn random_bytes(n_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; n_bytes];
    Mt64::new(7).fill_bytes(&mut bytes);
    bytes
}

/// Other numbers on each run; the seed is printed, for when a test fails.
fn random() -> Mt64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    println!("seed: {}", now.as_nanos() as u64);
    Mt64::new(now.as_nanos() as u64)
}
