//! Messages and labels as documents have them.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, Utc};
use google_services::documents::{Fields, Value};

pub(crate) const MESSAGE_ID: &str = "MessageID";
pub(crate) const SEQUENCE_NUMBER: &str = "SequenceNumber";
pub(crate) const LAST_UPDATED: &str = "LastUpdated";
pub(crate) const LABELS: &str = "Labels";

/// The labels of a message, newest first.
pub(crate) fn labels(message: &Fields) -> impl Iterator<Item = &Fields> {
    let labels = message.get(LABELS).and_then(Value::as_array).unwrap_or_default();
    labels.iter().filter_map(Value::as_map)
}

/// The place of a message in its dataset.
pub(crate) fn sequence_number(message: &Fields) -> Option<i64> {
    message.get(SEQUENCE_NUMBER).and_then(Value::as_integer)
}

/// A text of a label, or nothing.
pub(crate) fn text<'a>(label: &'a Fields, key: &str) -> &'a str {
    label.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a person gave or confirmed the label.
pub(crate) fn is_human(label: &Fields) -> bool {
    let origin = label.get("Origin").and_then(Value::as_map);
    let origin_type = origin.map(|origin| text(origin, "OriginType"));
    is_checked(label) || origin_type == Some("Manual")
}

/// Whether the label is confirmed; as in Coda's web page, it is not when it does not say.
pub(crate) fn is_checked(label: &Fields) -> bool {
    label.get("Checked").and_then(Value::as_bool).unwrap_or(false)
}

/// The labels that count: the newest of each scheme.
pub(crate) fn latest_labels(message: &Fields) -> impl Iterator<Item = &Fields> {
    let mut seen = BTreeSet::new();
    labels(message).filter(move |label| seen.insert(text(label, "SchemeID")))
}

/// The newest time that a value of Coda means, written as a timestamp or as ISO 8601; a text
/// without an offset is in UTC.
pub(crate) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Timestamp(instant) => Some(*instant),
        Value::String(text) => {
            let parsed = iso_time::parse(text).or_else(|_| iso_time::parse(&format!("{text}Z")));
            parsed.ok().map(|instant| instant.to_utc())
        }
        _ => None,
    }
}

/// Gives to `newer` those of the labels in `older` that it lacks and that `is_wanted` wants, and
/// says how many there were. Order is by time, newest first, where anything was added.
///
/// Coda's web page only ever puts labels in front: a label that is gone was overwritten.
pub(crate) fn add_missing_labels(
    newer: &mut Fields,
    older: &Fields,
    is_wanted: impl Fn(&Fields) -> bool,
) -> usize {
    let mut known: BTreeSet<LabelKey> = labels(newer).map(LabelKey::of).collect();
    let missing: Vec<Value> = labels(older)
        .filter(|label| is_wanted(label) && known.insert(LabelKey::of(label)))
        .map(|label| Value::Map(label.clone()))
        .collect();
    let n_missing = missing.len();
    if 0 < n_missing {
        let Value::Array(all) =
            newer.entry(LABELS.to_owned()).or_insert_with(|| Value::Array(Vec::new()))
        else {
            return 0;
        };
        all.extend(missing);
        all.sort_by_key(|label| std::cmp::Reverse(label.as_map().and_then(given_at)));
    }
    n_missing
}

fn given_at(label: &Fields) -> Option<DateTime<Utc>> {
    label.get("DateTimeUTC").and_then(instant)
}

/// What makes two labels the same one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct LabelKey {
    scheme_id: String,
    code_id: String,
    origin_id: String,
    is_checked: bool,
    /// Cut to the millisecond, as Coda's web page does when it writes a message again.
    given_at: Result<DateTime<Utc>, String>,
}

impl LabelKey {
    fn of(label: &Fields) -> Self {
        let given_at = given_at(label).map(|instant| instant.trunc_subsecs(3));
        let origin = label.get("Origin").and_then(Value::as_map);
        Self {
            scheme_id: text(label, "SchemeID").to_owned(),
            code_id: text(label, "CodeID").to_owned(),
            origin_id: origin.map(|origin| text(origin, "OriginID")).unwrap_or_default().to_owned(),
            is_checked: is_checked(label),
            given_at: given_at.ok_or_else(|| text(label, "DateTimeUTC").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_written_again_by_the_web_page_is_the_same() {
        let older = message(&[("a", "2021-06-01T08:00:00.123456+00:00")]);
        let mut newer = message(&[("a", "2021-06-01T08:00:00.123Z")]);
        assert_eq!(add_missing_labels(&mut newer, &older, |_| true), 0);
        assert_eq!(newer, message(&[("a", "2021-06-01T08:00:00.123Z")]));
    }

    #[test]
    fn a_label_that_is_gone_comes_back_in_its_place() {
        let (first, second, third) = (
            ("a", "2021-06-01T08:00:00Z"),
            ("b", "2021-06-02T08:00:00"),
            ("c", "2021-06-03T08:00:00Z"),
        );
        let mut newer = message(&[third, first]);
        assert_eq!(add_missing_labels(&mut newer, &message(&[second, first]), |_| true), 1);
        assert_eq!(newer, message(&[third, second, first]));
        assert_eq!(add_missing_labels(&mut newer, &message(&[second, first]), |_| true), 0);
    }

    #[test]
    fn times_are_compared_as_instants() {
        let instants =
            ["2021-06-01T08:00:00Z", "2021-06-01T11:00:00.000+03:00", "2021-06-01T08:00:00"]
                .map(|text| instant(&Value::from(text)));
        assert!(instants[0].is_some());
        assert!(instants.iter().all(|instant| *instant == instants[0]));
        assert_eq!(instant(&Value::from("soon")), None);
    }

    fn message(labels: &[(&str, &str)]) -> Fields {
        let labels: Vec<_> = labels
            .iter()
            .map(|(code, time)| json!({"SchemeID": "s", "CodeID": code, "DateTimeUTC": time}))
            .collect();
        let message = Value::from_plain_json(&json!({ "Labels": labels }));
        message.as_map().unwrap().clone()
    }
}
