//! `pipeline-run`: what `run_scripts/run_pipeline.sh` needs beyond the stages.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use data_root::DataRoot;
use pipeline_run::{Ended, Ids, Summary};
use stage_runner::{Failure, OrHint as _};

/// What is around the stages of a run; `run_scripts/run_pipeline.sh` calls it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a command while nobody else can work on a data root
    ///
    /// The stages that the command runs can; they know each other by PCVE_RUN_TOKEN in the
    /// environment. Ends as the command ends.
    Hold {
        /// The directory with all data of the pipeline; made when it is missing
        data_root: PathBuf,
        /// The command, after `--`
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Prints the id of a run, and that of the run which its memory profile belongs to
    ///
    /// A new run has a new id, `<UTC now>-<git hash>`, or what PCVE_RUN_ID says. One that begins
    /// after stage 3 goes on with the run that made the outputs.
    Ids {
        /// The stage that the run begins with
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=7))]
        from_stage: u8,
        /// The commit of the checkout [default: that of this program]
        #[arg(long, value_name = "HASH")]
        git_hash: Option<String>,
        /// The directory with all data of the pipeline
        data_root: PathBuf,
    },
    /// Prints what a run did: what came in and went out, what changed, what waits for labelling
    Summarize {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// The id of the run, as in `run_manifest.json`
        run_id: String,
        /// The directory with all data of the pipeline
        data_root: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments: Arguments = shell_completions::parse();
    run(arguments.command).unwrap_or_else(|failure| {
        failure.print();
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Hold { data_root, command } => {
            let [program, arguments @ ..] = &command[..] else {
                unreachable!("the parser asks for a command");
            };
            let ended = pipeline_run::hold(&data_root, program, arguments);
            Ok(match ended.or_hint(pipeline_run::HoldError::hint)? {
                Ended::Exited(status) => ExitCode::from(status),
                Ended::Stopped(signal) => {
                    // The shell that called must see by what this ended.
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                    ExitCode::FAILURE
                }
            })
        }
        Command::Ids { from_stage, git_hash, data_root } => {
            let data_root = DataRoot::open_to_read(&data_root)?;
            let new = stage_runner::new_run_id(git_hash.as_deref())?;
            let Ids { run_id, profile_run_id } = pipeline_run::ids(&data_root, from_stage, &new)
                .or_hint(pipeline_run::ManifestError::hint)?;
            print(&format!("{run_id} {profile_run_id}\n"))
        }
        Command::Summarize { json, run_id, data_root } => {
            let data_root = DataRoot::open_to_read(&data_root)?;
            let summary = pipeline_run::summarize(&data_root, &run_id)
                .or_hint(pipeline_run::ManifestError::hint)?;
            print(&if json { to_json(&summary)? } else { summary.to_string() })
        }
    }
}

fn to_json(summary: &Summary) -> Result<String, Failure> {
    Ok(format!("{}\n", serde_json::to_string(summary)?))
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
