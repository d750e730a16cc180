//! The rows of the production, messages and individuals CSV files.

use std::borrow::Cow;

use code_schemes::{CodeScheme, ControlCode};
use pipeline_config::CodingMode;
use rustc_hash::FxHashSet;
use traced_data::{Key, TracedData, Value};

use crate::labels::{CODE_ID, code_of, labels_in};
use crate::plan::{Field, Plans};
use crate::rows::csv_row;

/// The key that says whether a person withdrew their consent, `"true"` or `"false"`.
pub(crate) const CONSENT_WITHDRAWN: &str = "consent_withdrawn";

/// The columns of the three CSV files.
pub(crate) struct Columns {
    production: Vec<Key>,
    messages: Vec<Column>,
    individuals: Vec<Column>,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A point in time, ISO 8601 with an offset.
    Time,
    /// `true` or `false`.
    Bool,
    /// 1 when one of the answer's labels has the column's code, else 0.
    Flag,
}

/// One column of the messages or individuals file.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What the cells of a column show.
pub(crate) enum Content {
    /// The value as it is.
    Value(Key),
    /// The string value of the one code.
    Code { coded: Key, scheme: std::sync::Arc<CodeScheme> },
    /// 1 when one of the labels has the code, else 0.
    HasCode { coded: Key, code_id: Value },
    /// A field that is left out of the individuals file but keeps its column.
    Empty,
}

impl Columns {
    pub(crate) fn new(plans: &Plans) -> Self {
        let mut production = vec![Key::new("uid"), Key::new("sent_on")];
        for plan in plans.all() {
            if !production.contains(&plan.raw) {
                production.push(plan.raw);
            }
        }
        let mut messages = analysis_columns(plans, |_| true);
        messages.insert(1, value_column("sent_on"));
        Self {
            production,
            messages: unique(messages),
            individuals: unique(analysis_columns(plans, |field| field.in_individuals)),
        }
    }

    /// The columns of the messages file, which has every column of the other two.
    pub(crate) fn messages(&self) -> &[Column] {
        &self.messages
    }

    /// What the cells of a CSV file are, column by column.
    pub(crate) fn kinds(columns: &[Column]) -> Vec<ColumnKind> {
        let kind = |column: &Column| match &column.content {
            Content::HasCode { .. } => ColumnKind::Flag,
            Content::Value(_) if column.name == "sent_on" => ColumnKind::Time,
            Content::Value(_) if column.name == CONSENT_WITHDRAWN => ColumnKind::Bool,
            Content::Value(_) | Content::Code { .. } | Content::Empty => ColumnKind::Text,
        };
        columns.iter().map(kind).collect()
    }

    pub(crate) fn individuals(&self) -> &[Column] {
        &self.individuals
    }

    pub(crate) fn is_in_production(&self, name: &str) -> bool {
        self.production.iter().any(|key| key.as_str() == name)
    }

    pub(crate) fn is_in_individuals(&self, name: &str) -> bool {
        self.individuals.iter().any(|column| column.name == name)
    }

    pub(crate) fn production_header(&self) -> Box<[u8]> {
        csv_row(self.production.iter().map(|key| key.as_str().into()))
    }

    pub(crate) fn messages_header(&self) -> Box<[u8]> {
        header(&self.messages)
    }

    pub(crate) fn individuals_header(&self) -> Box<[u8]> {
        header(&self.individuals)
    }

    /// The row for the radio show's producers; `None` for noise.
    pub(crate) fn production_row(&self, object: &TracedData) -> Option<Box<[u8]>> {
        let is_noise = object.get(Key::new("noise")).is_some_and(Value::is_truthy);
        let cells = self.production.iter().map(|key| cell(object.get(*key)));
        (!is_noise).then(|| csv_row(cells))
    }

    pub(crate) fn messages_row(&self, object: &TracedData) -> Box<[u8]> {
        row(&self.messages, object)
    }

    pub(crate) fn individuals_row(&self, object: &TracedData) -> Box<[u8]> {
        row(&self.individuals, object)
    }
}

fn analysis_columns(plans: &Plans, is_exported: impl Fn(&Field) -> bool) -> Vec<Column> {
    let mut columns = vec![value_column("uid"), value_column(CONSENT_WITHDRAWN)];
    for plan in plans.all() {
        for field in &plan.fields {
            if let Some(analysis_key) = &field.analysis_key {
                columns.extend(field_columns(field, analysis_key, is_exported(field)));
            }
        }
        columns.push(value_column(plan.raw.as_str()));
    }
    columns
}

fn field_columns(field: &Field, analysis_key: &str, exported: bool) -> Vec<Column> {
    let column = |name: String, content: Content| Column {
        name,
        content: if exported { content } else { Content::Empty },
    };
    let coded = field.coded;
    match field.mode {
        CodingMode::Single => {
            let scheme = std::sync::Arc::clone(&field.scheme);
            vec![column(analysis_key.to_owned(), Content::Code { coded, scheme })]
        }
        CodingMode::Multiple => field
            .scheme
            .codes()
            .iter()
            .map(|code| {
                let code_id = Value::from(code.code_id.as_str());
                let name = format!("{analysis_key}_{}", code.string_value);
                column(name, Content::HasCode { coded, code_id })
            })
            .collect(),
    }
}

fn value_column(name: &str) -> Column {
    Column { name: name.to_owned(), content: Content::Value(Key::new(name)) }
}

/// Each name once, where it comes first.
fn unique(mut columns: Vec<Column>) -> Vec<Column> {
    let mut names: FxHashSet<String> = FxHashSet::default();
    columns.retain(|column| names.insert(column.name.clone()));
    columns
}

fn header(columns: &[Column]) -> Box<[u8]> {
    csv_row(columns.iter().map(|column| column.name.as_str().into()))
}

fn row(columns: &[Column], object: &TracedData) -> Box<[u8]> {
    let withdrawn = object.text(Key::new(CONSENT_WITHDRAWN)).is_some_and(|text| &**text == "true");
    csv_row(columns.iter().map(|column| match &column.content {
        _ if withdrawn && column.name == CONSENT_WITHDRAWN => "true".into(),
        _ if withdrawn => ControlCode::Stop.as_str().into(),
        Content::Value(key) => cell(object.get(*key)),
        Content::Code { coded, scheme } => {
            let code = object.get(*coded).and_then(|label| code_of(scheme, label));
            code.map_or(Cow::Borrowed(""), |code| code.string_value.clone().into())
        }
        Content::HasCode { coded, code_id } => {
            let labels = labels_in(object.get(*coded));
            if labels.iter().any(|label| label.member(*CODE_ID) == Some(code_id)) {
                "1"
            } else {
                "0"
            }
            .into()
        }
        Content::Empty => "".into(),
    }))
}

fn cell(value: Option<&Value>) -> Cow<'_, str> {
    value.map(Value::to_cell).unwrap_or_default()
}
