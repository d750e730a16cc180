//! Stage 2, Facebook: the second part of `run_scripts/2_fetch_raw_data.sh`.

use std::process::ExitCode;
use std::sync::Arc;

use fetching::program::{Arguments, Fetching, Services, all_done, with_hints};
use fetching::{SystemClock, Time};
use pipeline_config::{FacebookSource, RawDataSource};
use sources_facebook::{
    DEFAULT_VERSION, FacebookError, Fetch, Fetched, Graph, MetricsFile, MetricsFileError, Token,
};
use stage_runner::{Failure, OrHint, Stage, StageRun};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the Graph API is, for tests and the demo.
const EMULATOR_VARIABLE: &str = "GRAPH_EMULATOR_HOST";

fn main() -> ExitCode {
    let stage = Stage {
        name: "fetch_facebook",
        about: "Fetches comments under posts from Facebook, without saying who wrote them",
        details: "Writes `Raw Data/<Name>_<PageID>.jsonl` for each dataset of the Facebook sources \
                  of the configuration, and `Engagement Metrics/facebook_metrics.csv`. Reads all \
                  comments each time, since Facebook does not say which changed; when it is \
                  stopped, the next run continues there. A dataset that fails keeps its old files.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    let fetching = Fetching::begin(arguments, run)?;
    let sources: Vec<&FacebookSource> = facebook_sources(&fetching).collect();
    if sources.is_empty() {
        tracing::info!("The configuration has no Facebook source.");
        return Ok(());
    }
    let services = fetching.open_services()?;
    let table = fetching.open_table(&services)?;
    let progress = run.progress("comments", None);
    let fetch = |source: &FacebookSource| -> Result<Fetched, Failure> {
        let graph = open_graph(&services, source)?;
        let fetch = Fetch {
            graph: &graph,
            source,
            table: &table,
            data_root: &fetching.data_root,
            run: &fetching.identity,
            started_at: Time(run.info().started_at),
            on_progress: &|n| progress.add(n),
        };
        Ok(fetch.run())
    };
    let mut failures = Vec::new();
    let mut metrics = MetricsFile::default();
    let mut without_metrics = Vec::new();
    for source in sources {
        let mut failed = |dataset: String| without_metrics.push((source.page_id.clone(), dataset));
        match run.step("fetch from Facebook", || fetch(source)) {
            Ok(fetched) => {
                fetched.metrics.iter().for_each(|of_post| metrics.add(of_post));
                fetched.without_metrics.iter().cloned().for_each(failed);
                failures.extend(report(run, fetched));
            }
            Err(failure) => {
                source.datasets.iter().for_each(|dataset| failed(dataset.name.clone()));
                failures.push(failure);
            }
        }
    }
    run.wrote(&fetching.data_root.raw_data());
    let path = fetching.data_root.engagement_metrics();
    metrics.keep(&path, &without_metrics).or_hint(MetricsFileError::hint)?;
    if !metrics.is_empty() {
        metrics.write(&path).or_hint(MetricsFileError::hint)?;
        run.wrote(&path);
    }
    all_done(failures)
}

fn facebook_sources(fetching: &Fetching) -> impl Iterator<Item = &FacebookSource> {
    fetching.project.configuration.raw_data_sources.iter().filter_map(|source| match source {
        RawDataSource::Facebook(source) => Some(source),
        _ => None,
    })
}

/// The Graph API for the page of a source, whose token is in a bucket.
fn open_graph(services: &Services, source: &FacebookSource) -> Result<Graph, Failure> {
    let url = &source.token_file_url;
    let token = Token::parse(&services.read_text(url)?, url).or_hint(FacebookError::hint)?;
    let emulator = std::env::var(EMULATOR_VARIABLE).ok().filter(|host| !host.is_empty());
    let version = source.graph_version.as_deref().unwrap_or(DEFAULT_VERSION);
    tracing::debug!(page = source.page_id, version, "Opening the Graph API.");
    let clock = Arc::new(SystemClock::start());
    Graph::new(source, emulator.as_deref(), token, clock).or_hint(FacebookError::hint)
}

/// Counts what was fetched; gives what was not.
fn report(run: &StageRun, fetched: Fetched) -> Vec<Failure> {
    run.count_in("new comments", fetched.n_new);
    run.count_in("changed comments", fetched.n_changed);
    run.count_out("comments", fetched.n_comments);
    run.count_out("comments by people whom Facebook does not name", fetched.n_by_unknown);
    run.count_out("posts with metrics", fetched.metrics.len() as u64);
    run.count_dropped("comments that are no longer on Facebook", fetched.n_gone);
    with_hints(fetched.failures, |failure| failure.source.hint())
}
