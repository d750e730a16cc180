//! Killed at any moment, there is no half file under a final name, and no litter for long.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Scratch, data_of, names, random, random_bytes, tree, verify};

const N_KILLS: u64 = 15;

/// Large enough that a kill often hits the middle of the work.
fn large() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("Outputs/random.bin", &random_bytes(3_000_000));
    scratch
}

#[test]
fn a_killed_backup_leaves_no_half_archive() {
    let scratch = large();
    let mut random = random();
    let begun = Instant::now();
    let arguments = [scratch.data_root(), scratch.backups()];
    assert!(scratch.command("whole").args(&arguments).status().unwrap().success());
    let whole_run = begun.elapsed();
    let mut n_unfinished = 0;
    for number in 0..N_KILLS {
        let run_id = format!("killed-{number}");
        kill_after(scratch.command(&run_id).args(&arguments), part_of(whole_run, &mut random));
        let name = format!("data-{run_id}.tar.gzip");
        match names(&scratch.backups()).contains(&name) {
            true => drop(verify(&scratch.backups().join(name)).unwrap()),
            false => n_unfinished += 1,
        }
    }
    println!("{n_unfinished} of {N_KILLS} kills came before the archive was complete");
    assert!(scratch.command("last").args(&arguments).status().unwrap().success());
    let left = names(&scratch.backups());
    assert!(
        left.iter().all(|name| name == ".backup.lock" || name.starts_with("data-")),
        "{left:?}"
    );
    for name in left.iter().filter(|name| name.starts_with("data-")) {
        verify(&scratch.backups().join(name)).unwrap();
    }
}

#[test]
fn a_killed_restoration_leaves_no_half_data_root() {
    let scratch = large();
    let mut random = random();
    let archive = scratch.archive();
    let expected = data_of(&scratch.data_root());
    let restored = scratch.path("restored");
    let begun = Instant::now();
    let mut restore = scratch.command("run");
    restore.arg("--restore").args([&archive, &restored]);
    assert!(restore.status().unwrap().success());
    let whole_run = begun.elapsed();
    for _ in 0..N_KILLS {
        if restored.exists() {
            assert!(tree(&restored) == expected);
            std::fs::remove_dir_all(&restored).unwrap();
        }
        kill_after(&mut restore, part_of(whole_run, &mut random));
    }
    if !restored.exists() {
        assert!(restore.status().unwrap().success());
    }
    assert!(tree(&restored) == expected);
}

/// Some are a little longer than the whole, so that the moment of the final name is met, too.
fn part_of(whole: Duration, random: &mut rand_mt::Mt64) -> Duration {
    whole.mul_f64((random.next_u64() % 1250) as f64 / 1000.0)
}

/// Kills the process, which cannot do anything about it, at some moment of its life.
fn kill_after(command: &mut std::process::Command, time: Duration) {
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    // The moment is what is tested, so this sleep is no wait for something.
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}
