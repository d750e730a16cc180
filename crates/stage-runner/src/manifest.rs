//! The run manifest: one entry per stage, and the last runs, in `run_manifest.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tracing::warn;

/// The version of the file's format, for programs that read it.
const FORMAT_VERSION: u64 = 1;

/// How many finished runs are remembered, over all stages.
const N_RUNS_REMEMBERED: usize = 200;

/// What is recorded of one run of one stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Entry {
    pub(crate) run_id: String,
    /// UTC.
    pub(crate) start: String,
    /// UTC.
    pub(crate) end: String,
    pub(crate) duration_secs: f64,
    pub(crate) status: Status,
    /// The messages of the error chain, outermost first, joined by `: `.
    pub(crate) error: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) version: String,
    pub(crate) git_hash: String,
    pub(crate) configuration_hash: Option<String>,
    pub(crate) user: Option<String>,
    /// How many of what came in.
    #[serde(rename = "In")]
    pub(crate) counts_in: BTreeMap<String, u64>,
    /// How many of what went out.
    #[serde(rename = "Out")]
    pub(crate) counts_out: BTreeMap<String, u64>,
    /// How many were dropped, by reason.
    pub(crate) dropped: BTreeMap<String, u64>,
    /// What was written, relative to the data root.
    pub(crate) outputs: Vec<PathBuf>,
    pub(crate) steps: Vec<StepEntry>,
    /// The step that did not come to its end.
    pub(crate) failed_step: Option<String>,
    pub(crate) peak_memory_bytes: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Done,
    #[default]
    Failed,
}

/// One step of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StepEntry {
    pub(crate) name: String,
    pub(crate) duration_secs: f64,
}

/// Writes `entry` as the latest of `stage`, in the data root at `data_root`.
///
/// Other stages' entries stay, also those that other processes write at the same moment. A
/// manifest that cannot be read is put aside as `run_manifest.unreadable.json`, not lost.
pub(crate) fn record(data_root: &Path, stage: &str, entry: &Entry) -> Result<(), FileError> {
    let (path, _lock) = DataRoot::lock_run_manifest(data_root)?;
    let mut manifest = read_manifest(&path)?;
    add(&mut manifest, stage, entry);
    let mut text = format!("{:#}", Value::Object(manifest));
    text.push('\n');
    data_root::write(&path, text.as_bytes())
}

/// Whether a stage of the run `run_id` is recorded that had this configuration.
pub(crate) fn knows(data_root: &Path, run_id: &str, configuration_hash: &str) -> bool {
    let Ok((path, _lock)) = DataRoot::lock_run_manifest(data_root) else { return false };
    let Ok(bytes) = data_root::read(&path) else { return false };
    let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else { return false };
    let is_same = |entry: &Value| {
        entry["RunId"] == run_id && entry["ConfigurationHash"] == configuration_hash
    };
    manifest["Stages"].as_object().is_some_and(|stages| stages.values().any(is_same))
}

fn add(manifest: &mut Map<String, Value>, stage: &str, entry: &Entry) {
    let entry = serde_json::to_value(entry).expect("an entry has string keys only");
    if let Value::Object(stages) = manifest.entry("Stages").or_insert_with(|| json!({})) {
        stages.insert(stage.to_owned(), entry.clone());
    }
    let mut remembered = Map::from_iter([("Stage".to_owned(), Value::from(stage))]);
    if let Value::Object(fields) = entry {
        remembered.extend(fields.into_iter().filter(|(key, _)| key != "Steps"));
    }
    if let Value::Array(history) = manifest.entry("History").or_insert_with(|| json!([])) {
        history.push(Value::Object(remembered));
        history.drain(..history.len().saturating_sub(N_RUNS_REMEMBERED));
    }
}

fn read_manifest(path: &Path) -> Result<Map<String, Value>, FileError> {
    let bytes = match data_root::read(path) {
        Ok(bytes) => bytes,
        Err(FileError::Missing { .. }) => return Ok(empty()),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(manifest)) if is_understood(&manifest) => Ok(manifest),
        _ => {
            let aside = path.with_file_name("run_manifest.unreadable.json");
            data_root::write(&aside, &bytes)?;
            warn!(path = %aside.display(), "Put aside a run manifest that could not be read.");
            Ok(empty())
        }
    }
}

fn is_understood(manifest: &Map<String, Value>) -> bool {
    manifest.get("FormatVersion").and_then(Value::as_u64) == Some(FORMAT_VERSION)
        && manifest.get("Stages").is_some_and(Value::is_object)
        && manifest.get("History").is_some_and(Value::is_array)
}

fn empty() -> Map<String, Value> {
    Map::from_iter([
        ("FormatVersion".to_owned(), Value::from(FORMAT_VERSION)),
        ("Stages".to_owned(), json!({})),
        ("History".to_owned(), json!([])),
    ])
}
