//! Tells the operations dashboard how far a run is; for `run_scripts/run_pipeline.sh`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;

use archive::{EventError, PipelineEvent, log_event};
use chrono::{DateTime, Utc};
use google_services::documents::{self, OpenError};
use google_services::storage::{GsUrl, StorageError};
use google_services::{Credentials, CredentialsError};
use pipeline_config::{ConfigurationError, load_project};
use stage_runner::{Failure, OrHint, Stage, StageRun};

/// The name of the database of local services.
const LOCAL_DATABASE: &str = "operations_dashboard";

/// How long a run waits for its dashboard.
const PATIENCE: Duration = Duration::from_secs(30);

/// The arguments of an event.
#[derive(Debug, Clone, clap::Args)]
struct Arguments {
    /// Fail when the event cannot be told, e.g. to try out a new dashboard; without this that is a
    /// warning, and the exit status is 0
    #[arg(long)]
    strict: bool,
    /// Who runs the pipeline, e.g. an email address
    user: String,
    /// Credentials for Google Cloud, or local ones; read only when the configuration has an
    /// `OperationsDashboard`
    google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`
    pipeline_configuration_file_path: PathBuf,
    /// The id of the run
    run_id: String,
    /// What happens
    #[arg(value_enum)]
    event_key: PipelineEvent,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "log_pipeline_event",
        about: "Tells the operations dashboard how far a run is",
        details: "Adds a document to `metrics/pipelines/pipeline_logs` in the Firestore of \
                  `OperationsDashboard` in the configuration; without that it does nothing. A run \
                  never fails because its dashboard cannot be told.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    run.set_user(&arguments.user);
    let at = match std::env::var_os("SOURCE_DATE_EPOCH") {
        Some(_) => run.info().started_at.to_utc(),
        None => Utc::now(),
    };
    match (tell_in_time(arguments, at), arguments.strict) {
        (Err(failure), false) => {
            tracing::warn!("The operations dashboard was not told: {failure:?}.");
            if let Some(hint) = failure.hint() {
                tracing::warn!("Hint: {hint}.");
            }
            Ok(())
        }
        (told, _) => told,
    }
}

/// Does it in a thread of its own, which is left alone when it takes too long.
fn tell_in_time(arguments: &Arguments, at: DateTime<Utc>) -> Result<(), Failure> {
    let (sender, receiver) = channel();
    let arguments = arguments.clone();
    let tell = move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(tell(&arguments, at));
    };
    std::thread::Builder::new().name("dashboard".to_owned()).spawn(tell)?;
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        Err(anyhow::anyhow!("no answer within {} seconds", PATIENCE.as_secs()).into())
    })
}

fn tell(arguments: &Arguments, at: DateTime<Utc>) -> Result<(), Failure> {
    let Arguments { pipeline_configuration_file_path, run_id, event_key, .. } = arguments;
    let project =
        load_project(pipeline_configuration_file_path).or_hint(ConfigurationError::hint)?;
    let configuration = &project.configuration;
    let Some(dashboard) = &configuration.operations_dashboard else {
        tracing::debug!("The configuration has no `OperationsDashboard`.");
        return Ok(());
    };
    let credentials = dashboard_credentials(
        &arguments.google_cloud_credentials_file_path,
        &dashboard.firebase_credentials_file_url,
    )?;
    let database = documents::open(&credentials, LOCAL_DATABASE).or_hint(OpenError::hint)?;
    log_event(&*database, &configuration.pipeline_name, run_id, *event_key, at)
        .or_hint(EventError::hint)
}

fn dashboard_credentials(path: &Path, url: &str) -> Result<Credentials, Failure> {
    let outer = Credentials::read(path).or_hint(CredentialsError::hint)?;
    let url: GsUrl = url.parse()?;
    outer.read_from_bucket(&url).or_hint(StorageError::hint)
}
