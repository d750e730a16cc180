//! What the programs of this crate share: arguments, and how they begin.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use data_root::DataRoot;
use google_services::documents::{OpenError, open};
use google_services::{Credentials, CredentialsError, DocumentDatabase};
use pipeline_config::{ConfigurationError, load_project};
use stage_runner::{Failure, OrHint, StageRun};

use crate::project::ProjectDataset;
use crate::{CodaError, Dataset, LOCAL_DATABASE};

/// How many of a list a log line names.
const N_SHOWN: usize = 3;

/// The arguments of stages 1 and 4.
#[derive(Debug, clap::Args)]
pub struct CodaArguments {
    /// The project's `pipeline_config.json`, which says which datasets there are
    #[arg(
        long,
        value_name = "FILE",
        default_value = "pipeline_configs/eu_pcve/pipeline_config.json",
        overrides_with = "pipeline_configuration"
    )]
    pub pipeline_configuration: PathBuf,
    /// Only this dataset; can be given several times
    #[arg(long = "dataset", value_name = "NAME")]
    pub datasets: Vec<String>,
    /// Credentials for Coda: the JSON key of a service account, or local ones
    pub coda_auth_file: PathBuf,
    /// Once a checkout of Coda's tools; accepted, and not used
    pub coda_v2_root: PathBuf,
    /// The directory with all data of the pipeline
    pub data_root: PathBuf,
}

/// What stages 1 and 4 work with.
#[derive(Debug)]
pub struct CodaStage {
    /// The datasets of the project, or those that were asked for.
    pub datasets: Vec<ProjectDataset>,
    /// Coda's database.
    pub database: Box<dyn DocumentDatabase>,
}

impl CodaStage {
    /// Reads the configuration and opens the database.
    ///
    /// # Errors
    ///
    /// [`Failure`] when one of them cannot be used, or a dataset that was asked for is not in the
    /// project.
    pub fn begin(
        arguments: &CodaArguments,
        n_scheme_copies: usize,
        run: &StageRun,
        data_root: &DataRoot,
    ) -> Result<Self, Failure> {
        let project = run
            .step("check configuration", || load_project(&arguments.pipeline_configuration))
            .or_hint(ConfigurationError::hint)?;
        run.set_configuration(&project.configuration_hash, &project.warnings);
        let mut datasets = ProjectDataset::all(&project, n_scheme_copies)?;
        let is_known = |name: &String| datasets.iter().any(|it| it.dataset.name() == name);
        if let Some(name) = arguments.datasets.iter().find(|name| !is_known(name)) {
            let names: Vec<&str> = datasets.iter().map(|it| it.dataset.name()).collect();
            let problem = anyhow::anyhow!("no coding plan has the dataset `{name}`");
            return Err(Failure::wrong_arguments(problem)
                .with_hint(format!("the project has: {}", names.join(", "))));
        }
        if !arguments.datasets.is_empty() {
            datasets.retain(|it| arguments.datasets.iter().any(|name| it.dataset.name() == name));
        }
        let database = open_coda(&arguments.coda_auth_file, Some(data_root.path()))?;
        Ok(Self { datasets, database })
    }
}

/// Opens the Coda of the credentials in `auth_file`, which is not inside `data_root`.
///
/// # Errors
///
/// [`Failure`] when the credentials or the database cannot be used.
pub fn open_coda(
    auth_file: &Path,
    data_root: Option<&Path>,
) -> Result<Box<dyn DocumentDatabase>, Failure> {
    let credentials = Credentials::read(auth_file).or_hint(CredentialsError::hint)?;
    if let Some(data_root) = data_root {
        credentials.check_outside(data_root).or_hint(CredentialsError::hint)?;
    }
    open(&credentials, LOCAL_DATABASE).or_hint(OpenError::hint)
}

/// Work on several datasets, where the trouble of one does not keep the others from being done.
#[derive(Debug, Default)]
pub struct Troubles {
    first: Option<Failure>,
    n_failed: usize,
}

impl Troubles {
    /// Notes how the work on `dataset` ended.
    ///
    /// # Errors
    ///
    /// The failure, when it would be the same for the other datasets.
    pub fn note(
        &mut self,
        dataset: &Dataset,
        ended: Result<(), (Failure, Scope)>,
    ) -> Result<(), Failure> {
        match ended {
            Ok(()) => Ok(()),
            Err((failure, Scope::AllDatasets)) => Err(failure),
            Err((failure, Scope::OneDataset)) => {
                tracing::error!(%dataset, "Failed; going on with the other datasets: {failure:?}.");
                self.n_failed += 1;
                self.first.get_or_insert(failure);
                Ok(())
            }
        }
    }

    /// The first failure, if there was any.
    ///
    /// # Errors
    ///
    /// That failure.
    pub fn end(self) -> Result<(), Failure> {
        match self.first {
            None => Ok(()),
            Some(failure) => {
                tracing::error!(n_failed = self.n_failed, "Some datasets failed.");
                Err(failure)
            }
        }
    }
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The other datasets can be done all the same.
    OneDataset,
    /// No dataset can be done.
    AllDatasets,
}

/// The failure that an error is, and how far it reaches.
pub fn failed(error: CodaError) -> (Failure, Scope) {
    let scope = match error.is_about_all_datasets() {
        true => Scope::AllDatasets,
        false => Scope::OneDataset,
    };
    let hint = error.hint();
    let failure = Failure::from(error);
    (hint.into_iter().fold(failure, Failure::with_hint), scope)
}

/// The first few of a list, for a log line.
pub fn some_of<T: Display>(items: &[T]) -> String {
    let shown: Vec<String> = items.iter().take(N_SHOWN).map(ToString::to_string).collect();
    let more = match items.len().saturating_sub(N_SHOWN) {
        0 => String::new(),
        n_more => format!(" and {n_more} more"),
    };
    format!("{}{more}", shown.join(", "))
}
