//! Stage 2, RapidPro: the first part of `run_scripts/2_fetch_raw_data.sh`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use data_root::DataRoot;
use google_services::storage::{self, GsUrl, ObjectStorage, StorageError};
use google_services::{Credentials, CredentialsError};
use pipeline_config::{
    ConfigurationError, Project, RapidProSource, RawDataSource, UuidTable as TableConfiguration,
    load_project,
};
use sources_rapidpro::{
    Fetch, Fetched, OperatorLabels, RapidPro, RapidProError, RunIdentity, SystemClock, Token,
};
use stage_runner::{Failure, OrHint, Stage, StageRun};
use uuid_table::{UuidTable, UuidTableError};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The field that holds the label with the operator, in the coding plans of every project.
const OPERATOR_FIELD: &str = "operator_coded";

/// The arguments of stage 2.
#[derive(clap::Args)]
struct Arguments {
    /// Who runs the pipeline, e.g. an email address; recorded in the history of each message
    user: String,
    /// Credentials for Google Cloud, with which tokens and the table of ids are reached
    google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`
    pipeline_configuration_file_path: PathBuf,
    /// The directory with all data of the pipeline; made unless it is there
    data_root: PathBuf,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "fetch_rapidpro",
        about: "Fetches runs of flows from RapidPro, without phone numbers",
        details: "Writes `Raw Data/<flow>.jsonl` for each flow of the RapidPro sources of the \
                  configuration. Asks only for what is new since the last time; when it is \
                  stopped, the next run continues there. A flow that fails keeps its old files.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    run.set_user(&arguments.user);
    run.record_in(&arguments.data_root);
    let project = read_project(&arguments.pipeline_configuration_file_path, run)?;
    let data_root = run.create_data_root(&arguments.data_root)?;
    let sources: Vec<&RapidProSource> = rapidpro_sources(&project).collect();
    let n_others = project.configuration.raw_data_sources.len() - sources.len();
    if 0 < n_others {
        tracing::warn!(
            n_others,
            "Sources that are not RapidPro's are not fetched by this program."
        );
    }
    if sources.is_empty() {
        tracing::info!("The configuration has no RapidPro source.");
        return Ok(());
    }
    let credentials = Credentials::read(&arguments.google_cloud_credentials_file_path)
        .or_hint(CredentialsError::hint)?;
    credentials.check_outside(data_root.path()).or_hint(CredentialsError::hint)?;
    let buckets = storage::open(&credentials).or_hint(StorageError::hint)?;
    let table = open_table(&credentials, &project.configuration.uuid_table, &data_root)?;
    let identity = RunIdentity {
        user: run.info().user.clone(),
        started_at: iso_time::format_utc(&run.info().started_at),
    };
    let operators = operator_labels(&project, &identity.started_at);
    let progress = run.progress("runs", None);
    let fetch = |source: &RapidProSource| -> Result<Fetched, Failure> {
        let server = open_workspace(&*buckets, source)?;
        let fetch = Fetch {
            server: &server,
            source,
            table: &table,
            data_root: &data_root,
            run: &identity,
            operators: operators.as_ref(),
            on_progress: &|n| progress.add(n),
        };
        fetch.run().or_hint(RapidProError::hint)
    };
    let mut failures = Vec::new();
    for source in sources {
        match run.step("fetch from RapidPro", || fetch(source)) {
            Ok(fetched) => failures.extend(report(run, fetched)),
            Err(failure) => failures.push(failure),
        }
    }
    run.wrote(&data_root.raw_data());
    all_done(failures)
}

fn read_project(path: &Path, run: &StageRun) -> Result<Project, Failure> {
    let project =
        run.step("check configuration", || load_project(path)).or_hint(ConfigurationError::hint)?;
    for warning in &project.warnings {
        tracing::warn!("{warning}");
    }
    run.set_configuration_hash(&project.configuration_hash);
    Ok(project)
}

fn rapidpro_sources(project: &Project) -> impl Iterator<Item = &RapidProSource> {
    project.configuration.raw_data_sources.iter().filter_map(|source| match source {
        RawDataSource::RapidPro(source) => Some(source),
        _ => None,
    })
}

/// The table of ids, whose own credentials are in a bucket.
fn open_table(
    credentials: &Credentials,
    table: &TableConfiguration,
    data_root: &DataRoot,
) -> Result<UuidTable, Failure> {
    let url = gs_url(&table.firebase_credentials_file_url)?;
    let credentials = credentials.read_from_bucket(&url).or_hint(StorageError::hint)?;
    credentials.check_outside(data_root.path()).or_hint(CredentialsError::hint)?;
    UuidTable::open(&credentials, &table.table_name, &table.uuid_prefix)
        .or_hint(UuidTableError::hint)
}

/// The workspace of a source, whose token is in a bucket.
fn open_workspace(
    buckets: &dyn ObjectStorage,
    source: &RapidProSource,
) -> Result<RapidPro, Failure> {
    let url = &source.token_file_url;
    let text = buckets.read_text(&gs_url(url)?).or_hint(StorageError::hint)?;
    let token = Token::parse(&text, url).or_hint(RapidProError::hint)?;
    let clock = Arc::new(SystemClock::start());
    RapidPro::new(source, token, clock).or_hint(RapidProError::hint)
}

fn gs_url(url: &str) -> Result<GsUrl, Failure> {
    Ok(url.parse()?)
}

/// The labels of the scheme that the coding plans have for operators.
fn operator_labels(project: &Project, made_at: &str) -> Option<OperatorLabels> {
    let codings = project.plans.all().flat_map(|plan| &plan.coding_configurations);
    let coding = codings.into_iter().find(|coding| coding.coded_field == OPERATOR_FIELD)?;
    Some(OperatorLabels::new(&coding.code_scheme, made_at))
}

/// Counts what was fetched; gives the flows that were not.
fn report(run: &StageRun, fetched: Fetched) -> Vec<Failure> {
    run.count_in("new or changed runs", fetched.n_new_runs);
    run.count_out("runs", fetched.n_runs);
    for (skip, n_runs) in &fetched.skipped {
        run.count_dropped(&skip.to_string(), *n_runs);
    }
    let failures = fetched.failures.into_iter();
    failures
        .map(|failure| {
            let hint = failure.source.hint();
            match (Failure::from(failure), hint) {
                (failure, Some(hint)) => failure.with_hint(hint),
                (failure, None) => failure,
            }
        })
        .collect()
}

/// The one failure that the stage ends with; the others are logged.
fn all_done(failures: Vec<Failure>) -> Result<(), Failure> {
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else { return Ok(()) };
    for other in failures {
        let hint = other.hint().unwrap_or_default();
        tracing::error!(hint, "{other:?}");
    }
    Err(first)
}
