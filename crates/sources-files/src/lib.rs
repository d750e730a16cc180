//! Stage 2, files: raw data from buckets, and recovered messages from CSV files.
//!
//! [`Fetch`] takes the files of one source and writes `Raw Data/<flow>.jsonl` for each; the flow is
//! the last part of the URL up to its first dot.
//!
//! - **`GCloudBucket`**: raw data of an earlier pipeline, byte by byte as they are, once each line is
//!   checked: TracedData with an intact history, of a person who has an id.
//! - **`RecoveryCSV`**: messages that an operator recovered, one per row, as [`recovered_messages`]
//!   reads them.
//! - **Only what changed.** A file that is the same object as last time is not fetched again.
//! - **De-identified at the door.** A file with somebody's number or name in place of an id, now or
//!   earlier, is refused, with the lines; no error, log or file shows what stands there.
//! - **Old or new, never half.** A file that cannot be used does not replace the one before, and
//!   does not keep the others from being fetched.
//!
//! The program `fetch-files` needs no server of its own: with credentials of the type `local`,
//! `gs://bucket/a.csv` is `<root>/buckets/bucket/a.csv`; with those of a service account,
//! `STORAGE_EMULATOR_HOST` names a stand-in for Cloud Storage.
//!
//! ```text
//! fetch-files you@example.org credentials.json pipeline_config.json data_root
//! ```

mod bucket;
mod error;
mod fetch;
mod participant_id;
mod received_on;
mod recovery;

pub use error::{FilesError, RowProblem};
pub use fetch::{Fetch, Fetched, FileFailure, FileKind, LABEL_STEP, Operators};
pub use received_on::parse_received_on;
pub use recovery::{RecoveredMessage, RowFormat, recovered_messages};
