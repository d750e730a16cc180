//! Messages for Coda, from a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use code_schemes::{MessagesFileError, read_messages};
use data_root::FileError;
use google_services::documents::{BadDocumentId, Fields, Value};
use serde_json::Value as Json;

use crate::Dataset;
use crate::message::MESSAGE_ID;

/// A message for Coda; what it says was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    id: String,
    fields: Fields,
}

/// A file of messages for Coda cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewMessagesError {
    /// The file does not hold valid messages.
    #[error(transparent)]
    File(#[from] MessagesFileError),
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// Coda cannot have a message of that name.
    #[error("Coda messages in `{}`, message {index}", .path.display())]
    BadId {
        /// The file.
        path: PathBuf,
        /// Which message, counted from 0.
        index: usize,
        /// What is wrong with the id.
        source: BadDocumentId,
    },
    /// Two messages have one id, and differ.
    #[error(
        "Coda messages in `{}`: messages {first} and {second} have the `MessageID` `{id}` and differ",
        .path.display()
    )]
    Twice {
        /// The file.
        path: PathBuf,
        /// The id.
        id: String,
        /// The first of them, counted from 0.
        first: usize,
        /// The second.
        second: usize,
    },
}

impl NewMessage {
    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the file says, with whatever keys it has.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// About how many bytes it is in a request.
    pub(crate) fn size_bytes(&self) -> usize {
        size_bytes(&Value::Map(self.fields.clone()))
    }
}

impl NewMessagesError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(MessagesFileError::Invalid { .. })
            | Self::BadId { .. }
            | Self::Twice { .. } => Some(
                "make the file again with stage 3 (`3_generate_outputs.sh`); nothing was added to \
                 Coda"
                    .to_owned(),
            ),
            Self::File(error) => error.hint(),
            Self::Read(error) => error.hint(),
        }
    }
}

/// Reads the messages in the file at `path`, in its order; a message that stands there twice, the
/// same both times, is given once.
///
/// # Errors
///
/// [`NewMessagesError`].
pub fn read_new_messages(path: &Path) -> Result<Vec<NewMessage>, NewMessagesError> {
    // Checks every field, and names the place of what is wrong.
    read_messages(path)?;
    let bytes = data_root::read(path)?;
    let json: Vec<Json> = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut messages: Vec<NewMessage> = Vec::with_capacity(json.len());
    let mut first_places: Vec<usize> = Vec::with_capacity(json.len());
    let dataset = Dataset::new("any").expect("a good name");
    for (index, json) in json.iter().enumerate() {
        let Value::Map(fields) = Value::from_plain_json(json) else { continue };
        let id = fields.get(MESSAGE_ID).and_then(Value::as_str).unwrap_or_default().to_owned();
        dataset.segment(1).messages().document(&id).map_err(|source| NewMessagesError::BadId {
            path: path.into(),
            index,
            source,
        })?;
        match seen.get(&id) {
            Some(&earlier) if messages[earlier].fields == fields => {}
            Some(&earlier) => {
                let (path, first) = (path.into(), first_places[earlier]);
                return Err(NewMessagesError::Twice { path, id, first, second: index });
            }
            None => {
                seen.insert(id.clone(), messages.len());
                first_places.push(index);
                messages.push(NewMessage { id, fields });
            }
        }
    }
    Ok(messages)
}

fn size_bytes(value: &Value) -> usize {
    const OF_ANY: usize = 32;
    OF_ANY
        + match value {
            Value::String(text) | Value::Bytes(text) | Value::Reference(text) => text.len(),
            Value::Array(items) => items.iter().map(size_bytes).sum(),
            Value::Map(fields) => {
                fields.iter().map(|(key, value)| key.len() + size_bytes(value)).sum()
            }
            _ => 0,
        }
}
