//! Stage 2, files: the third part of `run_scripts/2_fetch_raw_data.sh`.

use std::process::ExitCode;

use fetching::program::{Arguments, Fetching, all_done, with_hints};
use pipeline_config::{RawDataSource, UrlSource};
use sources_files::{Fetch, Fetched, FileKind, LABEL_STEP, Operators, RowFormat};
use stage_runner::{Failure, Stage, StageRun};
use uuid_table::UuidTable;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let stage = Stage {
        name: "fetch_files",
        about: "Fetches raw data and recovered messages from files in buckets",
        details: "Writes `Raw Data/<flow>.jsonl` for each file of the `GCloudBucket` and \
                  `RecoveryCSV` sources of the configuration; the flow is the file's name up to \
                  its first dot. A file that is the same as last time is not fetched again; one \
                  that cannot be used keeps its old raw data.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    let fetching = Fetching::begin(arguments, run)?;
    let sources = &fetching.project.configuration.raw_data_sources;
    if !sources.iter().any(|source| files_of(source).is_some()) {
        tracing::info!("The configuration has no source of files.");
        return Ok(());
    }
    let services = fetching.open_services()?;
    let labels = fetching.operator_labels(LABEL_STEP);
    // Only who looks up operators needs the table.
    let table: Option<UuidTable> = match &labels {
        Some(_) if sources.iter().any(has_recovered_shows) => Some(fetching.open_table(&services)?),
        _ => None,
    };
    let operators =
        labels.as_ref().zip(table.as_ref()).map(|(labels, table)| Operators { labels, table });
    let recovery_csv = FileKind::RecoveryCsv {
        format: RowFormat {
            uuid_prefix: &fetching.project.configuration.uuid_table.uuid_prefix,
            time_zone: fetching.project.time_zone(),
        },
        run: &fetching.identity,
        operators,
    };
    let mut failures = Vec::new();
    for source in sources {
        let Some(files) = files_of(source) else { continue };
        let is_csv = matches!(source, RawDataSource::RecoveryCsv(_));
        let fetch = Fetch {
            buckets: &*services.buckets,
            kind: if is_csv { recovery_csv } else { FileKind::RawData },
            source: files,
            data_root: &fetching.data_root,
            configuration_hash: &fetching.project.configuration_hash,
        };
        failures.extend(report(run, run.step("fetch files", || fetch.run())));
    }
    run.wrote(&fetching.data_root.raw_data());
    all_done(failures)
}

fn files_of(source: &RawDataSource) -> Option<&UrlSource> {
    match source {
        RawDataSource::GCloudBucket(files) | RawDataSource::RecoveryCsv(files) => Some(files),
        RawDataSource::RapidPro(_) | RawDataSource::Facebook(_) => None,
    }
}

fn has_recovered_shows(source: &RawDataSource) -> bool {
    matches!(source, RawDataSource::RecoveryCsv(files) if !files.activation_flow_urls.is_empty())
}

/// Counts what was fetched; gives what was not.
fn report(run: &StageRun, fetched: Fetched) -> Vec<Failure> {
    run.count_in("new or changed files", fetched.n_files);
    run.count_in("unchanged files", fetched.n_unchanged);
    run.count_out("objects", fetched.n_objects);
    if 0 < fetched.n_unknown_senders {
        run.count_out("senders whose operator is not known", fetched.n_unknown_senders);
    }
    with_hints(fetched.failures, |failure| failure.source.hint())
}
