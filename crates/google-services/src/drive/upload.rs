//! Brings files to their paths in Drive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use data_root::{FileError, Operation};
use md5::{Digest as _, Md5};
use tracing::{debug, info};

use crate::drive::{Drive, DriveError, DrivePath, Item, ItemId, ItemKind};

/// How many files are on their way at once: most of the time of a small file is waiting.
const N_AT_ONCE: usize = 8;

/// A file on this machine, and where it is to be in Drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveFile {
    /// On this machine.
    pub source: PathBuf,
    /// In Drive.
    pub path: DrivePath,
}

/// What was done with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DriveUploads {
    /// Files that were not there.
    pub n_created: u64,
    /// Files that had other bytes.
    pub n_updated: u64,
    /// Files that had the same bytes; nothing was sent.
    pub n_unchanged: u64,
}

impl DriveUploads {
    /// What was done, and with how many files, for the last words of a stage.
    pub fn counted(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = [
            ("files made in Drive", self.n_created),
            ("files updated in Drive", self.n_updated),
            ("files unchanged in Drive", self.n_unchanged),
        ];
        counted.into_iter().filter(|(_, n_files)| 0 < *n_files)
    }
}

impl DriveFile {
    /// The file at `source`, which is to be at `path` in Drive.
    ///
    /// # Errors
    ///
    /// [`DriveError::Path`].
    pub fn new(source: &Path, path: &str) -> Result<Self, DriveError> {
        Ok(Self { source: source.to_path_buf(), path: path.parse()? })
    }
}

/// All files in `directory` and the directories below it, which are to be in `folder` in Drive as
/// they are there; without locks, temporary files and `.DS_Store`.
///
/// # Errors
///
/// [`DriveError`].
pub fn files_below(directory: &Path, folder: &str) -> Result<Vec<DriveFile>, DriveError> {
    let mut files = Vec::new();
    for path in data_root::list(directory)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let in_drive = format!("{folder}/{name}");
        match path.is_dir() {
            true => files.extend(files_below(&path, &in_drive)?),
            false if name == ".DS_Store" => {}
            false => files.push(DriveFile::new(&path, &in_drive)?),
        }
    }
    Ok(files)
}

/// Brings `files` to their paths; `on_files` is told how many more are done.
///
/// Every folder is looked at before the first file is sent. Files that have the same bytes in Drive
/// are not sent. Nothing is removed: what else is in the folders stays.
///
/// # Errors
///
/// [`DriveError`]; files that are done stay done, and are skipped when this is tried again.
pub fn upload(
    drive: &dyn Drive,
    files: &[DriveFile],
    on_files: &(dyn Fn(u64) + Sync),
) -> Result<DriveUploads, DriveError> {
    refuse_same_paths(files)?;
    let mut folders = Folders { drive, known: BTreeMap::new() };
    let mut tasks = Vec::with_capacity(files.len());
    for file in files {
        let folder = folders.get(file.path.folders())?;
        let id = file_in(folder, &file.path)?;
        tasks.push(Task { file, folder: folder.id.clone(), id });
    }
    report_others(&folders, files);
    run_all(drive, tasks, on_files)
}

/// A file to bring to its place.
struct Task<'a> {
    file: &'a DriveFile,
    folder: ItemId,
    /// The file in Drive, and the MD5 of its bytes, when it is there.
    id: Option<(ItemId, Option<String>)>,
}

/// The folders on the way to files.
struct Folders<'a> {
    drive: &'a dyn Drive,
    known: BTreeMap<Vec<String>, Folder>,
}

struct Folder {
    id: ItemId,
    children: Vec<Item>,
}

impl Folders<'_> {
    /// The folder with the path `folders`, which is made unless it is there.
    fn get(&mut self, folders: &[String]) -> Result<&Folder, DriveError> {
        if !self.known.contains_key(folders) {
            let folder = self.find(folders)?;
            self.known.insert(folders.to_vec(), folder);
        }
        Ok(&self.known[folders])
    }

    fn find(&mut self, folders: &[String]) -> Result<Folder, DriveError> {
        let drive = self.drive;
        let path = folders.join("/");
        let (name, above) = folders.split_last().expect("a path has a folder");
        let found = match above {
            [] => self.shared(name)?,
            above => {
                let above = self.get(above)?;
                match folder_in(above, name, &path)? {
                    Some(id) => id,
                    None => {
                        let id = drive.create_folder(&above.id, name);
                        let id = id.map_err(|error| error.at(&path))?;
                        info!(folder = path, "Made a folder in Google Drive.");
                        return Ok(Folder { id, children: Vec::new() });
                    }
                }
            }
        };
        let children = drive.children(&found).map_err(|error| error.at(&path))?;
        Ok(Folder { id: found, children })
    }

    fn shared(&self, name: &str) -> Result<ItemId, DriveError> {
        let mut found = self.drive.shared_folders(name).map_err(|error| error.at(name))?;
        match (found.pop(), found.len()) {
            (Some(id), 0) => Ok(id),
            (None, _) => Err(DriveError::NotShared {
                folder: name.to_owned(),
                account: self.drive.account().unwrap_or("this account").to_owned(),
            }),
            (Some(_), n_others) => Err(DriveError::Ambiguous {
                path: name.to_owned(),
                n_found: n_others + 1,
                what: "shared folders",
            }),
        }
    }
}

fn folder_in(above: &Folder, name: &str, path: &str) -> Result<Option<ItemId>, DriveError> {
    let (folders, files) = named(above, name);
    match (&folders[..], &files[..]) {
        ([], []) => Ok(None),
        ([folder], _) => Ok(Some(folder.id.clone())),
        ([], [..]) => Err(wrong_kind(path, "file", "folder")),
        (_, _) => Err(ambiguous(path, folders.len(), "folders")),
    }
}

/// The file at `path` in its folder, and the MD5 of its bytes.
fn file_in(
    folder: &Folder,
    path: &DrivePath,
) -> Result<Option<(ItemId, Option<String>)>, DriveError> {
    let (folders, files) = named(folder, path.name());
    match (&folders[..], &files[..]) {
        ([], []) => Ok(None),
        ([], [Item { id, kind: ItemKind::File { md5 }, .. }]) => {
            Ok(Some((id.clone(), md5.clone())))
        }
        ([], _) => Err(ambiguous(&path.to_string(), files.len(), "files")),
        (_, _) => Err(wrong_kind(&path.to_string(), "folder", "file")),
    }
}

/// The folders and the files of a name. Google's own documents are neither: a table that somebody
/// made of a CSV file can have its name.
fn named<'a>(folder: &'a Folder, name: &str) -> (Vec<&'a Item>, Vec<&'a Item>) {
    let of_name = folder.children.iter().filter(|item| item.name == name);
    of_name
        .filter(|item| item.kind != ItemKind::Document)
        .partition(|item| item.kind == ItemKind::Folder)
}

fn ambiguous(path: &str, n_found: usize, what: &'static str) -> DriveError {
    DriveError::Ambiguous { path: path.to_owned(), n_found, what }
}

fn wrong_kind(path: &str, found: &'static str, expected: &'static str) -> DriveError {
    DriveError::WrongKind { path: path.to_owned(), found, expected }
}

fn refuse_same_paths(files: &[DriveFile]) -> Result<(), DriveError> {
    let mut paths = BTreeSet::new();
    match files.iter().find(|file| !paths.insert(&file.path)) {
        None => Ok(()),
        Some(file) => Err(DriveError::SamePath { path: file.path.to_string() }),
    }
}

/// Says how many files there are that were not brought there now, such as the picture of a theme
/// that is no more: people should know that they are old.
fn report_others(folders: &Folders<'_>, files: &[DriveFile]) {
    for (path, folder) in &folders.known {
        let is_ours = |item: &Item| {
            files.iter().any(|file| file.path.folders() == path && file.path.name() == item.name)
        };
        let is_file = |item: &&Item| matches!(item.kind, ItemKind::File { .. });
        let n_others = folder.children.iter().filter(is_file).filter(|it| !is_ours(it)).count();
        if 0 < n_others && files.iter().any(|file| file.path.folders() == path) {
            let folder = path.join("/");
            info!(folder, n_others, "Files in Google Drive that this run has not were left alone.");
        }
    }
}

/// Works on several files at once; the first error ends the work when what is on its way is done.
fn run_all(
    drive: &dyn Drive,
    tasks: Vec<Task<'_>>,
    on_files: &(dyn Fn(u64) + Sync),
) -> Result<DriveUploads, DriveError> {
    let n_threads = N_AT_ONCE.min(tasks.len());
    let left = Mutex::new(tasks.into_iter());
    let uploads = Mutex::new(Ok(DriveUploads::default()));
    let next = || match &*uploads.lock().expect(NO_PANIC) {
        Ok(_) => left.lock().expect(NO_PANIC).next(),
        Err(_) => None,
    };
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                while let Some(task) = next() {
                    let done = run(drive, &task);
                    let mut uploads = uploads.lock().expect(NO_PANIC);
                    match (done, &mut *uploads) {
                        (Ok(done), Ok(uploads)) => uploads.add(done),
                        (Err(error), Ok(_)) => *uploads = Err(error),
                        (_, Err(_)) => {}
                    }
                    drop(uploads);
                    on_files(1);
                }
            });
        }
    });
    uploads.into_inner().expect(NO_PANIC)
}

const NO_PANIC: &str = "no thread panics while it holds the lock";

/// What was done with one file.
#[derive(Clone, Copy)]
enum Done {
    Created,
    Updated,
    Unchanged,
}

impl DriveUploads {
    fn add(&mut self, done: Done) {
        match done {
            Done::Created => self.n_created += 1,
            Done::Updated => self.n_updated += 1,
            Done::Unchanged => self.n_unchanged += 1,
        }
    }
}

fn run(drive: &dyn Drive, task: &Task<'_>) -> Result<Done, DriveError> {
    let DriveFile { source, path } = task.file;
    let done = match &task.id {
        None => drive.create_file(&task.folder, path.name(), source).map(|()| Done::Created),
        Some((id, in_drive)) => match md5_of(source) {
            Ok(here) if in_drive.as_deref() == Some(&here) => Ok(Done::Unchanged),
            Ok(_) => drive.update_file(id, source).map(|()| Done::Updated),
            Err(error) => Err(error.into()),
        },
    };
    let path = path.to_string();
    debug!(path, "A file is in Google Drive.");
    done.map_err(|error| error.at(&path))
}

/// The MD5 of a file in lower-case hex, as Drive writes it.
pub(super) fn md5_of(path: &Path) -> Result<String, FileError> {
    let failed = |source| FileError::new(Operation::Read, path, source);
    let mut hash = Md5Writer(Md5::new());
    io::copy(&mut File::open(path).map_err(failed)?, &mut hash).map_err(failed)?;
    Ok(hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Md5Writer(Md5);

impl io::Write for Md5Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
