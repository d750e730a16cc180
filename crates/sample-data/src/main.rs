//! `sample-data`: makes raw data and coded Coda files of any size for a configuration.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use data_root::DataRoot;
use sample_data::{Case, Cases, Options, SampleDataError, Summary, generate};

/// Makes raw data and coded Coda files of any size for a configuration.
///
/// Writes `Raw Data/<flow>.jsonl` for every flow and `Coded Coda Files/<dataset>.json` for every
/// dataset of the configuration, so that stage 3 can run on them.
/// Everything is made up.
/// The same options give the same bytes.
///
/// Example: `sample-data --configuration pipeline_configs/demo/pipeline_config.json --messages
/// 60 --people 20 --seed 1 demo-data`
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The pipeline configuration to make data for.
    #[arg(long, value_name = "FILE")]
    configuration: PathBuf,
    /// How many radio show messages.
    #[arg(long, value_name = "N", default_value_t = 600)]
    messages: u64,
    /// How many people.
    #[arg(long, value_name = "N", default_value_t = 150)]
    people: u64,
    /// Another seed gives other data.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Of a hundred texts, how many are labelled.
    #[arg(long, value_name = "P", default_value_t = 70, value_parser = clap::value_parser!(u32).range(0..=100))]
    labelled_percent: u32,
    /// Leaves an awkward case out, such as `null-message`; a wrong name lists them all.
    #[arg(long, value_name = "CASE")]
    without: Vec<Case>,
    /// The data root to write to; made when it is missing, files in it are replaced.
    output_data_root: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Arguments = shell_completions::parse();
    match run(&arguments) {
        Ok(summary) => {
            report(&summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(hint) = hint_of(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Summary> {
    let project = pipeline_config::load_project(&arguments.configuration)?;
    let options = Options {
        n_messages: arguments.messages,
        n_people: arguments.people,
        seed: arguments.seed,
        labelled_percent: arguments.labelled_percent,
        cases: arguments.without.iter().fold(Cases::all(), |cases, case| cases.without(*case)),
    };
    let data_root = DataRoot::create(&arguments.output_data_root).map_err(SampleDataError::from)?;
    Ok(generate(&project, &options, &data_root)?)
}

fn report(summary: &Summary) {
    eprintln!("made {} messages and {} survey runs", summary.n_messages, summary.n_survey_runs);
    eprintln!(
        "made {} Coda messages, {} of them labelled",
        summary.n_coda_messages, summary.n_labelled
    );
    for flow in &summary.empty_flows {
        eprintln!("flow `{flow}` stays empty: only runs and recovered messages are made");
    }
}

fn hint_of(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<SampleDataError>() {
        return error.hint();
    }
    error.downcast_ref::<pipeline_config::ConfigurationError>()?.hint()
}
