//! Stage 7: archives and memory profiles to buckets.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use data_root::FileError;
use google_services::storage::{
    BadGsUrl, Existing, GsUrl, ObjectStorage, StorageError, UploadOptions, Uploaded,
};

use crate::OnBytes;

/// A file of a run that is kept in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// The file on this machine.
    pub path: PathBuf,
    /// Where it is kept.
    pub url: GsUrl,
}

/// A file of a run could not be brought to its bucket; whatever was there before still is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadLogError {
    /// The path has no name of a file, or the run id cannot be part of one.
    #[error("`{name}` cannot be the name of an object")]
    BadName {
        /// The name.
        name: String,
        /// Why not.
        source: FileError,
    },
    /// The bucket of the configuration is none.
    #[error(transparent)]
    BadUrl(#[from] BadGsUrl),
    /// The bucket did not take it.
    #[error("could not upload `{}`", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: StorageError,
    },
}

impl LogFile {
    /// The file at `path` of the run `run_id`, kept in `bucket` in the folder `directory`.
    ///
    /// Its name there is that of the file, with the run id before it unless it is in it.
    ///
    /// # Errors
    ///
    /// [`UploadLogError`] when that is no name or `bucket` no bucket.
    pub fn new(
        path: &Path,
        run_id: &str,
        bucket: &str,
        directory: &str,
    ) -> Result<Self, UploadLogError> {
        let name = name_with_run_id(path, run_id);
        data_root::check_file_name(&name)
            .map_err(|source| UploadLogError::BadName { name: name.clone(), source })?;
        let url = GsUrl::new(bucket, &in_directory(directory, &name))?;
        Ok(Self { path: path.to_path_buf(), url })
    }
}

impl UploadLogError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadName { .. } => {
                Some("give the path of a file, and a run id without `/`".to_owned())
            }
            Self::BadUrl(_) => Some("correct the bucket in the configuration".to_owned()),
            Self::Storage { source: StorageError::OtherBytes { .. }, .. } => Some(
                "it was kept; if both are of use, upload this one with another run id".to_owned(),
            ),
            Self::Storage { source, .. } => source.hint(),
        }
    }
}

/// Brings a file to its bucket; `on_bytes` is told how many more bytes have arrived.
///
/// When it was interrupted, it goes on where it stopped. Nothing is sent when the object has the
/// bytes of the file, and an object with other bytes is never replaced.
///
/// # Errors
///
/// [`UploadLogError`].
pub fn upload_log(
    storage: &dyn ObjectStorage,
    file: &LogFile,
    on_bytes: OnBytes<'_>,
) -> Result<Uploaded, UploadLogError> {
    let session_file = session_file(&file.path);
    let n_told = Cell::new(0);
    // An upload that has to begin again is told from its start.
    let progress = |n_bytes: u64| {
        on_bytes(n_bytes.saturating_sub(n_told.get()));
        n_told.set(n_told.get().max(n_bytes));
    };
    let options = UploadOptions {
        session_file: Some(&session_file),
        progress: Some(&progress),
        existing: Existing::Keep,
    };
    storage
        .upload(&file.url, &file.path, options)
        .map_err(|source| UploadLogError::Storage { path: file.path.clone(), source })
}

/// A name in a folder, which may have slashes at its ends or be none.
pub(crate) fn in_directory(directory: &str, name: &str) -> String {
    match directory.trim_matches('/') {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}

fn name_with_run_id(path: &Path, run_id: &str) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.contains(run_id) {
        true => name.into_owned(),
        false => format!("{run_id}-{name}"),
    }
}

/// Beside the file, where whoever uploads it the next time looks.
fn session_file(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".upload-session");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_id_is_in_every_name() {
        check("backups/data-run-1.tar.gzip", "dir", "gs://bucket/dir/data-run-1.tar.gzip");
        check("memory.profile", "dir/", "gs://bucket/dir/run-1-memory.profile");
        check("memory.profile", "", "gs://bucket/run-1-memory.profile");
        check("memory.profile", "/a/b", "gs://bucket/a/b/run-1-memory.profile");
    }

    #[test]
    fn a_run_id_cannot_lead_elsewhere() {
        let file = LogFile::new(Path::new("memory.profile"), "../run", "bucket", "dir");
        assert!(matches!(file, Err(UploadLogError::BadName { .. })));
        let file = LogFile::new(Path::new("memory.profile"), "run", "a/b", "dir");
        assert!(matches!(file, Err(UploadLogError::BadUrl(_))));
    }

    #[track_caller]
    fn check(path: &str, directory: &str, expected: &str) {
        for bucket in ["bucket", "gs://bucket"] {
            let file = LogFile::new(Path::new(path), "run-1", bucket, directory).unwrap();
            assert_eq!(file.url.to_string(), expected);
        }
    }
}
