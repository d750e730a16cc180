//! How far labelling is: the numbers that Coda shows beside each dataset.

use code_schemes::{ControlCode, MANUALLY_UNCODED};
use google_services::documents::{Fields, Value};

use crate::message::{is_checked, latest_labels, text};
use crate::schemes::Schemes;

/// The document `metrics/messages` of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// How many messages there are.
    pub n_messages: u64,
    /// How many have a confirmed label.
    pub n_labelled: u64,
    /// How many a person says are in the wrong place.
    pub n_wrong_scheme: u64,
    /// How many a person could not code.
    pub n_not_coded: u64,
}

impl Metrics {
    /// Counts messages.
    pub(crate) fn of<'a>(
        messages: impl IntoIterator<Item = &'a Fields>,
        schemes: &Schemes,
    ) -> Self {
        messages
            .into_iter()
            .fold(Self::default(), |sum, message| sum.plus_message(message, schemes))
    }

    fn plus_message(self, message: &Fields, schemes: &Schemes) -> Self {
        let confirmed: Vec<&Fields> = latest_labels(message)
            .filter(|label| text(label, "CodeID") != MANUALLY_UNCODED && is_checked(label))
            .collect();
        let has = |code| confirmed.iter().any(|label| schemes.is_control(label, code));
        Self {
            n_messages: self.n_messages + 1,
            n_labelled: self.n_labelled + u64::from(!confirmed.is_empty()),
            n_wrong_scheme: self.n_wrong_scheme + u64::from(has(ControlCode::WrongScheme)),
            n_not_coded: self.n_not_coded + u64::from(has(ControlCode::NotCoded)),
        }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            n_messages: self.n_messages + other.n_messages,
            n_labelled: self.n_labelled + other.n_labelled,
            n_wrong_scheme: self.n_wrong_scheme + other.n_wrong_scheme,
            n_not_coded: self.n_not_coded + other.n_not_coded,
        }
    }

    /// The numbers in a document, if it has all of them.
    pub(crate) fn from_fields(fields: &Fields) -> Option<Self> {
        let number = |key: &str| {
            fields
                .get(key)
                .and_then(Value::as_integer)
                .and_then(|number| u64::try_from(number).ok())
        };
        Some(Self {
            n_messages: number("messages_count")?,
            n_labelled: number("messages_with_label")?,
            n_wrong_scheme: number("wrong_scheme_messages")?,
            n_not_coded: number("not_coded_messages")?,
        })
    }

    /// The document.
    pub(crate) fn to_fields(self) -> Fields {
        [
            ("messages_count", self.n_messages),
            ("messages_with_label", self.n_labelled),
            ("wrong_scheme_messages", self.n_wrong_scheme),
            ("not_coded_messages", self.n_not_coded),
        ]
        .into_iter()
        .map(|(key, n)| (key.to_owned(), Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))))
        .collect()
    }
}
