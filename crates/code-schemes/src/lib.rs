//! Coda V2 code schemes, labels and messages: reading, validation, writing.
//!
//! A [`CodeScheme`] lists the [`Code`]s that may be given to a message. A [`CodaMessage`] is a text
//! with the [`Label`]s it was given, by people or by the pipeline. Files are read whole, checked
//! whole, and all problems of a file are reported together, each with its place.

mod code;
mod ids;
mod message;
mod messages_file;
mod scheme;
mod scheme_file;
mod write;

pub use code::{Code, CodeType, ControlCode, UnknownControlCode};
pub use ids::{CodeId, MessageId, SchemeId};
pub use message::{CodaMessage, Label, MANUALLY_UNCODED, Origin};
pub use messages_file::{MessagesFileError, read_messages};
pub use scheme::{CodeScheme, Documentation};
pub use scheme_file::{SchemeFileError, scheme_json_schema};
pub use write::{write_export, write_messages};
