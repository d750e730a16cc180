//! An archive that is not as it was written is refused, and the message says what is wrong.

use std::path::{Path, PathBuf};

use archive::ArchiveError;
use rand_mt::Mt64;

use crate::support::{Scratch, names, random, random_bytes, restore, verify};

/// Some files, and an archive small enough to be damaged in every place.
fn small() -> (Scratch, PathBuf, Vec<u8>) {
    let scratch = Scratch::empty();
    scratch.write("Outputs/messages.csv", b"uid,text\nuuid-1,haye\n");
    let archive = scratch.archive();
    let bytes = std::fs::read(&archive).unwrap();
    (scratch, archive, bytes)
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let (_scratch, archive, bytes) = small();
    let mut random = random();
    for offset in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[offset] ^= 1 << (random.next_u64() % 8);
        std::fs::write(&archive, &flipped).unwrap();
        assert!(verify(&archive).is_err(), "a flip in byte {offset} was not noticed");
    }
    // Spare bits at the end of a deflate stream mean nothing to gzip.
    for bit in (bytes.len() - 80) * 8..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&archive, &flipped).unwrap();
        assert!(verify(&archive).is_err(), "a flip of bit {bit} was not noticed");
    }
    std::fs::write(&archive, &bytes).unwrap();
    verify(&archive).unwrap();
}

#[test]
fn a_cut_is_noticed_wherever_it_is() {
    let (_scratch, archive, bytes) = small();
    for n_bytes in 0..bytes.len() {
        std::fs::write(&archive, &bytes[..n_bytes]).unwrap();
        let error = verify(&archive).unwrap_err();
        let is_cut = matches!(error, ArchiveError::Cut { n_bytes: n, .. } if n == n_bytes as u64);
        assert!(is_cut, "{n_bytes}: {error}");
    }
}

#[test]
fn something_after_the_end_is_noticed() {
    let (_scratch, archive, mut bytes) = small();
    bytes.push(0);
    std::fs::write(&archive, bytes).unwrap();
    let message = verify(&archive).unwrap_err().to_string();
    assert!(message.ends_with("there is something after its end"), "{message}");
}

#[test]
fn says_where_the_damage_is_and_which_file_it_concerns() {
    let scratch = Scratch::empty();
    scratch.write("a.csv", b"whole");
    scratch.write("b.jsonl", &random_bytes(5_000_000));
    scratch.write("c.csv", b"behind it");
    let archive = scratch.archive();
    let bytes = std::fs::read(&archive).unwrap();

    let mut flipped = bytes.clone();
    flipped[3_000_000] ^= 1;
    std::fs::write(&archive, &flipped).unwrap();
    let error = verify(&archive).unwrap_err();
    let ArchiveError::Damaged { offset_bytes, file, .. } = &error else { panic!("{error}") };
    assert!((1_900_000..3_000_000).contains(offset_bytes), "{error}");
    assert_eq!(file.as_deref(), Some(Path::new("data/b.jsonl")));

    std::fs::write(&archive, &bytes[..3_000_000]).unwrap();
    let message = verify(&archive).unwrap_err().to_string();
    let expected = "is cut short: it ends after 3000000 bytes, in or after `data/b.jsonl`";
    assert!(message.ends_with(expected), "{message}");
}

#[test]
fn nothing_is_restored_from_a_damaged_archive() {
    let scratch = Scratch::new();
    let archive = scratch.archive();
    let whole = std::fs::read(&archive).unwrap();
    let mut random = random();
    for _ in 0..5 {
        let below = |random: &mut Mt64| random.next_u64() as usize % whole.len();
        let mut damaged = whole.clone();
        match random.next_u64() % 2 {
            0 => damaged.truncate(below(&mut random)),
            _ => damaged[below(&mut random)] ^= 0x10,
        }
        std::fs::write(&archive, damaged).unwrap();
        restore(&archive, &scratch.path("restored")).unwrap_err();
        assert_eq!(names(&scratch.path(".")), ["backups", "data_root"]);
    }
}
