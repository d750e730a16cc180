//! What every source of raw data needs.
//!
//! - [`RawFile`]: what a server said, with pages that survive when a fetch is cut off.
//! - [`StoredRecords`]: raw files of many records, which stay there until they are needed.
//! - [`read_json`] and [`Misread`]: answers that are understood, or named without being quoted.
//! - [`Retries`] and [`Clock`]: patience with servers, which tests need not have.
//! - [`Time`]: a point in time as raw files have it.
//! - [`OperatorLabels`]: the telephone operator of people who answer radio shows.
//! - [`program`]: how a program that fetches begins and ends.
//!
//! Nothing here knows a server; what a source asks for, and how it becomes raw data, is in the
//! crate of that source.

mod clock;
mod misread;
mod operators;
pub mod program;
mod raw_file;
mod retries;
mod run_identity;
mod stored_records;
mod time;

pub use clock::{Clock, SystemClock};
pub use misread::{Misread, is_json, odd_item, read_json};
pub use operators::OperatorLabels;
pub use raw_file::{RawFile, RawFileError};
pub use retries::Retries;
pub use run_identity::RunIdentity;
pub use stored_records::{RecordPlace, RecordWriter, StoredRecords};
pub use time::Time;
