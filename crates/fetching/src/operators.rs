//! Labels with the telephone operator that people reach the radio station through.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use code_schemes::{Code, CodeScheme, ControlCode};
use text_cleaners::Country;
use traced_data::{Key, Value};

static OPERATOR_RAW: LazyLock<Key> = LazyLock::new(|| Key::new("operator_raw"));
static OPERATOR_CODED: LazyLock<Key> = LazyLock::new(|| Key::new("operator_coded"));

/// The labels that a scheme of operators has, by match value.
#[derive(Debug)]
pub struct OperatorLabels {
    country: Arc<Country>,
    by_match_value: BTreeMap<String, Value>,
    not_coded: Option<Value>,
}

impl OperatorLabels {
    /// The labels on `scheme` for the operators of `country`, made at `made_at` (ISO 8601) by the
    /// step `made_by` (`<crate>::<step>`).
    pub fn new(country: &Arc<Country>, scheme: &CodeScheme, made_by: &str, made_at: &str) -> Self {
        let operators = country.operators().codes().into_iter();
        let by_match_value = operators
            .filter_map(|operator| {
                let code = scheme.matching(operator)?;
                Some((operator.to_owned(), label(scheme, code, made_by, made_at)))
            })
            .collect();
        let not_coded = scheme.control(ControlCode::NotCoded);
        Self {
            country: Arc::clone(country),
            by_match_value,
            not_coded: not_coded.map(|code| label(scheme, code, made_by, made_at)),
        }
    }

    /// `operator_raw` (the first five digits of the phone number, or how else the person is
    /// reached) and `operator_coded`: its label, NC for operators that the scheme does not have.
    pub fn of(&self, operator_digits: Option<&str>, scheme: &str) -> Vec<(Key, Value)> {
        let raw = operator_digits.unwrap_or(scheme);
        let operator = self.country.operators().operator_of(raw);
        let label = operator.and_then(|operator| self.by_match_value.get(operator));
        let mut changes = vec![(*OPERATOR_RAW, raw.into())];
        changes.extend(
            label.or(self.not_coded.as_ref()).map(|label| (*OPERATOR_CODED, label.clone())),
        );
        changes
    }
}

fn label(scheme: &CodeScheme, code: &Code, made_by: &str, made_at: &str) -> Value {
    let key = Key::new;
    let origin = Value::object([
        (key("OriginID"), made_by.into()),
        (key("Name"), "Pipeline Auto-Coder".into()),
        (key("OriginType"), "External".into()),
    ]);
    Value::object([
        (key("SchemeID"), scheme.scheme_id.as_str().into()),
        (key("CodeID"), code.code_id.as_str().into()),
        (key("DateTimeUTC"), made_at.into()),
        (key("Checked"), false.into()),
        (key("Origin"), origin),
    ])
}
