//! What the run manifest says of the runs of all stages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError};
use serde::Deserialize;

/// The version of the format that is understood.
const FORMAT_VERSION: u64 = 1;

/// The run manifest could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not a run manifest.
    #[error("`{}` is not a run manifest", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It is one of another version of the pipeline.
    #[error("`{}` has the format version {found}, expected {FORMAT_VERSION}", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

impl ManifestError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Content { .. } => {
                Some("move it away; the next stage begins a new one".to_owned())
            }
            Self::Version { .. } => {
                Some("use the version of the pipeline that wrote it last".to_owned())
            }
        }
    }
}

/// The runs of stages that are remembered, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) history: Vec<Entry>,
}

/// One run of one stage.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Entry {
    pub(crate) stage: String,
    pub(crate) run_id: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) status: String,
    pub(crate) error: Option<String>,
    #[serde(rename = "In")]
    pub(crate) counts_in: BTreeMap<String, u64>,
    #[serde(rename = "Out")]
    pub(crate) counts_out: BTreeMap<String, u64>,
    pub(crate) dropped: BTreeMap<String, u64>,
    pub(crate) outputs: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManifestFile {
    format_version: u64,
    history: Vec<Entry>,
}

impl Manifest {
    /// Reads the run manifest of a data root; a data root without one has had no runs.
    pub(crate) fn read(data_root: &DataRoot) -> Result<Self, ManifestError> {
        let path = data_root.run_manifest();
        let bytes = match data_root::read(&path) {
            Ok(bytes) => bytes,
            Err(FileError::Missing { .. }) => return Ok(Self::default()),
            Err(error) => return Err(error.into()),
        };
        Self::parse(&path, &bytes)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ManifestError> {
        let path = || path.to_path_buf();
        let file: ManifestFile = serde_json::from_slice(bytes)
            .map_err(|source| ManifestError::Content { path: path(), source })?;
        match file.format_version {
            FORMAT_VERSION => Ok(Self { history: file.history }),
            found => Err(ManifestError::Version { path: path(), found }),
        }
    }

    /// The latest run of `stage` that was done.
    pub(crate) fn latest_done(&self, stage: &str) -> Option<&Entry> {
        self.history.iter().rev().find(|entry| entry.stage == stage && entry.is_done())
    }

    /// The latest run of each stage in the run `run_id`, in the order of their begin.
    pub(crate) fn of_run(&self, run_id: &str) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = Vec::new();
        for entry in self.history.iter().filter(|entry| entry.run_id == run_id) {
            entries.retain(|earlier| earlier.stage != entry.stage);
            entries.push(entry);
        }
        entries
    }

    /// The latest done run of `stage` before the run `run_id` began.
    pub(crate) fn before_run(&self, stage: &str, run_id: &str) -> Option<&Entry> {
        let begin = self.history.iter().position(|entry| entry.run_id == run_id);
        let earlier = &self.history[..begin.unwrap_or(self.history.len())];
        earlier.iter().rev().find(|entry| entry.stage == stage && entry.is_done())
    }
}

impl Entry {
    pub(crate) fn is_done(&self) -> bool {
        self.status == "done"
    }
}
