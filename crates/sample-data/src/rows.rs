//! Rows of raw data: runs and recovered messages as traced data.

use std::sync::Arc;

use code_schemes::{CodeScheme, ControlCode};
use traced_data::{Changes, Key, Metadata, TracedData, Value, serialize_line};

use crate::layout::{Flow, Layout, Question};
use crate::moment::Moment;
use crate::random::Random;
use crate::{Case, Cases};

const USER: &str = "sample-data@example.org";

/// Makes rows of a project.
pub(crate) struct RowMaker<'a> {
    layout: &'a Layout,
    fetched: Arc<Metadata>,
    labelled: Arc<Metadata>,
    made_at: String,
}

/// A line of a raw data file.
pub(crate) struct Row {
    pub(crate) file: RawFile,
    /// When the run last changed; rows are written in this order.
    pub(crate) modified: Moment,
    /// The line with its line end.
    pub(crate) line: Vec<u8>,
}

/// A raw data file, by the position of its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawFile {
    Activation(usize),
    Survey(usize),
}

/// How a person is reached.
pub(crate) struct Contact {
    uid: String,
    urn_type: String,
    is_test_contact: bool,
    operator_raw: String,
}

/// One run of a flow.
pub(crate) struct Run<'q> {
    pub(crate) run_id: i64,
    pub(crate) created: Moment,
    pub(crate) modified: Moment,
    pub(crate) has_exited: bool,
    pub(crate) is_noise: bool,
    pub(crate) answers: Vec<Answer<'q>>,
}

/// The answer to one question of a run.
pub(crate) struct Answer<'q> {
    pub(crate) question: &'q Question,
    pub(crate) text: Option<Arc<str>>,
    pub(crate) time: String,
    pub(crate) category: Option<&'static str>,
}

impl<'a> RowMaker<'a> {
    pub(crate) fn new(layout: &'a Layout) -> Self {
        let made_at = layout.end.plus_secs(86_400).with_micros(0).in_utc();
        let metadata = |step| Arc::new(Metadata::new(USER, step, &made_at));
        Self {
            layout,
            fetched: metadata("sample_data::rows"),
            labelled: metadata("sample_data::operators"),
            made_at,
        }
    }

    /// Makes up a contact.
    pub(crate) fn contact(&self, random: &mut Random, cases: Cases) -> Contact {
        let phrases = &self.layout.phrases;
        let weights: Vec<u32> = phrases.prefixes.values().copied().collect();
        let prefix = phrases.prefixes.keys().nth(random.weighted(&weights));
        let prefix = prefix.expect("a weight belongs to a prefix").as_str();
        let other = random.pick(&phrases.foreign_prefixes).as_str();
        let app = random.pick(&phrases.apps).as_str();
        let is_foreign = cases.happens(random, Case::ForeignOperator);
        let is_app = match phrases.apps_per_mille {
            Some(apps_per_mille) => {
                random.per_mille(apps_per_mille) && cases.contains(Case::NotAPhone)
            }
            None => cases.happens(random, Case::NotAPhone),
        };
        let (urn_type, operator_raw) = match (is_app, is_foreign) {
            (true, _) => (app, app),
            (false, true) => ("tel", other),
            (false, false) => ("tel", prefix),
        };
        Contact {
            uid: format!("{}{}", self.layout.uid_prefix, random.uuid()),
            urn_type: urn_type.to_owned(),
            is_test_contact: cases.happens(random, Case::TestContact),
            operator_raw: operator_raw.to_owned(),
        }
    }

    /// A run of an activation flow, with the operator's label.
    pub(crate) fn activation_run(&self, flow: usize, contact: &Contact, run: &Run<'_>) -> Row {
        let mut object = self.run(&self.layout.activation_flows[flow], contact, run);
        self.label_operator(&mut object, contact);
        row(RawFile::Activation(flow), run.modified, object)
    }

    /// A run of a survey flow.
    pub(crate) fn survey_run(&self, flow: usize, contact: &Contact, run: &Run<'_>) -> Row {
        let object = self.run(&self.layout.survey_flows[flow], contact, run);
        row(RawFile::Survey(flow), run.modified, object)
    }

    /// A recovered message, with the operator's label.
    pub(crate) fn recovered(
        &self,
        flow: usize,
        contact: &Contact,
        row_id: &str,
        text: Option<&str>,
        received: Moment,
    ) -> Row {
        let changes = Changes::new()
            .set("avf_phone_id", contact.uid.as_str())
            .set("message", text.map_or(Value::Null, Value::from))
            .set("received_on", received.in_east_africa())
            .set("run_id", row_id)
            .set("urn_type", contact.urn_type.as_str());
        let mut object = TracedData::new(changes, &self.fetched);
        self.label_operator(&mut object, contact);
        row(RawFile::Activation(flow), received, object)
    }

    fn run(&self, flow: &Flow, contact: &Contact, run: &Run<'_>) -> TracedData {
        let exited = |text: &str| if run.has_exited { Value::from(text) } else { Value::Null };
        let mut changes = Changes::new()
            .set("avf_phone_id", contact.uid.as_str())
            .set("urn_type", contact.urn_type.as_str())
            .set(flow.keys.run_id, run.run_id)
            .set(flow.keys.created_on, run.created.in_utc())
            .set(flow.keys.modified_on, run.modified.in_utc())
            .set(flow.keys.exited_on, exited(&run.modified.in_utc()))
            .set(flow.keys.exit_type, exited("completed"));
        if contact.is_test_contact {
            changes = changes.set("test_run", true);
        }
        if run.is_noise {
            changes = changes.set("noise", true);
        }
        for answer in &run.answers {
            insert_answer(&mut changes, answer, run.run_id);
        }
        TracedData::new(changes, &self.fetched)
    }

    fn label_operator(&self, object: &mut TracedData, contact: &Contact) {
        let Some(scheme) = &self.layout.operator_scheme else { return };
        let pairs = [
            (Key::new("operator_raw"), Value::from(contact.operator_raw.as_str())),
            (Key::new("operator_coded"), self.operator_label(scheme, &contact.operator_raw)),
        ];
        object.update(pairs, &self.labelled);
    }

    /// The label of the operator, or of not coded when the scheme does not know it.
    fn operator_label(&self, scheme: &CodeScheme, operator_raw: &str) -> Value {
        let operators = self.layout.country.operators();
        let code = operators
            .operator_of(operator_raw)
            .and_then(|operator| scheme.matching(operator))
            .or_else(|| scheme.control(ControlCode::NotCoded));
        let Some(code) = code else { return Value::Null };
        let text = |key: &str, value: &str| (Key::new(key), Value::from(value));
        let origin = Value::object([
            text("Name", "Pipeline Auto-Coder"),
            text("OriginID", "sample_data::operators"),
            text("OriginType", "External"),
        ]);
        Value::object([
            (Key::new("Checked"), false.into()),
            text("CodeID", code.code_id.as_str()),
            text("DateTimeUTC", &self.made_at),
            (Key::new("Origin"), origin),
            text("SchemeID", scheme.scheme_id.as_str()),
        ])
    }
}

fn insert_answer(changes: &mut Changes, answer: &Answer<'_>, run_id: i64) {
    let question = answer.question;
    let text = answer.text.as_deref();
    let category = answer.category.filter(|_| text.is_some());
    changes.insert(question.category, category.map_or(Value::Null, Value::from));
    changes.insert(question.name_key, question.name.as_str().into());
    changes.insert(question.run_id, run_id.into());
    changes.insert(question.text, text.map_or(Value::Null, Value::from));
    changes.insert(question.time, answer.time.as_str().into());
    changes.insert(question.value, text.map_or(Value::Null, value_of));
}

/// What RapidPro takes a text for: sometimes a number, now and then a wrong one.
fn value_of(text: &str) -> Value {
    match text.parse::<i32>() {
        Ok(number) if number % 7 == 0 => Value::from(f64::from(number) * 1e-7),
        Ok(number) => Value::from(i64::from(number)),
        Err(_) => Value::from(text),
    }
}

fn row(file: RawFile, modified: Moment, object: TracedData) -> Row {
    let mut line = Vec::with_capacity(2048);
    serialize_line(&object.into_history(), &mut line);
    Row { file, modified, line }
}
