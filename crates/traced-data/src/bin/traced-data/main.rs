//! `traced-data`: looks into TracedData files.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod compare;
mod look;
mod select;

/// Looks into TracedData files: checks them, shows objects, follows values back to their source
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  traced-data verify 'Raw Data'/*.jsonl
  traced-data show Outputs/individuals_traced_data.jsonl --where uid=avf-phone-uuid-1c…
  traced-data history Outputs/messages_traced_data.jsonl --where uid=avf-phone-uuid-1c… --key age_coded
  traced-data diff yesterday/individuals_traced_data.jsonl Outputs/individuals_traced_data.jsonl

The result goes to standard output. Exit status: 0 done, 1 failed, 2 wrong arguments;
for `diff`, 0 when nothing changed and 1 when something did, 2 when it failed.";

#[derive(Subcommand)]
enum Command {
    /// Check that files are whole: every line readable, every SHA chain unbroken
    Verify {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the latest values of objects, sorted by key
    Show {
        /// The file
        file: PathBuf,
        /// Only objects in which the key has this value; all conditions must hold
        #[arg(long = "where", value_name = "KEY=VALUE")]
        conditions: Vec<select::Condition>,
        /// Only these keys
        #[arg(long)]
        key: Vec<String>,
    },
    /// Show who changed a key of objects, when, in which step, from what to what
    History {
        /// The file
        file: PathBuf,
        /// Only objects in which the key has this value; all conditions must hold
        #[arg(long = "where", value_name = "KEY=VALUE")]
        conditions: Vec<select::Condition>,
        /// The keys to follow
        #[arg(long, required = true)]
        key: Vec<String>,
    },
    /// Show which objects and keys changed between two runs, clock times of labels aside
    Diff {
        /// The file of the earlier run
        old: PathBuf,
        /// The file of the later run
        new: PathBuf,
        /// Only count the changes of each key
        #[arg(long)]
        summary: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_diff = matches!(arguments.command, Command::Diff { .. });
    let mut out = BufWriter::new(io::stdout().lock());
    let result = run(arguments.command, &mut out);
    match result.and_then(|changed| Ok(out.flush().map(|()| changed)?)) {
        Ok(changed) => ExitCode::from(u8::from(changed)),
        // The reader of a pipe, such as `head`, has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let read_error = error.downcast_ref::<traced_data::ReadError>();
            if let Some(hint) = read_error.and_then(traced_data::ReadError::hint) {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(if is_diff { 2 } else { 1 })
        }
    }
}

/// Runs a command; gives whether the exit status should say that two files differ.
fn run(command: Command, out: &mut impl Write) -> anyhow::Result<bool> {
    match command {
        Command::Verify { files } => look::verify(&files, out).map(|()| false),
        Command::Show { file, conditions, key } => {
            look::show(&file, &conditions, &key, out).map(|()| false)
        }
        Command::History { file, conditions, key } => {
            look::history(&file, &conditions, &key, out).map(|()| false)
        }
        Command::Diff { old, new, summary } => compare::diff(&old, &new, summary, out),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
