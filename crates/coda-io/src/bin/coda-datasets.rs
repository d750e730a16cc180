//! `coda-datasets`: lists, backs up and restores the datasets in Coda.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use coda_io::backup::{Backup, BackupFileError, RestoreError};
use coda_io::command::{open_coda, some_of};
use coda_io::label::{GivenLabels, LabelsFileError, give_labels};
use coda_io::list::{DatasetProgress, dataset_names, progress};
use coda_io::{CodaError, Dataset};
use google_services::{Credentials, DocumentDatabase};
use stage_runner::{Failure, OrHint, Stage, StageRun};
use tracing::{info, warn};

/// The arguments of `coda-datasets`.
#[derive(clap::Args)]
struct Arguments {
    /// Credentials for Coda: the JSON key of a service account, or local ones
    coda_auth_file: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints how many messages datasets have, and how many of them are labelled
    List {
        /// Print JSON, one object per dataset and line
        #[arg(long)]
        json: bool,
        /// Only these datasets
        datasets: Vec<String>,
    },
    /// Writes all of a dataset to a file, with every field and type
    Export {
        /// The dataset
        dataset: String,
        /// The file, which is made or replaced
        file: PathBuf,
    },
    /// Makes a dataset from a file of `export`, or of Coda's `backup.py`
    ///
    /// A dataset that is there and differs is not touched.
    Import {
        /// The dataset, which can have another name than in the file
        dataset: String,
        /// The file
        file: PathBuf,
    },
    /// Gives messages the labels that a file has and they lack
    ///
    /// The file is a list of messages with `MessageID` and `Labels`, such as `Coded Coda
    /// Files/<dataset>.json`. No label is ever removed. On a local Coda this stands in for people
    /// who label.
    Label {
        /// Also on Firestore: puts labels back that were lost in Coda
        #[arg(long)]
        restore: bool,
        /// The dataset
        dataset: String,
        /// The file
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "coda_datasets",
        about: "Lists, backs up and restores the datasets in Coda",
        details: "`coda-datasets <auth-file> list` shows what is there. Backups keep every field \
                  and type; restoring never changes what exists.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, _run: &StageRun) -> Result<(), Failure> {
    let database = open_coda(&arguments.coda_auth_file, None)?;
    match &arguments.command {
        Command::List { json, datasets } => list(&*database, datasets, *json),
        Command::Export { dataset, file } => export(&*database, &Dataset::new(dataset)?, file),
        Command::Import { dataset, file } => import(&*database, &Dataset::new(dataset)?, file),
        Command::Label { restore, dataset, file } => {
            check_may_label(&arguments.coda_auth_file, *restore)?;
            label(&*database, &Dataset::new(dataset)?, file)
        }
    }
}

fn list(
    database: &dyn DocumentDatabase,
    datasets: &[String],
    as_json: bool,
) -> Result<(), Failure> {
    let names = match datasets {
        [] => dataset_names(database).or_hint(CodaError::hint)?,
        names => names.to_vec(),
    };
    let mut out = std::io::stdout().lock();
    for name in names {
        let progress = progress(database, &Dataset::new(&name)?).or_hint(CodaError::hint)?;
        let text = match as_json {
            true => format!("{}\n", serde_json::to_string(&progress)?),
            false => table(&progress),
        };
        out.write_all(text.as_bytes()).context("could not print")?;
    }
    Ok(())
}

fn table(progress: &DatasetProgress) -> String {
    let DatasetProgress { dataset, n_segments, n_users, n_messages, n_labelled, schemes } =
        progress;
    let mut text = format!(
        "{dataset}: {n_messages} messages, {n_labelled} labelled ({n_segments} segments, {n_users} \
         users)\n"
    );
    let longest = schemes.iter().map(|scheme| scheme.name.chars().count()).max().unwrap_or(0);
    let width = longest.max("scheme".len());
    let row = |cells: [&str; 6]| {
        let [name, labelled, checked, wrong_scheme, not_coded, id] = cells;
        format!(
            "  {name:width$}  {labelled:>8}  {checked:>8}  {wrong_scheme:>12}  {not_coded:>9}  {id}\n"
        )
    };
    if !schemes.is_empty() {
        text += &row(["scheme", "labelled", "checked", "wrong scheme", "not coded", "id"]);
    }
    for scheme in schemes {
        let [labelled, checked, wrong_scheme, not_coded] =
            [scheme.n_labelled, scheme.n_checked, scheme.n_wrong_scheme, scheme.n_not_coded]
                .map(|n| n.to_string());
        text +=
            &row([&scheme.name, &labelled, &checked, &wrong_scheme, &not_coded, &scheme.scheme_id]);
    }
    text
}

fn export(database: &dyn DocumentDatabase, dataset: &Dataset, file: &Path) -> Result<(), Failure> {
    let backup = Backup::export(database, dataset).or_hint(CodaError::hint)?;
    backup.write(file)?;
    info!(%dataset, n_messages = backup.n_messages(), "Exported to `{}`.", file.display());
    Ok(())
}

fn import(database: &dyn DocumentDatabase, dataset: &Dataset, file: &Path) -> Result<(), Failure> {
    let backup = Backup::read(file, dataset.name()).or_hint(BackupFileError::hint)?;
    let restored = backup.restore(database, dataset).or_hint(RestoreError::hint)?;
    let (n_messages, n_written) = (restored.n_messages, restored.n_written);
    info!(%dataset, n_messages, n_written, "Imported from `{}`.", file.display());
    Ok(())
}

/// Labels on Firestore are people's work; a program gives them only when it is told twice.
fn check_may_label(auth_file: &Path, restore: bool) -> Result<(), Failure> {
    match Credentials::read(auth_file)? {
        Credentials::ServiceAccount(_) if !restore => {
            let problem = "labels are given by a program on a local Coda only";
            Err(Failure::wrong_arguments(anyhow::anyhow!(problem))
                .with_hint("`label --restore` puts lost labels back into a real one"))
        }
        _ => Ok(()),
    }
}

fn label(database: &dyn DocumentDatabase, dataset: &Dataset, file: &Path) -> Result<(), Failure> {
    let given = GivenLabels::read(file).or_hint(LabelsFileError::hint)?;
    let done = give_labels(database, dataset, &given, &[]).or_hint(CodaError::hint)?;
    info!(%dataset, n_labels = done.n_labels, n_messages = done.n_messages, "Gave labels.");
    if !done.missing.is_empty() {
        warn!(
            %dataset, n_messages = done.missing.len(),
            "Coda does not have these messages of the file: {}.", some_of(&done.missing)
        );
    }
    if !done.unknown_labels.is_empty() {
        warn!(
            %dataset, n_labels = done.unknown_labels.len(),
            "Labels fit no scheme in Coda; they were given all the same: {}.",
            some_of(&done.unknown_labels)
        );
    }
    Ok(())
}
