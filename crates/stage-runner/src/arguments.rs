//! The options that every stage has.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches, ValueEnum};

use crate::build::LONG_VERSION;
use crate::stage::Stage;

/// What is the same on the command line of each stage.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every stage")]
pub(crate) struct CommonArguments {
    /// Write a CPU profile to this HTML file; open it in a web browser
    #[arg(long, value_name = "HTML")]
    pub(crate) profile_cpu: Option<PathBuf>,
    /// Write memory over time to this file; `mprof plot` draws it
    #[arg(long, value_name = "FILE")]
    pub(crate) profile_memory: Option<PathBuf>,
    /// How log lines on standard error look
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// How many threads work at once [default: one per processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Log more; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Log warnings and errors only, and show no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people; progress bars when standard error is a terminal
    Text,
    /// One JSON object per line
    Json,
}

/// Parses the command line of `stage`, whose own arguments are `A`.
///
/// # Errors
///
/// What clap wants to show: the help, the version, or what is wrong.
pub(crate) fn parse<A: Args>(
    stage: &Stage,
    command_line: impl Iterator<Item = OsString>,
) -> Result<(A, CommonArguments), clap::Error> {
    let mut command = command::<A>(stage);
    let matches = command.try_get_matches_from_mut(command_line)?;
    let format = |error: clap::Error| error.format(&mut command.clone());
    let own = A::from_arg_matches(&matches).map_err(format)?;
    let common = CommonArguments::from_arg_matches(&matches).map_err(format)?;
    Ok((own, common))
}

/// The command line of `stage`, whose own arguments are `A`.
pub(crate) fn command<A: Args>(stage: &Stage) -> Command {
    let command = CommonArguments::augment_args(A::augment_args(Command::new(stage.program())));
    // Documentation of the argument structs must not replace what the stage says of itself.
    command
        .version(LONG_VERSION)
        .about(format!("{}.", stage.about))
        .long_about(format!("{}.\n\n{}", stage.about, stage.details))
        .after_help("`--help` says more.")
        .after_long_help(AFTER_HELP)
        .max_term_width(100)
}

const AFTER_HELP: &str = "\
Exit status:
  0  done
  1  failed; standard error says why
  2  wrong arguments

Environment:
  PCVE_RUN_ID        id of this run, instead of <UTC now>-<git hash>
  SOURCE_DATE_EPOCH  seconds since 1970 that stand for now, for runs that can be repeated
  RUST_LOG           which log lines appear, e.g. `warn,coda_io=debug`; wins over -v and -q
  PCVE_SHOW_PANICS   set to show the message of a bug, which can include what people wrote

Each run is recorded in `run_manifest.json` of the data root.";
