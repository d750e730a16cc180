//! A stage small enough to read: copies the lines of one file of raw data to `Outputs`.
//!
//! The tests of this crate run it as a process; `--mishap` makes it end in other ways.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use data_root::WholeFiles;
use stage_runner::{Failure, OrHint, Stage, StageRun};

#[derive(Args)]
struct Arguments {
    /// Who runs this, e.g. an email address
    user: String,
    /// The directory with all data of the pipeline
    data_root: PathBuf,
    /// Up to which number to count primes, the slow way: work for a profile
    #[arg(long, value_name = "N", default_value_t = 1000)]
    primes_up_to: u64,
    /// Something odd about a configuration
    #[arg(long = "warning", value_name = "TEXT")]
    warnings: Vec<String>,
    /// Ends in another way
    #[arg(long)]
    mishap: Option<Mishap>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mishap {
    /// An error with a cause and a hint
    Error,
    /// A panic in a thread of the pool
    Panic,
    /// Arguments that contradict each other
    Contradiction,
    /// Waits for a signal
    Wait,
}

#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("line 3 is no line")]
    NoLine { source: std::num::ParseIntError },
    #[error("two arguments contradict each other")]
    Contradiction,
}

impl LineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoLine { .. } => Some("write a number on line 3".to_owned()),
            Self::Contradiction => None,
        }
    }
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "copy_lines",
        about: "Copies the lines of a flow",
        details: "Reads `<data-root>/Raw Data/flow.jsonl` and writes `Outputs/messages.csv`.\n\n\
                  Example:\n  copy-lines someone@example.com /data/eu_pcve",
    };
    stage_runner::run_stage(stage, copy_lines)
}

fn copy_lines(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    run.set_user(&arguments.user);
    let data_root = run.open_data_root(&arguments.data_root)?;
    run.set_configuration("c0ffee", &arguments.warnings);
    let text =
        run.step("read raw data", || data_root::read_to_string(&data_root.raw_data_file("flow")?))?;
    run.count_in("lines", text.lines().count() as u64);

    match arguments.mishap {
        Some(mishap) => run.step("have a mishap", || have(mishap, run))?,
        None => run.step("count primes", || count_primes_slowly(arguments.primes_up_to)),
    };

    let (kept, dropped): (Vec<&str>, _) = text.lines().partition(|line| !line.is_empty());
    run.count_dropped("empty lines", dropped.len() as u64);
    let outputs = WholeFiles::new();
    run.step("write outputs", || -> Result<(), Failure> {
        let mut messages = outputs.create(&data_root.outputs().messages_csv())?;
        let progress = run.progress("lines", kept.len() as u64);
        for line in &kept {
            writeln!(messages, "{line}")?;
            progress.add(1);
        }
        messages.commit()?;
        Ok(outputs.commit()?)
    })?;
    run.count_out("lines", kept.len() as u64);
    run.wrote(&data_root.outputs().messages_csv());
    Ok(())
}

fn have(mishap: Mishap, run: &StageRun) -> Result<u64, Failure> {
    match mishap {
        Mishap::Error => {
            "three".parse().map_err(|source| LineError::NoLine { source }).or_hint(LineError::hint)
        }
        Mishap::Panic => {
            let words = ["sígue"; 3];
            Ok(rayon::join(|| run.info().user.len(), || words[1][..2].len()).1 as u64)
        }
        Mishap::Contradiction => Err(Failure::wrong_arguments(LineError::Contradiction)),
        Mishap::Wait => {
            writeln!(std::io::stdout(), "waiting")?;
            loop {
                std::thread::park();
            }
        }
    }
}

#[inline(never)]
fn count_primes_slowly(up_to: u64) -> u64 {
    let is_prime = |n: &u64| (2..*n).all(|divisor| !n.is_multiple_of(divisor));
    std::hint::black_box((2..=up_to).filter(is_prime).count() as u64)
}
