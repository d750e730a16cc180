//! Where each file of a data root is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files;
use crate::lock::{FileLock, this_program};
use crate::names::{check_file_name, is_temporary_name};
use crate::run_lock::{RUN_TOKEN_VARIABLE, check_run, in_use};
use crate::{FileError, Operation};

pub(crate) const LOCK_FILE: &str = ".lock";
pub(crate) const MANIFEST_LOCK_FILE: &str = ".run_manifest.lock";
pub(crate) const PARTITIONS_DIRECTORY: &str = ".partitions";
pub(crate) const TEMPORARY_DIRECTORY: &str = ".tmp";

/// The directory in which the stages meet.
///
/// [`DataRoot::open`] and [`DataRoot::create`] take the data root for this process alone, until
/// the last clone is dropped. Paths are handed out whether or not the file exists.
#[derive(Debug, Clone)]
pub struct DataRoot {
    path: PathBuf,
    /// Held, never looked at.
    _lock: Option<Arc<FileLock>>,
}

/// The directory `Outputs` of a data root.
#[derive(Debug, Clone)]
pub struct Outputs {
    path: PathBuf,
}

impl DataRoot {
    /// Opens the data root at `path`, an existing directory, for this process alone.
    ///
    /// Temporary files that an earlier, killed process left behind are removed.
    ///
    /// # Errors
    ///
    /// [`FileError::Missing`], [`FileError::NotADirectory`], [`FileError::NoPermission`], or
    /// [`FileError::InUse`] when another process (or another `DataRoot` of this one) has it, or a
    /// run that this process is not part of ([`RunLock`](crate::RunLock)).
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let data_root = Self::open_to_read(path)?;
        let lock_path = path.join(LOCK_FILE);
        match FileLock::try_exclusive(&lock_path) {
            Ok(Some(lock)) => {
                check_run(path, std::env::var(RUN_TOKEN_VARIABLE).ok().as_deref())?;
                lock.sign(&this_program(), None);
                data_root.remove_leftovers()?;
                Ok(Self { _lock: Some(Arc::new(lock)), ..data_root })
            }
            Ok(None) => Err(in_use(path, &lock_path)),
            Err(error) if error.is_without_locks() => Ok(data_root),
            Err(error) => Err(error),
        }
    }

    /// Opens the data root at `path` together with other processes that do the same, and with none
    /// that has it for itself: for jobs that each make a file of their own.
    ///
    /// Nothing is removed, since the others may be at work.
    ///
    /// # Errors
    ///
    /// Those of [`DataRoot::open`].
    pub fn open_shared(path: &Path) -> Result<Self, FileError> {
        let data_root = Self::open_to_read(path)?;
        let lock_path = path.join(LOCK_FILE);
        match FileLock::try_shared(&lock_path) {
            Ok(Some(lock)) => {
                check_run(path, std::env::var(RUN_TOKEN_VARIABLE).ok().as_deref())?;
                Ok(Self { _lock: Some(Arc::new(lock)), ..data_root })
            }
            Ok(None) => Err(in_use(path, &lock_path)),
            Err(error) if error.is_without_locks() => Ok(data_root),
            Err(error) => Err(error),
        }
    }

    /// Makes the directory `path` (readable by its owner only) unless it is there, then opens it
    /// as [`DataRoot::open`] does.
    ///
    /// # Errors
    ///
    /// Those of [`DataRoot::open`] and [`crate::create_directory`].
    pub fn create(path: &Path) -> Result<Self, FileError> {
        files::create_directory(path)?;
        Self::open(path)
    }

    /// Opens the data root at `path` without taking it: for those who only read, and can live
    /// with files being replaced meanwhile.
    ///
    /// # Errors
    ///
    /// [`FileError::Missing`], [`FileError::NotADirectory`] or [`FileError::NoPermission`].
    pub fn open_to_read(path: &Path) -> Result<Self, FileError> {
        let metadata = std::fs::metadata(path)
            .map_err(|source| FileError::new(Operation::OpenDataRoot, path, source))?;
        if !metadata.is_dir() {
            return Err(FileError::NotADirectory { path: path.to_path_buf() });
        }
        Ok(Self { path: path.to_path_buf(), _lock: None })
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `Raw Data`: what stage 2 fetched.
    pub fn raw_data(&self) -> PathBuf {
        self.path.join("Raw Data")
    }

    /// `Raw Data/<flow>.jsonl`: the TracedData of one flow, dataset of comments, or CSV.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when `flow` cannot be the name of a file.
    pub fn raw_data_file(&self, flow: &str) -> Result<PathBuf, FileError> {
        named(&self.raw_data(), flow, ".jsonl")
    }

    /// `Raw Data/<name>_raw.json`: what the server said about `name`, de-identified.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when `name` cannot be the name of a file.
    pub fn raw_server_file(&self, name: &str) -> Result<PathBuf, FileError> {
        named(&self.raw_data(), name, "_raw.json")
    }

    /// `Coded Coda Files`: the labels that stage 1 fetched.
    pub fn coded_coda_files(&self) -> PathBuf {
        self.path.join("Coded Coda Files")
    }

    /// `Coded Coda Files/<dataset>.json`.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when `dataset` cannot be the name of a file.
    pub fn coded_coda_file(&self, dataset: &str) -> Result<PathBuf, FileError> {
        named(&self.coded_coda_files(), dataset, ".json")
    }

    /// `Outputs`: what stages 3 and 5 write.
    pub fn outputs(&self) -> Outputs {
        Outputs { path: self.path.join("Outputs") }
    }

    /// `Engagement Metrics/facebook_metrics.csv`.
    pub fn engagement_metrics(&self) -> PathBuf {
        self.path.join("Engagement Metrics").join("facebook_metrics.csv")
    }

    /// `.tmp`: for what a stage puts aside while it works.
    ///
    /// Nobody makes it unasked; whatever is in it is removed when the data root is next opened.
    pub fn temporary_directory(&self) -> PathBuf {
        self.path.join(TEMPORARY_DIRECTORY)
    }

    /// `.partitions`: what jobs that share the work of a stage leave for the one that merges it.
    pub fn partitions_directory(&self) -> PathBuf {
        self.path.join(PARTITIONS_DIRECTORY)
    }

    /// `run_manifest.json`.
    pub fn run_manifest(&self) -> PathBuf {
        run_manifest(&self.path)
    }

    /// Takes the run manifest of the data root at `path` for a read and a write.
    ///
    /// Waits while another process has it, which is for milliseconds. It needs no [`DataRoot`],
    /// so that a process that found the data root in use can still record that.
    ///
    /// # Errors
    ///
    /// [`FileError::NoPermission`] and the like when the lock file cannot be made.
    pub fn lock_run_manifest(path: &Path) -> Result<(PathBuf, Option<FileLock>), FileError> {
        match FileLock::exclusive(&path.join(MANIFEST_LOCK_FILE)) {
            Ok(lock) => Ok((run_manifest(path), Some(lock))),
            Err(error) if error.is_without_locks() => Ok((run_manifest(path), None)),
            Err(error) => Err(error),
        }
    }

    /// Removes what killed processes left; only for who has the lock.
    fn remove_leftovers(&self) -> Result<(), FileError> {
        // The manifest is the one file that processes without the lock write.
        let _manifest = Self::lock_run_manifest(&self.path)?;
        let put_aside = self.temporary_directory();
        match std::fs::remove_dir_all(&put_aside) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(FileError::new(Operation::Remove, &put_aside, source));
            }
            _ => {}
        }
        remove_temporary_files(&self.path)
    }
}

impl Outputs {
    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `Outputs/production.csv`.
    pub fn production_csv(&self) -> PathBuf {
        self.path.join("production.csv")
    }

    /// `Outputs/messages.csv`.
    pub fn messages_csv(&self) -> PathBuf {
        self.path.join("messages.csv")
    }

    /// `Outputs/individuals.csv`.
    pub fn individuals_csv(&self) -> PathBuf {
        self.path.join("individuals.csv")
    }

    /// `Outputs/codebook.csv`: what each column of the CSV files means.
    pub fn codebook_csv(&self) -> PathBuf {
        self.path.join("codebook.csv")
    }

    /// `Outputs/messages_traced_data.jsonl`.
    pub fn messages_traced_data(&self) -> PathBuf {
        self.path.join("messages_traced_data.jsonl")
    }

    /// `Outputs/individuals_traced_data.jsonl`.
    pub fn individuals_traced_data(&self) -> PathBuf {
        self.path.join("individuals_traced_data.jsonl")
    }

    /// `Outputs/auto_coding_traced_data.jsonl`.
    pub fn auto_coding_traced_data(&self) -> PathBuf {
        self.path.join("auto_coding_traced_data.jsonl")
    }

    /// `Outputs/ICR`.
    pub fn icr(&self) -> PathBuf {
        self.path.join("ICR")
    }

    /// `Outputs/ICR/<name>`; the coding plan gives the whole name, e.g. `rqa_s01e01.csv`.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when `name` cannot be the name of a file.
    pub fn icr_file(&self, name: &str) -> Result<PathBuf, FileError> {
        named(&self.icr(), name, "")
    }

    /// `Outputs/Coda Files`.
    pub fn coda_files(&self) -> PathBuf {
        self.path.join("Coda Files")
    }

    /// `Outputs/Coda Files/<dataset>.json`: messages for labelling.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when `dataset` cannot be the name of a file.
    pub fn coda_file(&self, dataset: &str) -> Result<PathBuf, FileError> {
        named(&self.coda_files(), dataset, ".json")
    }

    /// `Outputs/Automated Analysis`.
    pub fn automated_analysis(&self) -> PathBuf {
        self.path.join("Automated Analysis")
    }
}

/// The copy for Excel beside a CSV file: `messages_excel.csv` for `messages.csv`.
pub fn excel_copy(csv: &Path) -> PathBuf {
    let mut name = csv.file_stem().unwrap_or_default().to_owned();
    name.push("_excel.csv");
    csv.with_file_name(name)
}

fn named(directory: &Path, name: &str, ending: &str) -> Result<PathBuf, FileError> {
    check_file_name(name)?;
    Ok(directory.join(format!("{name}{ending}")))
}

fn run_manifest(data_root: &Path) -> PathBuf {
    data_root.join("run_manifest.json")
}

fn remove_temporary_files(directory: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::new(Operation::List, directory, source);
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            remove_temporary_files(&entry.path())?;
        } else if entry.file_name().to_str().is_some_and(is_temporary_name) {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}
