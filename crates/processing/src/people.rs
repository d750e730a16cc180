//! Raw data sorted by person, as lines that are read when their person's turn comes.

use std::borrow::Cow;

use traced_data::{LineError, parse_line, parse_line_to_write, peek_text};

use crate::context::{Context, Person, Place};
use crate::error::ProcessingError;

/// Where the raw data say whose an object is: of messages, and of comments on Facebook.
pub(crate) const PERSON_KEYS: [&str; 2] = ["avf_phone_id", "avf_facebook_id"];

/// One object of the raw data, not read yet.
#[derive(Clone, Copy, Debug)]
pub struct RawLine<'a> {
    /// Index of the flow in the configuration, among activation or survey flows.
    pub flow: usize,
    /// Number of the line in the flow's file, from 1.
    pub line: usize,
    /// How many objects of activation flows come before it; of no meaning for surveys.
    pub order: u64,
    /// The line, without its line end.
    pub text: &'a [u8],
}

/// All that one person sent, each list in the order of the raw data.
#[derive(Clone, Debug, Default)]
pub struct RawPerson<'a> {
    /// Objects of activation flows; a person without any has no part in the outputs.
    pub messages: Vec<RawLine<'a>>,
    /// Runs of survey flows.
    pub surveys: Vec<RawLine<'a>>,
}

/// The id of the person to whom a line of raw data belongs; `None` when it belongs to nobody.
///
/// # Errors
///
/// What is wrong with a line that cannot be read.
pub fn person_of(line: &[u8]) -> Result<Option<Cow<'_, str>>, LineError> {
    for key in PERSON_KEYS {
        if let Ok(Some(id)) = peek_text(line, key) {
            return Ok(Some(id));
        }
    }
    // A full look finds all that can be wrong.
    parse_line(line).map(|_| None)
}

impl RawPerson<'_> {
    /// Reads and verifies all lines.
    pub(crate) fn read(&self, context: &Context<'_>) -> Result<Person, ProcessingError> {
        let read = |line: &RawLine<'_>, flows: &[String]| {
            parse_line_to_write(line.text).map_err(|source| ProcessingError::BadLine {
                flow: flows[line.flow].clone(),
                line: line.line,
                source,
            })
        };
        let mut person = Person { messages: Vec::new(), surveys: Vec::new() };
        for line in &self.messages {
            let place = Place { flow: line.flow, line: line.line };
            let object = read(line, &context.activation_flows)?;
            person.messages.push(((line.order, 0), place, object));
        }
        for line in &self.surveys {
            person.surveys.push((line.flow, read(line, &context.survey_flows)?));
        }
        Ok(person)
    }
}
