//! Stage 2, RapidPro: runs of flows become raw data, and phone numbers stay outside.
//!
//! [`by_workspace`] puts the sources of a workspace together; [`Fetch`] asks its server for what changed since the last time, merges it with what was there,
//! and writes for each flow `Raw Data/<flow>.jsonl` ([`Converter`] says what is in it) and
//! `Raw Data/<flow>_raw.json`.
//!
//! - **At least once.** The cursor is derived from the raw file, with an hour of overlap; what comes
//!   again is merged by UUID. Lists are read oldest first, so what was read is always all there is
//!   up to some moment, and a fetch that is cut off continues there.
//! - **De-identified at the door.** Contacts become [`RawContact`] before anything else happens to
//!   them; of runs, only what cannot say who somebody is is read at all. No error or log quotes an
//!   answer of the server.
//! - **Old or new, never half.** The files of a flow are replaced together, when all is there.

mod answers;
mod archives;
mod client;
mod convert;
mod deidentify;
mod error;
mod fetch;
mod merge;
mod records;
mod stored_runs;
mod title_case;
mod transport;
mod workspaces;

pub use answers::Workspace;
pub use client::RapidPro;
pub use convert::{Converter, LABEL_STEP, Skip};
pub use error::{ArchiveProblem, RapidProError};
pub use fetch::{Fetch, Fetched, FlowFailure};
pub use fetching::{Clock, Misread, OperatorLabels, RunIdentity, SystemClock, Time};
pub use merge::Contacts;
pub use records::{Address, Answers, RawContact, RawRun, RawValue, Reference, Text};
pub use title_case::title_case;
pub use transport::Token;
pub use workspaces::{WorkspaceSources, by_workspace};
