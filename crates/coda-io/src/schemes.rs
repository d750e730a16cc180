//! Code schemes as Coda has them, and labels that fit none.

use std::collections::BTreeMap;
use std::fmt;

use code_schemes::{CodeScheme, ControlCode, MANUALLY_UNCODED};
use google_services::documents::{Fields, Reads, Selection, Value};

use crate::dataset::Segment;
use crate::error::Doing;
use crate::message::{labels, text};
use crate::{CodaError, Dataset};

/// The schemes of a dataset: what labels can say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schemes {
    /// By scheme id: name, and the control code of each code, by code id.
    by_id: BTreeMap<String, Scheme>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Scheme {
    pub(crate) name: String,
    codes: BTreeMap<String, Option<String>>,
}

/// A label whose scheme or code neither Coda nor the project has. It is kept all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownLabel {
    /// The message.
    pub message_id: String,
    /// The scheme that the label is of.
    pub scheme_id: String,
    /// The code.
    pub code_id: String,
}

impl Schemes {
    /// Reads the schemes that Coda has for a segment.
    pub(crate) fn read(
        reads: &dyn Reads,
        dataset: &Dataset,
        segment: &Segment,
    ) -> Result<Self, CodaError> {
        let documents = reads.all(&segment.code_schemes(), Selection::AllFields);
        let documents = documents.map_err(Doing::Reading.at(dataset))?;
        Ok(Self::of_fields(documents.iter().map(|it| (it.path.id(), &it.fields))))
    }

    /// Schemes as documents have them; of two with one id, the last counts.
    pub(crate) fn of_fields<'a>(documents: impl Iterator<Item = (&'a str, &'a Fields)>) -> Self {
        let schemes = documents.map(|(id, fields)| {
            let own = fields.get("SchemeID").and_then(Value::as_str);
            (own.unwrap_or(id).to_owned(), Scheme::of(fields))
        });
        Self { by_id: schemes.collect() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Scheme)> {
        self.by_id.iter().map(|(id, scheme)| (id.as_str(), scheme))
    }

    /// Whether the label's code is this control code.
    pub(crate) fn is_control(&self, label: &Fields, code: ControlCode) -> bool {
        let scheme = self.by_id.get(text(label, "SchemeID"));
        let control_code = scheme.and_then(|scheme| scheme.codes.get(text(label, "CodeID")));
        control_code.is_some_and(|found| found.as_deref() == Some(code.as_str()))
    }

    /// Whether a label says something that these schemes, or those of the project, have.
    fn know(&self, project: &[&CodeScheme], label: &Fields) -> bool {
        let (scheme_id, code_id) = (text(label, "SchemeID"), text(label, "CodeID"));
        let own = self.by_id.get(scheme_id);
        let of_project = || project.iter().filter(|scheme| scheme.owns(scheme_id));
        if code_id == MANUALLY_UNCODED {
            return own.is_some() || of_project().next().is_some();
        }
        own.is_some_and(|scheme| scheme.codes.contains_key(code_id))
            || of_project().any(|scheme| scheme.code(code_id).is_some())
    }

    /// The labels of a message that neither these schemes nor those of the project know.
    pub(crate) fn unknown_labels(
        &self,
        project: &[&CodeScheme],
        message_id: &str,
        message: &Fields,
    ) -> Vec<UnknownLabel> {
        let unknown = labels(message).filter(|label| !self.know(project, label));
        unknown
            .map(|label| UnknownLabel {
                message_id: message_id.to_owned(),
                scheme_id: text(label, "SchemeID").to_owned(),
                code_id: text(label, "CodeID").to_owned(),
            })
            .collect()
    }
}

impl Scheme {
    fn of(fields: &Fields) -> Self {
        let codes = fields.get("Codes").and_then(Value::as_array).unwrap_or_default();
        let codes = codes.iter().filter_map(Value::as_map).map(|code| {
            let control_code = code.get("ControlCode").and_then(Value::as_str);
            (text(code, "CodeID").to_owned(), control_code.map(str::to_owned))
        });
        Self { name: text(fields, "Name").to_owned(), codes: codes.collect() }
    }
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message_id, scheme_id, code_id } = self;
        write!(out, "message `{message_id}`: scheme `{scheme_id}`, code `{code_id}`")
    }
}
