//! What every stage binary shares: arguments, logs, progress, profiling, run manifest, exit status.
//!
//! A binary says what stage it is and what it does; [`run_stage`] does everything around that:
//!
//! - arguments, a `--help` that teaches and a `--version` with the git hash;
//! - logs on standard error (plain, or one JSON object per line), progress bars on a terminal;
//! - a CPU profile and a memory profile, when asked for (see `docs/profiling.md`);
//! - an entry in `run_manifest.json` of the data root, also when the stage fails or is stopped;
//! - the error chain and one hint, and the exit status: 0 done, 1 failed and said why, 2 wrong
//!   arguments.
//!
//! ```no_run
//! //! Counts the lines of the raw data.
//! use std::path::PathBuf;
//! use std::process::ExitCode;
//!
//! use stage_runner::{Failure, Stage, StageRun};
//!
//! #[derive(clap::Args)]
//! struct Arguments {
//!     /// Who runs this, e.g. an email address
//!     user: String,
//!     /// The directory with all data of the pipeline
//!     data_root: PathBuf,
//! }
//!
//! fn main() -> ExitCode {
//!     let stage = Stage {
//!         name: "count_lines",
//!         about: "Counts the lines of the raw data",
//!         details: "Reads all files in `<data-root>/Raw Data`.",
//!     };
//!     stage_runner::run_stage(stage, count_lines)
//! }
//!
//! fn count_lines(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
//!     run.set_user(&arguments.user);
//!     let data_root = run.open_data_root(&arguments.data_root)?;
//!     let files = run.step("list raw data", || data_root::list(&data_root.raw_data()))?;
//!     run.count_in("files", files.len() as u64);
//!     Ok(())
//! }
//! ```

mod arguments;
mod build;
mod clock;
mod cpu_profile;
mod failure;
mod interrupt;
mod logs;
mod manifest;
mod memory_profile;
mod panics;
mod progress;
mod stage;
mod stage_run;
mod summary;

pub use failure::{Failure, OrHint};
pub use progress::Progress;
pub use stage::{Stage, run_stage};
pub use stage_run::{RunInfo, StageRun, new_run_id};
