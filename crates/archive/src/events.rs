//! Tells the operations dashboard how far a run is.
//!
//! An event is a document of `metrics/pipelines/pipeline_logs`, with the fields `pipeline_name`,
//! `run_id`, `timestamp` and `event`; its id is the timestamp.

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum as _;
use google_services::DocumentDatabase;
use google_services::documents::{
    BadDocumentId, Change, CollectionPath, DatabaseError, DocumentPath, Fields, NewFields, Reads,
    Selection, Value, Write,
};

/// The point that a run has come to; each stage is told of as it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum PipelineEvent {
    /// The run begins.
    PipelineRunStart,
    /// Stage 1 begins.
    CodaGet,
    /// Stage 2 begins.
    FetchingRawData,
    /// Stage 3 begins.
    GeneratingOutputs,
    /// Stage 4 begins.
    CodaAdd,
    /// Stage 5 begins.
    GeneratingAutomatedAnalysisFiles,
    /// Stage 6 begins.
    BackingUpData,
    /// Outputs go to Drive; stages 3 and 5 do that at their ends, so nothing says this now.
    UploadingAnalysisFiles,
    /// Stage 7 begins.
    UploadingLogFiles,
    /// The run has come to its end.
    PipelineRunEnd,
}

/// An event could not be told.
#[derive(Debug, thiserror::Error)]
#[error("could not tell the operations dashboard")]
#[non_exhaustive]
pub enum EventError {
    /// The database did not take it.
    Database(#[from] DatabaseError),
    /// A time is no id of a document, which cannot be.
    Id(#[from] BadDocumentId),
}

impl EventError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint(),
            Self::Id(_) => None,
        }
    }
}

/// Adds an event of the run `run_id`, which happened at `at`.
///
/// Nothing that is there is replaced: when two pipelines have an event in the same microsecond,
/// the later one is put a microsecond after it. Doing it again adds nothing.
///
/// # Errors
///
/// [`EventError`].
pub fn log_event(
    database: &dyn DocumentDatabase,
    pipeline_name: &str,
    run_id: &str,
    event: PipelineEvent,
    at: DateTime<Utc>,
) -> Result<(), EventError> {
    let events = CollectionPath::top("metrics").document("pipelines")?.collection("pipeline_logs");
    let name = event.name();
    let new = |at: DateTime<Utc>| -> Result<(DocumentPath, Fields), BadDocumentId> {
        let timestamp = at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string();
        let fields = [
            ("pipeline_name", pipeline_name),
            ("run_id", run_id),
            ("timestamp", timestamp.as_str()),
            ("event", name.as_str()),
        ];
        let fields = fields.map(|(key, value)| (key.to_owned(), Value::from(value)));
        Ok((events.document(&timestamp)?, Fields::from(fields)))
    };
    // Valid ids for any time, so that the transaction cannot meet a bad one.
    new(at)?;
    database.transact(&mut |reads: &dyn Reads| {
        let mut at = at;
        loop {
            let (path, fields) = new(at).expect("the id of one time is as good as that of another");
            let found = reads.documents(std::slice::from_ref(&path), Selection::AllFields)?;
            match found.into_iter().next().flatten() {
                None => {
                    let change = Change::Create(NewFields::from(fields));
                    return Ok(vec![Write { path, change }]);
                }
                // An earlier try made it, whose answer was lost.
                Some(document) if document.fields == fields => return Ok(Vec::new()),
                Some(_) => at += TimeDelta::microseconds(1),
            }
        }
    })?;
    Ok(())
}

impl PipelineEvent {
    /// As the dashboard knows it, and the command line.
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no event is hidden from the command line");
        value.get_name().to_owned()
    }
}
