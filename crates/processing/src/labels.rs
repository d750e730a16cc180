//! Labels as values of traced data: making them, reading them, and converting Coda's.

use std::sync::{Arc, LazyLock};

use code_schemes::{Code, CodeId, CodeScheme, ControlCode, Label, Origin, SchemeId};
use rustc_hash::FxHashMap;
use traced_data::{Key, Value};

/// The key of a label's code.
pub(crate) static CODE_ID: LazyLock<Key> = LazyLock::new(|| Key::new("CodeID"));

/// The key of whether a human confirmed a label.
static CHECKED: LazyLock<Key> = LazyLock::new(|| Key::new("Checked"));

/// Makes the labels of one run: all carry the time at which the run began.
pub(crate) struct LabelMaker {
    made_at: Value,
}

/// The labels that one step can give on one scheme, by code.
pub(crate) struct Labels(FxHashMap<CodeId, Value>);

impl LabelMaker {
    pub(crate) fn new(made_at: &str) -> Self {
        Self { made_at: made_at.into() }
    }

    /// A label for each code of the scheme.
    pub(crate) fn all(&self, scheme: &CodeScheme, origin: &str, checked: bool) -> Labels {
        self.of_codes(scheme, scheme.codes(), origin, checked)
    }

    /// The label of one control code; none when the scheme lacks the code.
    pub(crate) fn control(&self, scheme: &CodeScheme, code: ControlCode, origin: &str) -> Labels {
        self.of_codes(scheme, scheme.control(code), origin, false)
    }

    fn of_codes<'a>(
        &self,
        scheme: &CodeScheme,
        codes: impl IntoIterator<Item = &'a Code>,
        origin: &str,
        checked: bool,
    ) -> Labels {
        let origin = Value::object([
            (key("OriginID"), origin.into()),
            (key("Name"), "Pipeline Auto-Coder".into()),
            (key("OriginType"), "External".into()),
        ]);
        let label = |code: &Code| {
            Value::object([
                (key("SchemeID"), scheme.scheme_id.as_str().into()),
                (key("CodeID"), code.code_id.as_str().into()),
                (key("DateTimeUTC"), self.made_at.clone()),
                (key("Checked"), checked.into()),
                (key("Origin"), origin.clone()),
            ])
        };
        Labels(codes.into_iter().map(|code| (code.code_id.clone(), label(code))).collect())
    }
}

impl Labels {
    /// The label of `code`, which is one of those the labels were made for.
    pub(crate) fn of(&self, code: &Code) -> Value {
        self.0.get(&code.code_id).expect("labels are made for all codes a step can give").clone()
    }

    /// The only label of a control code's labels; check-config made sure the scheme has the code.
    pub(crate) fn only(&self) -> Value {
        self.0.values().next().expect("check-config refuses schemes without this code").clone()
    }
}

/// A Coda label as a value, under the scheme id it should have.
pub(crate) fn coda_label_value(label: &Label, scheme_id: &SchemeId) -> Value {
    let mut origin = vec![
        (key("OriginID"), label.origin.origin_id.as_str().into()),
        (key("Name"), label.origin.name.as_str().into()),
        (key("OriginType"), label.origin.origin_type.as_str().into()),
    ];
    if let Some(metadata) = &label.origin.metadata {
        let pairs = metadata.iter().map(|(name, text)| (Key::new(name), text.as_str().into()));
        origin.push((key("Metadata"), Value::object(pairs)));
    }
    let mut pairs = vec![
        (key("SchemeID"), scheme_id.as_str().into()),
        (key("CodeID"), label.code_id.as_str().into()),
        (key("DateTimeUTC"), label.date_time_utc.as_str().into()),
        (key("Origin"), Value::object(origin)),
    ];
    // A label without `Checked` was checked by nobody.
    pairs.push((key("Checked"), label.checked.unwrap_or(false).into()));
    if let Some(confidence) = &label.confidence {
        let whole = confidence.as_i64().map(Value::from);
        let value = whole.or_else(|| confidence.as_f64().map(Value::from));
        pairs.extend(value.map(|value| (key("Confidence"), value)));
    }
    if let Some(label_set) = label.label_set {
        pairs.push((key("LabelSet"), label_set.into()));
    }
    Value::object(pairs)
}

/// A label value as a label of a Coda file.
pub(crate) fn coda_label(value: &Value) -> Option<Label> {
    let text = |value: &Value, key: &str| value.member(Key::new(key))?.as_str().map(str::to_owned);
    let origin = value.member(Key::new("Origin"))?;
    Some(Label {
        scheme_id: text(value, "SchemeID")?.as_str().into(),
        code_id: text(value, "CodeID")?.as_str().into(),
        date_time_utc: text(value, "DateTimeUTC")?,
        checked: Some(value.member(Key::new("Checked")) == Some(&Value::Bool(true))),
        confidence: None,
        label_set: None,
        origin: Origin {
            origin_id: text(origin, "OriginID")?,
            name: text(origin, "Name")?,
            origin_type: text(origin, "OriginType")?,
            metadata: None,
        },
    })
}

/// The code that a label value gives; `None` when the value is no label of the scheme.
pub(crate) fn code_of<'a>(scheme: &'a CodeScheme, label: &Value) -> Option<&'a Code> {
    scheme.code(label.member(*CODE_ID)?.as_str()?)
}

/// The labels in a coded field, whether it holds one or a list.
pub(crate) fn labels_in(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(labels)) => labels,
        Some(label @ Value::Object(_)) => std::slice::from_ref(label),
        _ => &[],
    }
}

/// Whether a human confirmed the label.
pub(crate) fn is_checked(label: &Value) -> bool {
    label.member(*CHECKED) == Some(&Value::Bool(true))
}

/// A list of labels as a value.
pub(crate) fn list(labels: impl Into<Arc<[Value]>>) -> Value {
    Value::Array(labels.into())
}

fn key(text: &str) -> Key {
    Key::new(text)
}
