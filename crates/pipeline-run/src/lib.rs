//! What is around the seven stages of a run: one run at a time, its id, and its closing summary.
//!
//! `run_scripts/run_pipeline.sh` calls the stages one after the other. What it needs beyond that
//! is here:
//!
//! - [`hold`]: runs a command, the script, while nobody else can work on the data root;
//! - [`ids`]: which id the run has, and which one the memory profile that belongs to it;
//! - [`Summary`]: what came in, what went out, what waits for labelling, what changed since the
//!   last run, where to look. It is made from what the stages left: the run manifest and files.

mod hold;
mod ids;
mod labelling;
mod manifest;
mod summary;

pub use hold::{Ended, HoldError, hold};
pub use ids::{Ids, ids};
pub use labelling::Waiting;
pub use manifest::ManifestError;
pub use summary::{Changed, Count, Summary, summarize};
