//! `text-cleaners`: try the cleaners on the command line, and measure them.

mod measure;
mod mended;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use text_cleaners::{Cleaner, UnknownCleaner};

use crate::measure::Half;

/// What is written for a text that is left to a human.
const NOT_CODED: &str = "NC";

/// Codes for short free-text answers in Somali, Swahili and English.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  Which cleaners are there?
    $ text-cleaners list

  Code a file of answers, one a line; what cannot be cleaned is NC.
    $ text-cleaners clean somalia-district < answers.txt

  Why was this answer given that code?
    $ text-cleaners explain gender 'waxaan ahay gabadh'

Exit status: 0 done, 1 failed and said why, 2 wrong arguments."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read texts from standard input, one a line, and write the code of each on a line.
    Clean {
        /// Name of a cleaner, see `text-cleaners list`.
        #[arg(value_parser = cleaner)]
        name: Cleaner,
    },
    /// Say which words of a text were recognized, how, and what was made of them.
    Explain {
        /// Name of a cleaner, see `text-cleaners list`.
        #[arg(value_parser = cleaner)]
        name: Cleaner,
        /// The text to explain.
        text: String,
    },
    /// Write the names of the cleaners, each with its number of codes.
    List,
    /// Compare the cleaners with another implementation's outputs, and list what differs.
    Measure {
        /// JSON file with `text_functions` and `phone_functions`, each `inputs` and `outputs`.
        vectors: PathBuf,
        /// Measure only this cleaner.
        #[arg(long, value_parser = cleaner)]
        cleaner: Option<Cleaner>,
        /// Measure only every other input: those that words may be chosen by, or the others.
        #[arg(long)]
        half: Option<Half>,
        /// Write the figures only, not the inputs that differ.
        #[arg(long)]
        summary: bool,
    },
}

fn main() -> ExitCode {
    let arguments: Arguments = shell_completions::parse();
    let result = run(&arguments.command);
    exit_code(result)
}

fn run(command: &Command) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        Command::Clean { name } => clean(*name, &mut io::stdin().lock(), &mut out)?,
        Command::Explain { name, text } => writeln!(out, "{}", name.explain(text))?,
        Command::List => list(&mut out)?,
        Command::Measure { vectors, cleaner, half, summary } => {
            let measures = measure::measure(vectors, *cleaner, *half)?;
            measure::write_report(&measures, *summary, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

fn clean(cleaner: Cleaner, texts: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    while 0 < texts.read_until(b'\n', &mut line)? {
        let code = cleaner.clean(&String::from_utf8_lossy(&line));
        writeln!(out, "{}", code.as_deref().unwrap_or(NOT_CODED))?;
        line.clear();
    }
    Ok(())
}

fn list(out: &mut impl Write) -> io::Result<()> {
    for cleaner in Cleaner::all() {
        writeln!(out, "{}\t{} codes", cleaner.name(), cleaner.codes().count())?;
    }
    Ok(())
}

fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // The reader had enough, as in `text-cleaners list | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            if let Some(hint) = error.downcast_ref().and_then(measure::VectorsError::hint) {
                let _ = writeln!(io::stderr(), "hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Reads a cleaner's name; the error lists those there are.
fn cleaner(name: &str) -> Result<Cleaner, String> {
    name.parse().map_err(|error: UnknownCleaner| {
        let hint = error.hint().unwrap_or_default();
        format!("{error}\nhint: {hint}")
    })
}
