//! Stage 1: `run_scripts/1_coda_get.sh`.

use std::process::ExitCode;
use std::time::Duration;

use coda_io::Dataset;
use coda_io::command::{CodaArguments, CodaStage, Scope, Troubles, failed, some_of};
use coda_io::get::{GetOptions, Got, Mode, RemovedLabels, Report, get};
use coda_io::previous::{DownloadFiles, Previous};
use coda_io::project::ProjectDataset;
use data_root::DataRoot;
use google_services::DocumentDatabase;
use stage_runner::{Failure, Stage, StageRun};
use tracing::{info, warn};

const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// The arguments of stage 1.
#[derive(clap::Args)]
struct Arguments {
    /// Read all messages, not only what changed since the last time
    #[arg(long)]
    full: bool,
    /// Read all messages again when that is so many days ago
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    full_every_days: u64,
    /// How long before the last download changes are looked for again [default: 600 for Firestore,
    /// 0 for a local Coda]
    #[arg(long, value_name = "SECONDS")]
    overlap_secs: Option<u64>,
    /// Drop labels that somebody removed from Coda on purpose; else they are kept in the files
    #[arg(long)]
    accept_removed_labels: bool,
    #[command(flatten)]
    coda: CodaArguments,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "coda_get",
        about: "Gets messages with their labels from Coda",
        details: "Writes `Coded Coda Files/<dataset>.json` in the data root for each dataset of \
                  the project that Coda has. After the first time it reads only what changed; \
                  now and then, and whenever something does not add up, it reads everything. A \
                  file is replaced when its dataset was read in full, else it stays as it was.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    let data_root = run.create_data_root(&arguments.coda.data_root)?;
    let stage = CodaStage::begin(&arguments.coda, 0, run, &data_root)?;
    let progress = run.progress("datasets", stage.datasets.len() as u64);
    let mut troubles = Troubles::default();
    run.step("get datasets", || {
        for dataset in &stage.datasets {
            let ended = get_dataset(arguments, run, &data_root, &*stage.database, dataset);
            troubles.note(&dataset.dataset, ended)?;
            progress.add(1);
        }
        troubles.end()
    })?;
    run.count_in("documents read", stage.database.n_reads());
    run.wrote(&data_root.coded_coda_files());
    Ok(())
}

fn get_dataset(
    arguments: &Arguments,
    run: &StageRun,
    data_root: &DataRoot,
    database: &dyn DocumentDatabase,
    ProjectDataset { dataset, schemes }: &ProjectDataset,
) -> Result<(), (Failure, Scope)> {
    let here = |error: data_root::FileError| (Failure::from(error), Scope::AllDatasets);
    let files = DownloadFiles::of(data_root, dataset).map_err(here)?;
    let previous = files.read(dataset, database.identity()).map_err(here)?;
    let schemes: Vec<_> = schemes.iter().map(|scheme| &*scheme.scheme).collect();
    let options = GetOptions {
        mode: if arguments.full { Mode::Full } else { Mode::Incremental },
        overlap: arguments.overlap_secs.map(Duration::from_secs),
        full_every: Duration::from_secs(arguments.full_every_days.saturating_mul(SECS_PER_DAY)),
        removed_labels: match arguments.accept_removed_labels {
            true => RemovedLabels::Drop,
            false => RemovedLabels::Keep,
        },
        project_schemes: &schemes,
    };
    let (download, report) = match get(database, dataset, &previous, &options) {
        Ok(Got::Dataset(download, report)) => (download, report),
        Ok(Got::NoDataset) => {
            say_there_is_none(dataset, &previous);
            return Ok(());
        }
        Err(error) => return Err(failed(error)),
    };
    let n_messages = download.messages.len();
    run.count_out("messages", n_messages as u64);
    run.count_in("new messages", report.n_new as u64);
    run.count_in("changed messages", report.n_changed as u64);
    files.write(*download, &previous).map_err(here)?;
    say_what_was_found(run, dataset, n_messages, &report, &previous);
    Ok(())
}

fn say_there_is_none(dataset: &Dataset, previous: &Previous) {
    match previous {
        Previous::Nothing => info!(%dataset, "Not in Coda yet: coding has not begun."),
        _ => warn!(%dataset, "No longer in Coda; the file with its labels stays as it is."),
    }
}

fn say_what_was_found(
    run: &StageRun,
    dataset: &Dataset,
    n_messages: usize,
    report: &Report,
    previous: &Previous,
) {
    let Report { n_new, n_changed, .. } = *report;
    match report.full_because {
        None => info!(%dataset, n_messages, n_new, n_changed, "Read what changed."),
        Some(reason) => {
            let n_removed = report.removed.len();
            info!(%dataset, n_messages, n_new, n_changed, n_removed, "Read everything: {reason}.");
        }
    }
    if let Previous::Unusable { reason, .. } = previous {
        warn!(
            %dataset,
            "Could not build on `Coded Coda Files/{dataset}.json`: {reason}. It is kept as \
             `{dataset}.json.replaced` where it differs."
        );
    }
    warn_of_what_is_gone(run, dataset, report);
    warn_of_what_is_odd(dataset, report);
}

fn warn_of_what_is_gone(run: &StageRun, dataset: &Dataset, report: &Report) {
    if !report.removed.is_empty() {
        run.count_dropped("messages removed from Coda", report.removed.len() as u64);
        let n_labelled = report.removed.iter().filter(|message| message.was_labelled).count();
        let ids: Vec<&str> = report.removed.iter().map(|it| it.message_id.as_str()).collect();
        warn!(
            %dataset, n_messages = ids.len(), n_labelled,
            "Messages were removed from Coda: {}.", some_of(&ids)
        );
    }
    if !report.with_removed_labels.is_empty() {
        let ids = &report.with_removed_labels;
        warn!(
            %dataset, n_messages = ids.len(),
            "Coda no longer has labels that people gave to: {}. Unless `--accept-removed-labels` \
             is given, the file keeps them; `coda-datasets label --restore` puts them back into \
             Coda.", some_of(ids)
        );
    }
}

fn warn_of_what_is_odd(dataset: &Dataset, report: &Report) {
    if !report.copies.is_empty() {
        warn!(
            %dataset, n_messages = report.copies.len(),
            "Messages are in Coda more than once; their labels are taken together: {}.",
            some_of(&report.copies)
        );
    }
    if !report.unknown_labels.is_empty() {
        warn!(
            %dataset, n_labels = report.unknown_labels.len(),
            "Labels fit neither a scheme in Coda nor one of the project; they are kept: {}.",
            some_of(&report.unknown_labels)
        );
    }
    if !report.without_sequence_number.is_empty() {
        warn!(
            %dataset, n_messages = report.without_sequence_number.len(),
            "Messages without a sequence number are at the end of the file: {}.",
            some_of(&report.without_sequence_number)
        );
    }
}
