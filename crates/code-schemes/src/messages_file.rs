//! Files of Coda messages: their form, and what must hold beyond it.
//!
//! A file that is as it should be is read in one fast pass. Only when that pass finds something
//! wrong, a second, slow one looks for all problems and their places.

use std::io;
use std::path::{Path, PathBuf};

use checked_json::{
    Document, FormatFault, Formats, NodeValue, Problem, ProblemList, ReadError, Step,
};

use crate::{CodaMessage, Label, Origin};

/// How many problems of a file an error message shows.
const N_SHOWN_PROBLEMS: usize = 20;

/// A file of Coda messages could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessagesFileError {
    /// The file could not be read as JSON.
    #[error("could not read Coda messages from `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// The file does not hold valid messages.
    #[error(
        "Coda messages in `{}` are not valid, {} problems:\n{}",
        .path.display(),
        .problems.len(),
        ProblemList(&.problems[..N_SHOWN_PROBLEMS.min(.problems.len())])
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it, in the order of the file.
        problems: Vec<Problem>,
    },
}

impl MessagesFileError {
    /// What to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { source: ReadError::File { source, .. }, .. }
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Some("stage 1 (`1_coda_get.sh`) downloads it".to_string())
            }
            Self::Read { source, .. } => source.hint(),
            Self::Invalid { problems, .. } => {
                let more = problems.len().saturating_sub(N_SHOWN_PROBLEMS);
                let again = "get the file again with stage 1 (`1_coda_get.sh`)";
                Some(match more {
                    0 => again.to_string(),
                    more => format!("{more} more problems are not shown; {again}"),
                })
            }
        }
    }
}

/// Reads the Coda messages in the file at `path`, in the order of the file.
///
/// Keys that the pipeline does not know are ignored: Coda adds some of its own.
///
/// # Errors
///
/// [`MessagesFileError`] with all problems of the file together.
pub fn read_messages(path: &Path) -> Result<Vec<CodaMessage>, MessagesFileError> {
    let file_error = |source: ReadError| MessagesFileError::Read { path: path.into(), source };
    let bytes = std::fs::read(path)
        .map_err(|source| file_error(ReadError::File { path: path.into(), source }))?;
    if let Ok(messages) = serde_json::from_slice::<Vec<CodaMessage>>(&bytes)
        && messages.iter().all(is_valid)
    {
        return Ok(messages);
    }
    let document = Document::from_bytes(path, bytes)
        .map_err(|problem| file_error(ReadError::Syntax(Box::new(problem))))?;
    read_explaining(&document)
        .map_err(|problems| MessagesFileError::Invalid { path: path.into(), problems })
}

/// The slow pass: the messages, or all problems of the file.
fn read_explaining(document: &Document) -> Result<Vec<CodaMessage>, Vec<Problem>> {
    let formats = Formats(&[("utc-time", check_utc_time)]);
    let (messages, mut problems) = checked_json::read::<Vec<CodaMessage>>(document, formats);
    match messages {
        Some(messages) => Ok(messages),
        None => {
            for problem in &mut problems {
                name_message(document, problem);
            }
            Err(problems)
        }
    }
}

/// Adds the id of the message that the problem is in.
fn name_message(document: &Document, problem: &mut Problem) {
    let NodeValue::Array(messages) = &document.top().value else { return };
    let path = problem.place.as_ref().and_then(|place| place.path.steps().first());
    let Some(Step::Index(index)) = path else { return };
    let Some(NodeValue::Object(members)) = messages.get(*index).map(|message| &message.value)
    else {
        return;
    };
    let id = members.iter().find(|member| member.key == "MessageID").map(|it| &it.value.value);
    if let Some(NodeValue::String(id)) = id {
        problem.message = format!("{} (message `{id}`)", problem.message);
    }
}

/// Whether a message holds what the slow pass would ask of it, beyond its form.
fn is_valid(message: &CodaMessage) -> bool {
    let CodaMessage { message_id, text, creation_date_time_utc, labels, .. } = message;
    !message_id.as_str().is_empty()
        && !text.is_empty()
        && check_utc_time(creation_date_time_utc).is_ok()
        && labels.iter().all(is_valid_label)
}

fn is_valid_label(label: &Label) -> bool {
    let Origin { origin_id, name, origin_type, .. } = &label.origin;
    let confidence = label.confidence.as_ref().and_then(serde_json::Number::as_f64).unwrap_or(0.0);
    !label.scheme_id.as_str().is_empty()
        && !label.code_id.as_str().is_empty()
        && (0.0..=1.0).contains(&confidence)
        && check_utc_time(&label.date_time_utc).is_ok()
        && ![origin_id, name, origin_type].into_iter().any(String::is_empty)
}

fn check_utc_time(text: &str) -> Result<(), FormatFault> {
    let instant = iso_time::parse(text)
        .map_err(|error| FormatFault { message: error.to_string(), hint: error.hint() })?;
    if instant.offset().local_minus_utc() == 0 {
        return Ok(());
    }
    Err(FormatFault {
        message: format!("expected a time in UTC, found `{text}`"),
        hint: Some("write it with `Z` or `+00:00` at its end".to_string()),
    })
}

#[cfg(test)]
mod tests;
