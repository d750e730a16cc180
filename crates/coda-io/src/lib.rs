//! Gets labels from Coda and adds messages to it, without ever losing a label (stages 1 and 4).
//!
//! Coda keeps messages and labels in a database of documents; this crate knows their layout
//! ([`Dataset`]) and works the same on Firestore and on a local database. [`get`] downloads a
//! dataset, [`add`] adds messages, [`backup`] saves and restores, [`list`] counts, [`label`] stands
//! in for labellers on a local database.

pub mod add;
pub mod backup;
pub mod command;
mod dataset;
mod error;
pub mod get;
pub mod label;
pub mod list;
mod message;
mod metrics;
pub mod previous;
pub mod project;
mod schemes;
mod transaction;

pub use dataset::Dataset;
pub use error::{CodaError, Doing};
pub use metrics::Metrics;
pub use schemes::UnknownLabel;

/// The name of Coda's database among local services.
pub const LOCAL_DATABASE: &str = "coda";
