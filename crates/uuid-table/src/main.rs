//! `uuid-table`: looks into a table of participant ids, and back from an id to a person.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use google_services::Credentials;
use uuid_table::{ParticipantUuid, UuidTable};

/// Looks into a table of participant ids.
///
/// `lookup` and `export` print phone numbers and other addresses of people, so they need
/// `--reveal-people`. Exit status: 0 done, 1 failed and said why, 2 wrong arguments.
#[derive(Parser)]
#[command(version, after_help = "Example: uuid-table services.json demo count")]
struct Arguments {
    /// Credentials of the table: what `FirebaseCredentialsFileURL` of the configuration names
    credentials_file_path: PathBuf,
    /// The `TableName` of the configuration
    table_name: String,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Prints how many people are in the table
    Count,
    /// Prints as CSV who is behind ids
    Lookup {
        #[command(flatten)]
        consent: Consent,
        /// Ids as they stand in the data
        #[arg(required = true)]
        uuids: Vec<String>,
    },
    /// Prints as CSV who is behind every id of the table
    Export {
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Args)]
struct Consent {
    /// I may see who these people are, and will keep what is printed apart from the data
    #[arg(long, required = true)]
    reveal_people: bool,
}

fn main() -> ExitCode {
    match run(&shell_completions::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let credentials = Credentials::read(&arguments.credentials_file_path)?;
    // Nobody is added here, so no id needs a prefix.
    let table = UuidTable::open(&credentials, &arguments.table_name, "")?;
    match &arguments.task {
        Task::Count => writeln!(io::stdout(), "{}", table.count()?).context("could not print")?,
        Task::Lookup { uuids, .. } => {
            let wanted: Vec<ParticipantUuid> =
                uuids.iter().map(|uuid| ParticipantUuid::from(uuid.as_str())).collect();
            let urns = table.urns(&wanted)?;
            let found = wanted.iter().filter_map(|uuid| Some((uuid, urns.get(uuid)?.reveal())));
            print_csv(found)?;
            let n_missing = wanted.iter().filter(|uuid| !urns.contains_key(uuid)).count();
            anyhow::ensure!(n_missing == 0, "{n_missing} of the ids are not in the table");
        }
        Task::Export { .. } => {
            let all = table.all()?;
            print_csv(all.iter().map(|(urn, uuid)| (uuid, urn.reveal())))?;
        }
    }
    Ok(())
}

fn print_csv<'a>(rows: impl Iterator<Item = (&'a ParticipantUuid, &'a str)>) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(io::stdout().lock());
    csv.write_record(["uuid", "urn"])?;
    for (uuid, urn) in rows {
        csv.write_record([uuid.as_str(), urn])?;
    }
    csv.flush().context("could not print")
}
