//! Errors name the path and come with advice.

use std::fs;
use std::io;
use std::path::Path;

use data_root::{DataRoot, FileError, WholeFile};
use tempfile::TempDir;

#[test]
fn a_missing_file_says_which_stage_writes_it() {
    let directory = TempDir::new().unwrap();
    let data_root = DataRoot::open(directory.path()).unwrap();
    let raw = data_root.raw_data_file("activation").unwrap();
    check(data_root::read(&raw), "could not read `", &raw, "2_fetch_raw_data.sh");
    let coded = data_root.coded_coda_file("age").unwrap();
    check(data_root::read_to_string(&coded), "could not read `", &coded, "1_coda_get.sh");
    let output = data_root.outputs().messages_csv();
    check(data_root::open(&output), "could not read `", &output, "3_generate_outputs.sh");
    let other = directory.path().join("pipeline_config.json");
    check(data_root::read(&other), "could not read `", &other, "check the path");
}

#[test]
fn a_data_root_must_be_a_directory() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    check(DataRoot::open(&missing), "could not open data root `", &missing, "check the path");
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    check(DataRoot::open(&file), "is not a directory", &file, "path of a directory");
    check(DataRoot::create(&file), "is not a directory", &file, "path of a directory");
    let below = file.join("data");
    check(DataRoot::create(&below), "is not a directory", &file, "path of a directory");
}

#[test]
fn a_directory_is_not_a_file() {
    let directory = TempDir::new().unwrap();
    for result in [
        data_root::open(directory.path()).map(drop),
        data_root::read(directory.path()).map(drop),
        WholeFile::create(directory.path()).map(drop),
        data_root::remove(directory.path()),
    ] {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(&directory.path().display().to_string()), "{message}");
    }
}

#[test]
fn text_that_is_not_utf8_has_a_line() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("recovery.csv");
    fs::write(&path, b"Sender,Message\n1,caf\xe9\n").unwrap();
    check(data_root::read_to_string(&path), ", line 2: not valid UTF-8 (byte 20", &path, "UTF-8");
}

#[cfg(unix)]
#[test]
fn a_directory_without_permission_says_whose_it_must_be() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let closed = directory.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    let path = closed.join("messages.csv");
    // The superuser may do everything.
    if let Err(error) = WholeFile::create(&path) {
        check::<()>(Err(error), "could not create `", &path, "run as the user");
    }
}

#[test]
fn errors_of_writing_can_be_found_again_in_io_errors() {
    let inner = FileError::new(
        data_root::Operation::Write,
        Path::new("messages.csv"),
        io::ErrorKind::StorageFull.into(),
    );
    let outer = io::Error::new(io::ErrorKind::StorageFull, inner);
    assert!(matches!(FileError::of(&outer), Some(FileError::DiskFull { .. })));
    assert!(FileError::of(&io::Error::other("something else")).is_none());
}

#[track_caller]
fn check<T>(result: Result<T, FileError>, message: &str, path: &Path, hint: &str) {
    let Err(error) = result else { panic!("no error for `{}`", path.display()) };
    let text = error.to_string();
    assert!(text.contains(message), "message: {text}");
    assert!(text.contains(&path.display().to_string()), "message: {text}");
    let advice = error.hint().unwrap_or_default();
    assert!(advice.contains(hint), "hint: {advice}");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert!(cause.is_none_or(|cause| !text.contains(&cause)), "the cause is said twice: {text}");
}
