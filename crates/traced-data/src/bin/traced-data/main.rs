//! `traced-data`: looks into TracedData files.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use traced_data::ReadError;

use crate::select::NoneFound;

mod compare;
mod history;
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

An object is a message in messages_traced_data.jsonl, a person in individuals_traced_data.jsonl.
Keys are those of the files; a column `age` of the CSV files is the key `age_coded`.

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
    let arguments: Arguments = shell_completions::parse();
    let is_diff = matches!(arguments.command, Command::Diff { .. });
    let mut out = BufWriter::new(io::stdout().lock());
    let result = run(arguments.command, &mut out);
    match result.and_then(|outcome| Ok(out.flush().map(|()| outcome)?)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Differs) => ExitCode::FAILURE,
        Ok(Outcome::Damaged(errors)) => {
            errors.into_iter().map(anyhow::Error::from).for_each(|error| report(&error));
            ExitCode::FAILURE
        }
        // The reader of a pipe, such as `head`, has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(if is_diff { 2 } else { 1 })
        }
    }
}

/// How a command ended that did what it was asked to do.
enum Outcome {
    Done,
    /// Two files are not the same.
    Differs,
    /// Files are not what the pipeline wrote.
    Damaged(Vec<ReadError>),
}

fn run(command: Command, out: &mut impl Write) -> anyhow::Result<Outcome> {
    match command {
        Command::Verify { files } => match look::verify(&files, out)? {
            errors if errors.is_empty() => Ok(Outcome::Done),
            errors => Ok(Outcome::Damaged(errors)),
        },
        Command::Show { file, conditions, key } => {
            look::show(&file, &conditions, &key, out).map(|()| Outcome::Done)
        }
        Command::History { file, conditions, key } => {
            history::history(&file, &conditions, &key, out).map(|()| Outcome::Done)
        }
        Command::Diff { old, new, summary } => match compare::diff(&old, &new, summary, out)? {
            true => Ok(Outcome::Differs),
            false => Ok(Outcome::Done),
        },
    }
}

fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
    if let Some(hint) = hint(error) {
        eprintln!("hint: {hint}");
    }
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<NoneFound>() {
        return Some(error.hint());
    }
    match error.downcast_ref::<ReadError>()? {
        ReadError::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(
            "check the path; a name with blanks needs quotes, as in 'Raw Data/flow.jsonl'"
                .to_owned(),
        ),
        error => error.hint(),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
