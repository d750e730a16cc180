//! From runs to raw data: one object per run, with the keys that the rest of the pipeline knows.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use fetching::{OperatorLabels, RunIdentity, Time};
use traced_data::{Changes, Key, Metadata, TracedData, Value};

use crate::merge::Contacts;
use crate::records::{Address, RawRun, Text};
use crate::title_case;

/// Turns the runs of one flow into raw data.
///
/// Each run becomes one object with the keys `avf_phone_id`, `urn_type`, `run_id - <flow>`,
/// `run_created_on - <flow>`, `run_modified_on - <flow>`, `run_exited_on - <flow>` (or null) and
/// `run_exit_type - <flow>` (or null); and per answer, with its key in title case,
/// `<Key> (Category) - <flow>`, `(Value)`, `(Text)`, `(Name)`, `(Time)` and `(Run ID)`. Runs with
/// answers have `run_text_source - <flow>`: `input` when the texts are what people typed, `value`
/// when they are what RapidPro made of it, because the server says no more. Runs of test contacts
/// have `test_run`. Times are ISO 8601 in UTC, `+00:00`.
pub struct Converter<'a> {
    flow: &'a str,
    contacts: &'a Contacts,
    test_contacts: BTreeSet<&'a str>,
    operators: Option<&'a OperatorLabels>,
    keys: RunKeys,
    converted_by: Arc<Metadata>,
    labelled_by: Arc<Metadata>,
}

/// The step that labels runs with operators.
pub const LABEL_STEP: &str = "sources_rapidpro::label_operators";

/// Why a run is not in the raw data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// The server does not know the contact (yet).
    UnknownContact,
    /// The contact was deleted in RapidPro.
    DeletedContact,
    /// The contact can be reached in no way, so nobody can say who it is.
    NoUrn,
    /// The workspace is anonymous: the server does not say who the contact is.
    HiddenUrn,
}

/// The keys that all runs of a flow have.
struct RunKeys {
    run_id: Key,
    text_source: Key,
    created_on: Key,
    modified_on: Key,
    exited_on: Key,
    exit_type: Key,
}

impl<'a> Converter<'a> {
    /// A converter for the runs of `flow`, whose people are in `contacts`. With `operators`, as for
    /// radio shows, each object gets a label with the telephone operator.
    pub fn new(
        flow: &'a str,
        contacts: &'a Contacts,
        test_contacts: impl Iterator<Item = &'a String>,
        operators: Option<&'a OperatorLabels>,
        run: &RunIdentity,
    ) -> Self {
        Self {
            flow,
            contacts,
            test_contacts: test_contacts.map(String::as_str).collect(),
            operators,
            keys: RunKeys::new(flow),
            converted_by: run.metadata("sources_rapidpro::convert_runs"),
            labelled_by: run.metadata(LABEL_STEP),
        }
    }

    /// The object of a run.
    ///
    /// # Errors
    ///
    /// [`Skip`] when nobody can say whose run it is.
    pub fn convert(&self, run: &RawRun) -> Result<TracedData, Skip> {
        let address = self.address(&run.contact.uuid)?;
        let mut object = TracedData::new(self.values(run, address), &self.converted_by);
        if let Some(operators) = self.operators {
            object.update(
                operators.of(address.operator_digits.as_deref(), &address.scheme),
                &self.labelled_by,
            );
        }
        Ok(object)
    }

    fn address(&self, contact: &str) -> Result<&Address, Skip> {
        let contact = self.contacts.get(contact).ok_or(Skip::UnknownContact)?;
        if contact.is_deleted {
            return Err(Skip::DeletedContact);
        }
        contact.main_address().ok_or(match contact.is_hidden {
            true => Skip::HiddenUrn,
            false => Skip::NoUrn,
        })
    }

    fn values(&self, run: &RawRun, address: &Address) -> Changes {
        let keys = &self.keys;
        let run_id = match (run.id, &run.uuid) {
            (Some(id), _) => Value::from(id),
            (None, Some(uuid)) => Value::from(&**uuid),
            (None, None) => Value::Null,
        };
        let mut changes = Changes::new()
            .set("avf_phone_id", address.participant.shared())
            .set("urn_type", address.scheme.as_str())
            .set(keys.run_id, run_id.clone())
            .set(keys.created_on, time(Some(run.created_on)))
            .set(keys.modified_on, time(Some(run.modified_on)))
            .set(keys.exited_on, time(run.exited_on))
            .set(keys.exit_type, run.exit_type.as_deref().map_or(Value::Null, Value::from));
        if self.test_contacts.contains(&*run.contact.uuid) {
            changes = changes.set("test_run", true);
        }
        let has_input = run.has_input();
        if !run.values.is_empty() {
            let source = if has_input { "input" } else { "value" };
            changes = changes.set(keys.text_source, source);
        }
        for (name, answer) in run.values.iter() {
            let text = if has_input { answer.input.as_ref() } else { Some(&answer.value) };
            let mut set = |what: &str, value: Value| {
                let key = format!("{} ({what}) - {}", title_case(name), self.flow);
                changes.insert(Key::new(&key), value);
            };
            set("Category", value(&answer.category));
            set("Value", value(&answer.value));
            set("Text", text.map_or(Value::Null, value));
            set("Name", value(&answer.name));
            set("Time", time(answer.time));
            set("Run ID", run_id.clone());
        }
        changes
    }
}

impl RunKeys {
    fn new(flow: &str) -> Self {
        let key = |name: &str| Key::new(&format!("{name} - {flow}"));
        Self {
            run_id: key("run_id"),
            text_source: key("run_text_source"),
            created_on: key("run_created_on"),
            modified_on: key("run_modified_on"),
            exited_on: key("run_exited_on"),
            exit_type: key("run_exit_type"),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::UnknownContact => "runs of contacts that the server does not list",
            Self::DeletedContact => "runs of contacts that were deleted in RapidPro",
            Self::NoUrn => "runs of contacts without a URN",
            Self::HiddenUrn => "runs in an anonymous workspace, which hides who people are",
        })
    }
}

fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| iso_time::format_utc(&time.0).into())
}

fn value(text: &Text) -> Value {
    text.0.as_deref().map_or(Value::Null, Value::from)
}
