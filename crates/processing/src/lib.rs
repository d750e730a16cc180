//! Stage 3: from raw messages and labels to CSVs, ICR samples and Coda files.
//!
//! **The library is a pure function**: the same raw objects, labels, configuration and run
//! information give the same bytes. Files, clock and threads' number belong to the binary
//! `generate-outputs`.
//!
//! **Each step works on one person's data** (`steps`), so people are processed in parallel and
//! in groups of any size; what needs all messages at once is a named reduction (`reduce`): the
//! sort by time, the ICR sample, the Coda files.
//!
//! A [`Processor`] takes groups of people and collects what they give in tables. Sorted, these stay
//! in memory, or are put aside as [`Record`]s wherever the caller likes, until [`write_outputs`]
//! merges them: the files are the same bytes, however many groups there were.
//!
//! The order of the steps is in `person.rs`.

mod codebook;
mod coded;
mod columns;
mod context;
mod counts;
mod error;
mod excel;
mod generate;
mod in_memory;
mod labels;
mod packed;
#[cfg(feature = "parquet")]
mod parquet_copy;
mod people;
mod person;
mod plan;
mod records;
mod reduce;
mod rows;
mod steps;
mod tables;
mod write_outputs;

pub use codebook::codebook;
pub use coded::{CodedFiles, UnknownCode};
pub use columns::ColumnKind;
pub use context::Mode;
pub use counts::{Counts, DropReason};
pub use error::ProcessingError;
pub use excel::{ExcelCounts, MAX_EXCEL_ROWS, write_excel_copy};
pub use generate::Processor;
pub use in_memory::{InMemory, RawData, generate_outputs};
#[cfg(feature = "parquet")]
pub use parquet_copy::{ParquetCopyError, write_parquet_copy};
pub use people::{RawLine, RawPerson, person_of};
pub use records::{Record, SortedRecords};
pub use reduce::python_random_sample;
pub use tables::{Collected, SortedTables, TableSource, merged};
pub use write_outputs::{OutputFile, Sink, write_outputs};
