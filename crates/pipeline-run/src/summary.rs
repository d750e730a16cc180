//! The last words of a run of all stages.

mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_root::DataRoot;
use serde::Serialize;

use crate::ManifestError;
use crate::labelling::{Waiting, waiting};
use crate::manifest::{Entry, Manifest};

/// The stages that bring something in, and what of their counts is about messages and labels.
const SOURCES: [(&str, &str, &[&str]); 4] = [
    ("coda_get", "Coda", &["new messages", "changed messages"]),
    ("fetch_rapidpro", "RapidPro", &[]),
    ("fetch_facebook", "Facebook", &[]),
    ("fetch_files", "files", &[]),
];

/// What a run of all stages did, and what is there after it.
///
/// Its `Display` is for people, its serialization for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Summary {
    /// The id of the run.
    pub run_id: String,
    /// When its first stage began, UTC; none when no stage of it is known.
    pub start: Option<String>,
    /// When its last stage ended, UTC.
    pub end: Option<String>,
    /// The id of the run whose outputs these are compared with, if there is one.
    pub previous_run_id: Option<String>,
    /// The stages that were not done, each with its error.
    pub failed: BTreeMap<String, String>,
    /// What came in, by source, in the order of the stages.
    pub came_in: Vec<(String, Vec<Count>)>,
    /// What stage 3 wrote.
    pub went_out: Vec<Changed>,
    /// What stage 3 dropped, by reason.
    pub dropped: Vec<Changed>,
    /// How many texts were new to Coda.
    pub n_added_to_coda: Option<u64>,
    /// What waits for labelling, by dataset.
    pub waiting: Vec<Waiting>,
    /// Files and directories to look at.
    pub look_at: Vec<PathBuf>,
}

/// How many of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Count {
    /// Of what.
    pub what: String,
    /// How many.
    pub n: u64,
}

/// How the names of counts end that say what an upload did.
const DONE_IN_DRIVE: &str = " in Drive";

/// How many of something, now and in the run before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Changed {
    /// Of what.
    pub what: String,
    /// How many now.
    pub n: u64,
    /// How many in the run before, if there was one.
    pub n_before: Option<u64>,
}

/// Summarizes the run `run_id` from what it left in the data root.
///
/// # Errors
///
/// [`ManifestError`] when the run manifest or a file of messages cannot be read.
pub fn summarize(data_root: &DataRoot, run_id: &str) -> Result<Summary, ManifestError> {
    let manifest = Manifest::read(data_root)?;
    let entries = manifest.of_run(run_id);
    let of_stage = |stage: &str| entries.iter().copied().find(|entry| entry.stage == stage);
    let outputs = of_stage("generate_outputs").filter(|entry| entry.is_done());
    let before = manifest.before_run("generate_outputs", run_id);
    let counts = |of: fn(&Entry) -> &BTreeMap<String, u64>| {
        outputs.map_or_else(Vec::new, |now| compare(of(now), before.map(of)))
    };
    let failed = entries.iter().filter(|entry| !entry.is_done());
    Ok(Summary {
        run_id: run_id.to_owned(),
        start: entries.iter().map(|entry| entry.start.clone()).min(),
        end: entries.iter().map(|entry| entry.end.clone()).max(),
        previous_run_id: before.map(|entry| entry.run_id.clone()),
        failed: failed
            .map(|entry| (entry.stage.clone(), entry.error.clone().unwrap_or_default()))
            .collect(),
        came_in: SOURCES
            .iter()
            .filter_map(|(stage, name, only)| Some((*name, of_stage(stage)?, *only)))
            .map(|(name, entry, only)| (name.to_owned(), counted(&entry.counts_in, only)))
            .collect(),
        went_out: counts(|entry| &entry.counts_out),
        dropped: counts(|entry| &entry.dropped),
        n_added_to_coda: of_stage("coda_add")
            .map(|entry| entry.counts_out.get("messages added").copied().unwrap_or(0)),
        waiting: waiting(data_root)?,
        look_at: look_at(data_root, &entries),
    })
}

/// The counts that are named, all of them when none is, without zeros.
fn counted(counts: &BTreeMap<String, u64>, only: &[&str]) -> Vec<Count> {
    counts
        .iter()
        .filter(|(what, n)| (only.is_empty() || only.contains(&what.as_str())) && 0 < **n)
        .map(|(what, n)| Count { what: what.clone(), n: *n })
        .collect()
}

/// What is counted now, or was before, in the order of the names.
fn compare(now: &BTreeMap<String, u64>, before: Option<&BTreeMap<String, u64>>) -> Vec<Changed> {
    let mut names: Vec<&String> =
        now.keys().chain(before.into_iter().flat_map(|it| it.keys())).collect();
    names.sort();
    names.dedup();
    let of = |counts: &BTreeMap<String, u64>, what| counts.get(what).copied().unwrap_or(0);
    names
        .into_iter()
        .map(|what| Changed {
            what: what.clone(),
            n: of(now, what),
            // What a run did is its own; what there is, was there before, too.
            n_before: before
                .filter(|_| !what.ends_with(DONE_IN_DRIVE))
                .map(|before| of(before, what)),
        })
        .filter(|changed| 0 < changed.n || changed.n_before.is_some_and(|n| 0 < n))
        .collect()
}

/// What is there for people, and the backup of this run.
fn look_at(data_root: &DataRoot, entries: &[&Entry]) -> Vec<PathBuf> {
    let outputs = data_root.outputs();
    let analysis = outputs.automated_analysis();
    let report = analysis.join("report.html");
    let made = [
        outputs.production_csv(),
        outputs.messages_csv(),
        outputs.individuals_csv(),
        outputs.codebook_csv(),
        outputs.icr(),
        if report.exists() { report } else { analysis },
        data_root.engagement_metrics(),
    ];
    let backups = entries.iter().filter(|entry| entry.stage == "backup_data_root");
    let backups = backups.flat_map(|entry| entry.outputs.iter().cloned());
    made.into_iter().filter(|path| path.exists()).chain(backups).collect()
}

#[cfg(test)]
mod tests;
