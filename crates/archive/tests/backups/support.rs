//! A data root, a backups directory, and what is in directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use archive::{Archive, ArchiveError, Contents, PublicKey, SecretKeys, back_up, list_data_root};
use data_root::DataRoot;
use rand_mt::Mt64;
use tempfile::TempDir;

/// A run manifest as it is before the first run.
pub const MANIFEST: &[u8] = br#"{"FormatVersion": 1, "Stages": {}, "History": []}"#;

/// A scratch directory with a data root in it.
pub struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// With a data root of the usual shape, and one file that is larger than a block.
    pub fn new() -> Self {
        let scratch = Self::empty();
        scratch.write("run_manifest.json", MANIFEST);
        scratch.write("Raw Data/eu_pcve_s01e01_activation.jsonl", b"[]\n");
        scratch.write("Outputs/messages.csv", &b"uid,text\nuuid-1,haye\n".repeat(60_000));
        scratch.write("Outputs/Coda Files/EU_PCVE_age.json", b"[]");
        scratch
    }

    /// With a data root that has nothing in it.
    pub fn empty() -> Self {
        let scratch = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir(scratch.data_root()).unwrap();
        scratch
    }

    pub fn data_root(&self) -> PathBuf {
        self.path("data_root")
    }

    pub fn backups(&self) -> PathBuf {
        self.path("backups")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file of the data root.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.data_root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn back_up(&self, name: &str) -> Result<Archive, ArchiveError> {
        self.back_up_to(name, &[])
    }

    /// Makes an archive that is encrypted to `keys`.
    pub fn back_up_to(&self, name: &str, keys: &[PublicKey]) -> Result<Archive, ArchiveError> {
        let data_root = DataRoot::open(&self.data_root()).unwrap();
        let listing = list_data_root(&self.data_root()).unwrap();
        back_up(&data_root, &listing, &self.backups(), name, keys, &|_n_bytes| {})
    }

    /// Makes an archive; gives its path.
    pub fn archive(&self) -> PathBuf {
        self.back_up("data-1.tar.gzip").unwrap().path
    }

    /// The binary, with a run id of its own.
    pub fn command(&self, run_id: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backup-data-root"));
        command.env("PCVE_RUN_ID", run_id).arg("--quiet");
        command
    }
}

pub fn verify(archive: &Path) -> Result<Contents, ArchiveError> {
    archive::verify(archive, &SecretKeys::none(), &|_n_bytes| {})
}

pub fn restore(archive: &Path, directory: &Path) -> Result<Contents, ArchiveError> {
    archive::restore(archive, directory, &SecretKeys::none(), &|_n_bytes| {})
}

/// All files and directories below `directory`; files with their bytes.
pub fn tree(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut tree = BTreeMap::new();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(directory).unwrap().to_path_buf();
            if path.is_dir() {
                tree.insert(inside, None);
                directories.push(path);
            } else {
                tree.insert(inside, Some(std::fs::read(&path).unwrap()));
            }
        }
    }
    tree
}

/// What [`tree`] gives for a data root, without its locks.
pub fn data_of(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut tree = tree(directory);
    tree.retain(|path, _| !path.to_string_lossy().ends_with(".lock"));
    tree
}

/// The names in a directory, sorted.
pub fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Bytes that cannot be compressed.
pub fn random_bytes(n_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; n_bytes];
    Mt64::new(7).fill_bytes(&mut bytes);
    bytes
}

/// Other numbers on each run; the seed is printed, for when a test fails.
pub fn random() -> Mt64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = now.as_nanos() as u64;
    println!("seed: {seed}");
    Mt64::new(seed)
}

pub fn standard_error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
