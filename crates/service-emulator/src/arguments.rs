//! What the program is told on the command line.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};

/// Stands in for RapidPro, Facebook and Google Drive on this machine.
///
/// Gives what a pipeline configuration fetches, with made-up people and messages, or with those of
/// a data root. Prints its URL on one line when it is ready, and runs until it is stopped (Ctrl-C,
/// SIGTERM). It listens on this machine only.
///
/// Set `Domain` of the RapidPro sources to the URL. Tokens that it takes are written by
/// `--services-root`.
///
/// To steer it while it runs, e.g. to get to later messages:
/// `curl -d '{"until": "2024-02-10T00:00:00Z"}' -H 'Content-Type: application/json' <URL>/control/time`;
/// `<URL>/control/state` shows what is there, docs/fetching.md what else there is.
#[derive(Debug, clap::Parser)]
#[command(version)]
pub struct Arguments {
    /// The pipeline configuration whose flows it has
    #[arg(long, value_name = "FILE")]
    pub configuration: PathBuf,
    /// Gives the messages of this data root; without it, messages are made up
    #[arg(long, value_name = "DIR", conflicts_with_all = ["messages", "people", "seed"])]
    pub raw_data: Option<PathBuf>,
    /// How many radio show messages are made up
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub messages: u64,
    /// How many people are made up
    #[arg(long, value_name = "N", default_value_t = 150)]
    pub people: u64,
    /// Another seed gives other messages
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The port; 0 is a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Writes tokens and credentials that fit below this directory, the `root` of local credentials
    #[arg(long, value_name = "DIR")]
    pub services_root: Option<PathBuf>,
    /// At first shows what happened up to this time only, e.g. `2024-02-10T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    pub until: Option<DateTime<Utc>>,
    /// Has runs that changed before this day in archives only, e.g. `2024-02-05`
    #[arg(long, value_name = "DAY")]
    pub archive_before: Option<NaiveDate>,
    /// Says what people typed, as servers before December 2024 did
    #[arg(long)]
    pub gives_input: bool,
    /// Ends also when its standard input is closed, so that a script that ends leaves nothing behind
    #[arg(long)]
    pub until_stdin_closes: bool,
}
