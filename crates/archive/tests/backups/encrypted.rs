//! Archives that only the owner of a secret key can read.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use archive::{ArchiveError, Contents, KeyFileError, PublicKey, SecretKeys};

use crate::support::{Scratch, data_of, names, random_bytes, standard_error, tree};

/// Three pairs of keys, made for these tests with `age-keygen`.
const PUBLIC: [&str; 3] = [PUBLIC_0, PUBLIC_1, PUBLIC_2];
const SECRET: [&str; 3] = [SECRET_0, SECRET_1, SECRET_2];

#[test]
fn each_owner_of_a_key_can_read_it_and_nobody_else() {
    let scratch = Scratch::new();
    scratch.write("Outputs/random.bin", &random_bytes(3_000_000));
    let archive = encrypted(&scratch, &[0, 1]);
    let bytes = std::fs::read(&archive).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    for plain in [&b"messages.csv"[..], b"SHA256SUMS", &[0x1f, 0x8b, 8, 4]] {
        assert!(!bytes.windows(plain.len()).any(|window| window == plain), "{plain:?}");
    }
    for owner in [0, 1] {
        let restored = scratch.path(&format!("restored {owner}"));
        let keys = keys(&scratch, &[2, owner]);
        let contents = archive::restore(&archive, &restored, &keys, &|_| {}).unwrap();
        assert_eq!(contents.n_files, 5);
        assert!(tree(&restored) == data_of(&scratch.data_root()));
    }
    let error = verify(&archive, &keys(&scratch, &[2])).unwrap_err();
    assert!(matches!(error, ArchiveError::WrongKey { .. }), "{error}");
    let error = verify(&archive, &SecretKeys::none()).unwrap_err();
    assert!(matches!(error, ArchiveError::Encrypted { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--identity"));
}

#[test]
fn a_key_does_no_harm_to_an_archive_that_is_not_encrypted() {
    let scratch = Scratch::new();
    verify(&scratch.archive(), &keys(&scratch, &[0])).unwrap();
}

#[test]
fn nobody_else_can_read_the_file_and_it_is_never_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let archive = encrypted(&scratch, &[0]);
    assert_eq!(std::fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&archive).unwrap();
    // Encrypted twice, the same files never give the same bytes.
    let error = scratch.back_up_to("data-1.tar.gzip.age", &public(&[0])).unwrap_err();
    assert!(matches!(error, ArchiveError::AlreadyThere { .. }), "{error}");
    assert!(std::fs::read(&archive).unwrap() == before);
    assert_eq!(names(&scratch.backups()), [".backup.lock", "data-1.tar.gzip.age"]);
}

#[test]
fn a_flipped_bit_and_a_cut_are_noticed_wherever_they_are() {
    let scratch = Scratch::empty();
    scratch.write("Outputs/random.bin", &random_bytes(140_000));
    let archive = encrypted(&scratch, &[0]);
    let keys = keys(&scratch, &[0]);
    let bytes = std::fs::read(&archive).unwrap();
    let check = |damaged: &[u8], what: &str| {
        std::fs::write(&archive, damaged).unwrap();
        let error = verify(&archive, &keys).expect_err(what);
        let message = error.to_string();
        assert!(message.contains(&*archive.to_string_lossy()), "{what}: {message}");
        assert!(error.hint().is_some(), "{what}: {message}");
    };
    // The whole header, the ends of the chunks of 64 KiB, and places in between.
    let header = 340;
    let between = (header..bytes.len()).step_by(9_973);
    for place in (0..header).chain(between).chain(bytes.len() - 20..bytes.len()) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x10;
        check(&flipped, &format!("a flip in byte {place}"));
        if header < place || place % 7 == 0 {
            check(&bytes[..place], &format!("a cut after {place} bytes"));
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    check(&longer, "something after the end");
    std::fs::write(&archive, &bytes).unwrap();
    verify(&archive, &keys).unwrap();
}

#[test]
fn says_which_file_the_damage_concerns() {
    let scratch = Scratch::empty();
    scratch.write("a.csv", b"whole");
    scratch.write("b.jsonl", &random_bytes(5_000_000));
    let archive = encrypted(&scratch, &[0]);
    let mut bytes = std::fs::read(&archive).unwrap();
    bytes[3_000_000] ^= 1;
    std::fs::write(&archive, bytes).unwrap();
    let error = verify(&archive, &keys(&scratch, &[0])).unwrap_err();
    let ArchiveError::DamagedEncryption { n_bytes, file, .. } = &error else { panic!("{error}") };
    assert!((1_900_000..3_000_000).contains(n_bytes), "{error}");
    assert_eq!(file.as_deref(), Some(Path::new("data/b.jsonl")));
    let restored = scratch.path("restored");
    archive::restore(&archive, &restored, &keys(&scratch, &[0]), &|_| {}).unwrap_err();
    assert_eq!(names(&scratch.path(".")), ["a key", "backups", "data_root"]);
}

#[test]
fn a_passphrase_is_no_key() {
    let scratch = Scratch::new();
    let file = scratch.path("passphrase.age");
    let stanza = "-> scrypt bHlnc3R1ZmZseWdzdHVmZg 18\n";
    let body = "gUOcUOMUOUUkVKVJYr8L8QHNR7UpVnXq2eDD1tZIr6k\n";
    let mac = "--- WRtYRE/cAAm+fKUWT2jAVyFBu8YTb/pXkzpqsAGf5lA\n";
    let header = format!("age-encryption.org/v1\n{stanza}{body}{mac}");
    std::fs::write(&file, format!("{header}{}", "x".repeat(100))).unwrap();
    let error = verify(&file, &keys(&scratch, &[0])).unwrap_err();
    assert!(matches!(error, ArchiveError::Passphrase { .. }), "{error}");
}

#[test]
fn what_a_key_file_says_is_in_no_error() {
    let scratch = Scratch::new();
    let secret = &SECRET[0][..70];
    for (text, expected) in [
        ("# a comment\n\n".to_owned(), "has no key"),
        (format!("# a comment\n{secret}\n"), "line 2: expected a secret key"),
        (format!("{}\n", PUBLIC[0]), "line 1: expected a secret key"),
        ("age-encryption.org/v1\n-> X25519".to_owned(), "is encrypted itself"),
    ] {
        let path = scratch.path("keys.txt");
        std::fs::write(&path, text).unwrap();
        let error = SecretKeys::none().add_file(&path).unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(shown.contains(expected), "{shown}");
        assert!(!shown.contains(&secret[20..40]), "{shown}");
    }
    let missing = SecretKeys::none().add_file(&scratch.path("none.txt")).unwrap_err();
    assert!(matches!(missing, KeyFileError::File(_)));
}

#[test]
fn the_program_encrypts_checks_and_restores() {
    let scratch = Scratch::new();
    let key_file = key_file(&scratch, &[1]);
    let run = |arguments: &[&str]| scratch.command("run-1").args(arguments).output().unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (data_root, backups) = (text(&scratch.data_root()), text(&scratch.backups()));
    let output = run(&["--encrypt-to", PUBLIC[0], "--encrypt-to", PUBLIC[1], &data_root, &backups]);
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    assert_eq!(names(&scratch.backups()), [".backup.lock", "data-run-1.tar.gzip.age"]);
    let archive = text(&scratch.backups().join("data-run-1.tar.gzip.age"));
    let output = run(&["--verify", &archive]);
    assert_eq!(output.status.code(), Some(1));
    assert!(standard_error(&output).contains("is encrypted, and no key was given"));
    let output = run(&["--identity", &text(&key_file), "--verify", &archive]);
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    let restored = text(&scratch.path("restored"));
    let output = run(&["--identity", &text(&key_file), "--restore", &archive, &restored]);
    assert_eq!(output.status.code(), Some(0), "{}", standard_error(&output));
    assert_eq!(tree(Path::new(&restored)).len(), 7);
}

#[test]
fn the_program_refuses_a_key_that_is_none_and_shows_no_secret() {
    let scratch = Scratch::new();
    let data_root = scratch.data_root();
    let back_up = |key: &str| {
        let mut command = scratch.command("run-1");
        command.args(["--encrypt-to", key]).args([&data_root, &scratch.backups()]);
        command.output().unwrap()
    };
    for (key, message) in [
        ("age1nonsense", "not a public key of age"),
        (SECRET[0], "this is a secret key"),
        ("", "not a public key of age"),
    ] {
        let output = back_up(key);
        assert_eq!(output.status.code(), Some(2), "{}", standard_error(&output));
        let shown = standard_error(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(message), "{shown}");
        assert!(!shown.contains(&SECRET[0][20..40]), "a secret key is shown: {shown}");
    }
    assert_eq!(names(&scratch.path(".")), ["data_root"]);
}

/// With Debian's program, in both directions.
#[test]
fn the_program_age_can_read_and_write_such_archives() {
    let Some(age) = Age::find() else { return };
    let scratch = Scratch::new();
    let archive = encrypted(&scratch, &[0]);
    let decrypted = scratch.path("decrypted.tar.gzip");
    let identity = key_file(&scratch, &[0]);
    age.run(&["--decrypt", "--identity"], &[&identity], &decrypted, &archive);
    verify(&decrypted, &SecretKeys::none()).unwrap();

    let encrypted = scratch.path("encrypted.age");
    age.run(&["--encrypt", "--recipient", PUBLIC[2]], &[], &encrypted, &decrypted);
    verify(&encrypted, &keys(&scratch, &[2])).unwrap();

    let output = Command::new("age-keygen").output().unwrap();
    let made = String::from_utf8(output.stdout).unwrap();
    let public = made.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let file = scratch.path("a key");
    std::fs::write(&file, &made).unwrap();
    let archive = scratch.back_up_to("data-2.tar.gzip.age", &[public.parse().unwrap()]).unwrap();
    let mut keys = SecretKeys::none();
    keys.add_file(&file).unwrap();
    verify(&archive.path, &keys).unwrap();
}

/// The program `age`.
struct Age;

impl Age {
    /// None, with a message, where it is not installed; a failure with `PCVE_REQUIRE_AGE`.
    fn find() -> Option<Self> {
        if Command::new("age").arg("--version").stdout(Stdio::null()).status().is_ok() {
            return Some(Self);
        }
        assert!(std::env::var_os("PCVE_REQUIRE_AGE").is_none(), "the program `age` is missing");
        let mut standard_error = std::io::stderr().lock();
        let _ = writeln!(standard_error, "SKIPPED: the program `age` is not installed");
        None
    }

    fn run(&self, options: &[&str], files: &[&Path], output: &Path, input: &Path) {
        let mut command = Command::new("age");
        let status = command.args(options).args(files).arg("--output").args([output, input]);
        assert!(status.status().unwrap().success());
    }
}

fn encrypted(scratch: &Scratch, owners: &[usize]) -> PathBuf {
    scratch.back_up_to("data-1.tar.gzip.age", &public(owners)).unwrap().path
}

fn public(owners: &[usize]) -> Vec<PublicKey> {
    owners.iter().map(|owner| PUBLIC[*owner].parse().unwrap()).collect()
}

fn keys(scratch: &Scratch, owners: &[usize]) -> SecretKeys {
    let mut keys = SecretKeys::none();
    keys.add_file(&key_file(scratch, owners)).unwrap();
    keys
}

fn key_file(scratch: &Scratch, owners: &[usize]) -> PathBuf {
    let path = scratch.path("a key");
    let lines = owners.iter().map(|owner| format!("# key {owner}\r\n{}\r\n", SECRET[*owner]));
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    path
}

fn verify(archive: &Path, keys: &SecretKeys) -> Result<Contents, ArchiveError> {
    archive::verify(archive, keys, &|_n_bytes| {})
}

const PUBLIC_0: &str = "age17uapp3m9xh73uf2wffya0swn5x7a8cmerksst00m6nvmud43q4vqfyd988";
const SECRET_0: &str = "AGE-SECRET-KEY-1EEHUVCQ3V7DYKCR8Y5XM0WPKSS8M3GARR2X03MZUHLKGEKDK9PZSGHUDAU";
const PUBLIC_1: &str = "age1k6l567470z7vtwg0dfn9e833wg48q4x5tg3uhka4tahpd50w5egsl5lyeu";
const SECRET_1: &str = "AGE-SECRET-KEY-19KAZLNVAM8TWHEP0RGV60ZX4CE9ZU43P9ZUANZ33RVGRTF459PHSMZKY8L";
const PUBLIC_2: &str = "age1yg5565mtl3ywxc87cprwx7z9vxf7f5pktvvzxpqgu552fu7lnq2qu505l5";
const SECRET_2: &str = "AGE-SECRET-KEY-1Y9ZFRU5X9UWYG2PVLVE59YSZE55J6YD20N9MFQKLKGH62CFE4PKQ75FJYU";
