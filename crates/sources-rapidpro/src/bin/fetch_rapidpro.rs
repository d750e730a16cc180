//! Stage 2, RapidPro: the first part of `run_scripts/2_fetch_raw_data.sh`.

use std::process::ExitCode;
use std::sync::Arc;

use fetching::program::{Arguments, Fetching, Services, all_done, with_hint};
use pipeline_config::{Project, RapidProSource, RawDataSource};
use sources_rapidpro::{Fetch, Fetched, LABEL_STEP, RapidPro, RapidProError, SystemClock, Token};
use stage_runner::{Failure, OrHint, Stage, StageRun};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    let fetching = Fetching::begin(arguments, run)?;
    let sources: Vec<&RapidProSource> = rapidpro_sources(&fetching.project).collect();
    if sources.is_empty() {
        tracing::info!("The configuration has no RapidPro source.");
        return Ok(());
    }
    let services = fetching.open_services()?;
    let table = fetching.open_table(&services)?;
    let operators = fetching.operator_labels(LABEL_STEP);
    let progress = run.progress("runs", None);
    let fetch = |source: &RapidProSource| -> Result<Fetched, Failure> {
        let server = open_workspace(&services, source)?;
        let fetch = Fetch {
            server: &server,
            source,
            table: &table,
            data_root: &fetching.data_root,
            run: &fetching.identity,
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
    run.wrote(&fetching.data_root.raw_data());
    all_done(failures)
}

fn rapidpro_sources(project: &Project) -> impl Iterator<Item = &RapidProSource> {
    project.configuration.raw_data_sources.iter().filter_map(|source| match source {
        RawDataSource::RapidPro(source) => Some(source),
        _ => None,
    })
}

/// The workspace of a source, whose token is in a bucket.
fn open_workspace(services: &Services, source: &RapidProSource) -> Result<RapidPro, Failure> {
    let url = &source.token_file_url;
    let token = Token::parse(&services.read_text(url)?, url).or_hint(RapidProError::hint)?;
    let clock = Arc::new(SystemClock::start());
    RapidPro::new(source, token, clock).or_hint(RapidProError::hint)
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
            with_hint(failure, hint)
        })
        .collect()
}
