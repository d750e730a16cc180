//! Stage 2, RapidPro: the first part of `run_scripts/2_fetch_raw_data.sh`.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use fetching::program::{Arguments, Fetching, Services, all_done, with_hints};
use pipeline_config::{Project, RapidProSource, RawDataSource};
use sources_rapidpro::{
    Fetch, Fetched, LABEL_STEP, RapidPro, RapidProError, SystemClock, Token, WorkspaceSources,
    by_workspace,
};
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
    let mut failures = Vec::new();
    let mut servers = Vec::new();
    for source in sources {
        match open_server(&services, source) {
            Ok(server) => servers.push((source, server)),
            Err(failure) => failures.push(failure),
        }
    }
    let progress = run.progress("runs", None);
    let fetch = |workspace: &WorkspaceSources<'_>| {
        let fetch = Fetch {
            workspace,
            table: &table,
            data_root: &fetching.data_root,
            run: &fetching.identity,
            operators: operators.as_ref(),
            on_progress: &|n| progress.add(n),
        };
        fetch.run()
    };
    let results = run.step("fetch from RapidPro", || {
        let (workspaces, refusals) = by_workspace(servers);
        let fetched = thread::scope(|scope| {
            let fetch = &fetch;
            let threads: Vec<_> =
                workspaces.iter().map(|workspace| scope.spawn(move || fetch(workspace))).collect();
            let results = threads
                .into_iter()
                .map(|it| it.join().unwrap_or_else(|panic| resume_unwind(panic)));
            results.collect::<Vec<_>>()
        });
        refusals.into_iter().map(Err).chain(fetched).collect::<Vec<_>>()
    });
    for result in results {
        match result.or_hint(RapidProError::hint) {
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

/// The server of a source, whose token is in a bucket.
fn open_server(services: &Services, source: &RapidProSource) -> Result<RapidPro, Failure> {
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
    with_hints(fetched.failures, |failure| failure.source.hint())
}
