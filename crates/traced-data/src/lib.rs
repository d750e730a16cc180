//! An append-only dictionary that remembers who changed what, when and where.
//!
//! A [`TracedData`] is a list of updates.
//! Each update holds the keys that one step of the pipeline set or hid, the objects it nested,
//! and [`Metadata`] saying who ran the step, which step it was, and when.
//! Nothing is ever removed: a value of today can be followed back to the message it came from.
//!
//! Each update carries the SHA-256 of its content and of the update before it, so that a file
//! that was cut or edited is noticed when it is read.
//! The JSONL form ([`read_jsonl`], [`write_jsonl`]) is that of the Python library
//! `CoreDataModules`; files go both ways.
//!
//! ```
//! use std::sync::Arc;
//! use traced_data::{Changes, Key, Metadata, TracedData, Value};
//!
//! let fetched = Arc::new(Metadata::new("ann", "sources_rapidpro::convert", "2021-09-01T10:00:00+00:00"));
//! let coded = Arc::new(Metadata::new("ann", "processing::auto_code", "2021-09-02T10:00:00+00:00"));
//!
//! let mut answer = TracedData::new(Changes::new().set("gender_raw", "naag"), &fetched);
//! answer.append(Changes::new().set("gender_coded", "woman"), &coded)?;
//!
//! assert_eq!(answer.get(Key::new("gender_coded")), Some(&Value::from("woman")));
//! assert_eq!(answer.history().of_key(Key::new("gender_coded"))[0].metadata.source(), "processing::auto_code");
//! # Ok::<(), traced_data::NestConflict>(())
//! ```

mod changes;
mod history;
mod json;
mod key;
mod latest;
mod peek;
mod read;
mod shared_lines;
mod value;
mod write;

pub use changes::Changes;
pub use history::{History, KeyChange, Metadata, Sha, Update};
pub use json::{JsonError, JsonErrorKind};
pub use key::Key;
pub use latest::{NestConflict, TracedData};
pub use peek::peek_text;
pub use read::{JsonlReader, LineError, ReadError, parse_line, parse_line_to_write, read_jsonl};
pub use shared_lines::shared_lines;
pub use value::{Object, TOMBSTONE, Value, sha256_hex};
pub use write::{WriteError, serialize_line, write_jsonl, write_lines};
