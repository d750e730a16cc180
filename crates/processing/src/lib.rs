//! Stage 3: from raw messages and labels to CSVs, ICR samples and Coda files.
//!
//! **The library is a pure function**: the same raw objects, labels, configuration and run
//! information give the same bytes. Files, clock and threads' number belong to the binary
//! `generate-outputs`.
//!
//! **Each step works on one person's data** ([`steps`]), so people are processed in parallel and
//! could be processed in partitions; what needs all messages at once is a named reduction
//! ([`reduce`]): the sort by time, the ICR sample, the Coda files.
//!
//! The order of the steps is in [`person::Person::process`].

mod codebook;
mod coded;
mod columns;
mod context;
mod counts;
mod error;
mod excel;
mod generate;
mod labels;
mod person;
mod plan;
mod reduce;
mod rows;
mod steps;

pub use codebook::codebook;
pub use coded::{CodedFiles, UnknownCode};
pub use context::Mode;
pub use counts::{Counts, DropReason};
pub use error::ProcessingError;
pub use excel::{ExcelCounts, MAX_EXCEL_ROWS, write_excel_copy};
pub use generate::{Analysis, Outputs, RawData, generate_outputs};
pub use reduce::python_random_sample;
