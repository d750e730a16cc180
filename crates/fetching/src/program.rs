//! How a program that fetches begins and ends: arguments, configuration, credentials, failures.

use std::path::{Path, PathBuf};

use data_root::DataRoot;
use google_services::storage::{self, GsUrl, ObjectStorage, StorageError};
use google_services::{Credentials, CredentialsError};
use pipeline_config::{ConfigurationError, Project, UuidTable as TableConfiguration, load_project};
use stage_runner::{Failure, OrHint, StageRun};
use uuid_table::{UuidTable, UuidTableError};

use crate::{OperatorLabels, RunIdentity};

/// The field that holds the label with the operator, in the coding plans of every project.
const OPERATOR_FIELD: &str = "operator_coded";

/// The arguments of stage 2.
#[derive(clap::Args)]
pub struct Arguments {
    /// Who runs the pipeline, e.g. an email address; recorded in the history of each message
    pub user: String,
    /// Credentials for Google Cloud, with which tokens and the table of ids are reached
    pub google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`
    pub pipeline_configuration_file_path: PathBuf,
    /// The directory with all data of the pipeline; made unless it is there
    pub data_root: PathBuf,
}

/// What a program that fetches works with.
pub struct Fetching {
    /// The project, checked.
    pub project: Project,
    /// Where the files are; taken for this process.
    pub data_root: DataRoot,
    /// Who fetches, and when.
    pub identity: RunIdentity,
    credentials_path: PathBuf,
}

/// What is reached with credentials.
pub struct Services {
    /// Tokens and files.
    pub buckets: Box<dyn ObjectStorage>,
    credentials: Credentials,
}

impl Fetching {
    /// Checks the configuration and opens the data root.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the configuration is wrong or the data root cannot be had.
    pub fn begin(arguments: &Arguments, run: &StageRun) -> Result<Self, Failure> {
        run.set_user(&arguments.user);
        run.record_in(&arguments.data_root);
        let project = read_project(&arguments.pipeline_configuration_file_path, run)?;
        Ok(Self {
            project,
            data_root: run.create_data_root(&arguments.data_root)?,
            identity: RunIdentity::of(run.info()),
            credentials_path: arguments.google_cloud_credentials_file_path.clone(),
        })
    }

    /// Reads the credentials; not before something needs them.
    ///
    /// # Errors
    ///
    /// [`Failure`] when they cannot be used, or lead into the data root.
    pub fn open_services(&self) -> Result<Services, Failure> {
        let credentials =
            Credentials::read(&self.credentials_path).or_hint(CredentialsError::hint)?;
        credentials.check_outside(self.data_root.path()).or_hint(CredentialsError::hint)?;
        let buckets = storage::open(&credentials).or_hint(StorageError::hint)?;
        Ok(Services { buckets, credentials })
    }

    /// The table of ids, whose own credentials are in a bucket.
    ///
    /// # Errors
    ///
    /// [`Failure`] when it cannot be reached.
    pub fn open_table(&self, services: &Services) -> Result<UuidTable, Failure> {
        let TableConfiguration { firebase_credentials_file_url, table_name, uuid_prefix } =
            &self.project.configuration.uuid_table;
        let url = gs_url(firebase_credentials_file_url)?;
        let credentials =
            services.credentials.read_from_bucket(&url).or_hint(StorageError::hint)?;
        credentials.check_outside(self.data_root.path()).or_hint(CredentialsError::hint)?;
        UuidTable::open(&credentials, table_name, uuid_prefix).or_hint(UuidTableError::hint)
    }

    /// The labels of the scheme that the coding plans have for operators, made by the step
    /// `made_by` (`<crate>::<step>`).
    pub fn operator_labels(&self, made_by: &str) -> Option<OperatorLabels> {
        let codings = self.project.plans.all().flat_map(|plan| &plan.coding_configurations);
        let coding = codings.into_iter().find(|coding| coding.coded_field == OPERATOR_FIELD)?;
        let country = &self.project.plans.country;
        let made_at = &self.identity.started_at;
        Some(OperatorLabels::new(country, &coding.code_scheme, made_by, made_at))
    }
}

impl Services {
    /// The text of an object in a bucket, e.g. a token.
    ///
    /// # Errors
    ///
    /// [`Failure`], which does not show the text.
    pub fn read_text(&self, url: &str) -> Result<String, Failure> {
        self.buckets.read_text(&gs_url(url)?).or_hint(StorageError::hint)
    }
}

/// A URL of the configuration.
///
/// # Errors
///
/// [`Failure`] when it is none.
pub fn gs_url(url: &str) -> Result<GsUrl, Failure> {
    Ok(url.parse()?)
}

/// Errors with the hints that belong to their causes.
pub fn with_hints<E: Into<anyhow::Error>>(
    errors: Vec<E>,
    hint: impl Fn(&E) -> Option<String>,
) -> Vec<Failure> {
    let failures = errors.into_iter().map(|error| match hint(&error) {
        Some(hint) => Failure::from(error).with_hint(hint),
        None => Failure::from(error),
    });
    failures.collect()
}

/// The one failure that the stage ends with; the others are logged.
///
/// # Errors
///
/// The first of `failures`.
pub fn all_done(failures: Vec<Failure>) -> Result<(), Failure> {
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else { return Ok(()) };
    for other in failures {
        let hint = other.hint().unwrap_or_default();
        tracing::error!(hint, "{other:?}");
    }
    Err(first)
}

fn read_project(path: &Path, run: &StageRun) -> Result<Project, Failure> {
    let project =
        run.step("check configuration", || load_project(path)).or_hint(ConfigurationError::hint)?;
    run.set_configuration(&project.configuration_hash, &project.warnings);
    Ok(project)
}
