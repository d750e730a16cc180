//! A full disk loses nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Scratch, names, random_bytes, restore, standard_error, verify};

/// A file system of 2 MiB, for as long as this lives.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// None, with a message, where mounting is not allowed.
    fn mount(path: PathBuf) -> Option<Self> {
        std::fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(&path)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: mounting a small tmpfs is not allowed here");
            return None;
        }
        Some(Self { path })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn a_backup_that_cannot_fit_is_not_begun() {
    check("not enough space", &random_bytes(4_000_000));
}

#[test]
fn a_disk_that_is_full_sooner_than_expected_loses_nothing() {
    // The middle, from which the size is guessed, is unlike the rest.
    let mut bytes = random_bytes(6_000_000);
    bytes[2_800_000..3_200_000].fill(0);
    check("the disk is full", &bytes);
}

#[track_caller]
fn check(message: &str, bytes: &[u8]) {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(scratch.path("small disk")) else { return };
    let arguments = [scratch.data_root(), disk.path.clone()];
    let back_up = |run_id: &str| scratch.command(run_id).args(&arguments).output().unwrap();
    assert!(back_up("small").status.success());
    let archive = disk.path.join("data-small.tar.gzip");
    let before = std::fs::read(&archive).unwrap();
    scratch.write("Outputs/large.bin", bytes);
    let output = back_up("large");
    assert_eq!(output.status.code(), Some(1));
    assert!(standard_error(&output).contains(message), "{}", standard_error(&output));
    assert_eq!(names(&disk.path), [".backup.lock", "data-small.tar.gzip"]);
    assert!(std::fs::read(&archive).unwrap() == before);
    verify(&archive).unwrap();
    assert_eq!(std::fs::read(scratch.data_root().join("Outputs/large.bin")).unwrap(), bytes);
}

#[test]
fn a_restoration_that_cannot_fit_is_not_begun() {
    let scratch = Scratch::new();
    scratch.write("Outputs/large.csv", &b"uid,text\n".repeat(500_000));
    let archive = scratch.archive();
    let Some(disk) = SmallDisk::mount(scratch.path("small disk")) else { return };
    let error = restore(&archive, &disk.path.join("restored")).unwrap_err();
    assert!(error.to_string().starts_with("not enough space"), "{error}");
    assert_eq!(names(&disk.path), [] as [&str; 0]);
    assert!(Path::new(&archive).exists());
}
