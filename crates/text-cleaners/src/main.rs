//! `text-cleaners`: try the cleaners on the command line, and measure them.

mod measure;
mod mended;

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use checked_json::ProblemList;
use clap::{Parser, Subcommand};
use text_cleaners::{Cleaner, Country};

use crate::measure::Half;

/// What is written for a text that is left to a human.
const NOT_CODED: &str = "NC";

/// Codes for short free-text answers, by the words, places and operators of a country.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  Which cleaners are there?
    $ text-cleaners list

  Code a file of answers, one a line; what cannot be cleaned is NC.
    $ text-cleaners clean gender < answers.txt

  Why was this answer given that code?
    $ text-cleaners explain gender 'waxaan ahay gabadh'

  The cleaners of a project with a country of its own:
    $ text-cleaners --country pipeline_configs/kenya/country list

Exit status: 0 done, 1 failed and said why, 2 wrong arguments."
)]
struct Arguments {
    /// A country that comes with the program, or a directory with a `country.json`. Left out: the
    /// only one that comes with the program.
    #[arg(long, global = true, value_name = "NAME_OR_DIRECTORY")]
    country: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read texts from standard input, one a line, and write the code of each on a line.
    Clean {
        /// Name of a cleaner, see `text-cleaners list`.
        name: String,
    },
    /// Say which words of a text were recognized, how, and what was made of them.
    Explain {
        /// Name of a cleaner, see `text-cleaners list`.
        name: String,
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
        #[arg(long)]
        cleaner: Option<String>,
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
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader had enough, as in `text-cleaners list | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let country = country(arguments.country.as_deref())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match &arguments.command {
        Command::Clean { name } => {
            clean(cleaner(&country, name)?, &mut io::stdin().lock(), &mut out)?;
        }
        Command::Explain { name, text } => {
            writeln!(out, "{}", cleaner(&country, name)?.explain(text))?;
        }
        Command::List => list(&country, &mut out)?,
        Command::Measure { vectors, cleaner: name, half, summary } => {
            let only = name.as_deref().map(|name| cleaner(&country, name)).transpose()?;
            let measures = measure::measure(vectors, &country, only, *half)?;
            measure::write_report(&measures, *summary, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// Why a country or cleaner cannot be used.
#[derive(Debug, thiserror::Error)]
enum ChoiceError {
    #[error("there is no cleaner `{name}`")]
    UnknownCleaner { name: String, known: String },
    #[error("several countries come with the program")]
    NoCountry { known: String },
    #[error("country `{name}` cannot be used:\n{problems}")]
    Country { name: String, problems: String },
}

impl ChoiceError {
    /// What the operator can try.
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownCleaner { known, .. } => Some(format!("cleaners are {known}")),
            Self::NoCountry { known } => Some(format!("choose one with `--country`: {known}")),
            Self::Country { .. } => None,
        }
    }
}

fn country(name: Option<&str>) -> Result<Country, ChoiceError> {
    let mut built_in = Country::built_in_names();
    let name = match (name, built_in.next(), built_in.next()) {
        (Some(name), _, _) if is_directory(name) => format!("{name}/"),
        (Some(name), _, _) => name.to_owned(),
        (None, Some(only), None) => only.to_owned(),
        _ => return Err(ChoiceError::NoCountry { known: quoted(Country::built_in_names()) }),
    };
    let (country, problems) = Country::load(&name, Path::new(""));
    let problems = ProblemList(&problems).to_string();
    country.ok_or(ChoiceError::Country { name, problems })
}

fn is_directory(name: &str) -> bool {
    !Country::built_in_names().any(|known| known == name) && Path::new(name).is_dir()
}

fn cleaner<'a>(country: &'a Country, name: &str) -> Result<&'a Cleaner, ChoiceError> {
    country.cleaner(name).ok_or_else(|| ChoiceError::UnknownCleaner {
        name: name.to_owned(),
        known: quoted(country.cleaners().iter().map(Cleaner::name)),
    })
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn clean(cleaner: &Cleaner, texts: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    while 0 < texts.read_until(b'\n', &mut line)? {
        let text = String::from_utf8_lossy(&line);
        let code = cleaner.clean(&text);
        writeln!(out, "{}", code.unwrap_or(NOT_CODED))?;
        line.clear();
    }
    Ok(())
}

fn list(country: &Country, out: &mut impl Write) -> io::Result<()> {
    for cleaner in country.cleaners() {
        writeln!(out, "{}\t{} codes", cleaner.name(), cleaner.codes().len())?;
    }
    Ok(())
}

/// Says what went wrong; a wrong choice is a wrong argument.
fn report(error: &anyhow::Error) -> ExitCode {
    let choice = error.downcast_ref::<ChoiceError>();
    let hint = choice
        .and_then(ChoiceError::hint)
        .or_else(|| error.downcast_ref().and_then(measure::VectorsError::hint));
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {error:#}");
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
    match choice {
        Some(_) => ExitCode::from(2),
        None => ExitCode::FAILURE,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
