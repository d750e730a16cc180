//! An object of raw data, read back into the run that it came from.

use chrono::{DateTime, Utc};
use traced_data::{Key, TracedData, Value};

use crate::pages::parse_time;

/// A run, by what raw data says of it.
pub(super) struct Row {
    /// The participant id.
    pub(super) person: String,
    pub(super) urn_type: String,
    pub(super) operator_raw: Option<String>,
    pub(super) is_test: bool,
    pub(super) run_id: i64,
    pub(super) created_on: DateTime<Utc>,
    pub(super) modified_on: DateTime<Utc>,
    pub(super) exited_on: Option<DateTime<Utc>>,
    pub(super) exit_type: Option<String>,
    pub(super) answers: Vec<Answer>,
}

/// An answer.
pub(super) struct Answer {
    /// The key of the result, e.g. `rqa_s01e01`.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) text: Option<String>,
    pub(super) category: Option<String>,
    pub(super) time: DateTime<Utc>,
}

impl Row {
    /// The run of `flow` that an object came from; `None` for objects that are no runs, and for
    /// noise, which no server marks.
    pub(super) fn read(object: &TracedData, flow: &str) -> Option<Self> {
        if object.contains(Key::new("noise")) {
            return None;
        }
        let text = |key: &str| text(object.get(Key::new(key))?);
        let of_run = |name: &str| text(&format!("{name} - {flow}"));
        let modified_on = parse_time(&of_run("run_modified_on")?)?;
        let suffix = format!(" (Text) - {flow}");
        let answers = object.sorted_items().into_iter().filter_map(|(key, _)| {
            let title = key.as_str().strip_suffix(&suffix)?;
            let part = |what: &str| text(&format!("{title} ({what}) - {flow}"));
            Some(Answer {
                key: title.to_lowercase(),
                name: title.to_owned(),
                text: part("Text"),
                category: part("Category"),
                time: part("Time").and_then(|time| parse_time(&time)).unwrap_or(modified_on),
            })
        });
        let mut answers: Vec<Answer> = answers.collect();
        answers.sort_by_key(|answer| answer.time);
        Some(Self {
            person: text("avf_phone_id")?,
            urn_type: text("urn_type").unwrap_or_else(|| "tel".to_owned()),
            operator_raw: text("operator_raw"),
            is_test: object.contains(Key::new("test_run")),
            run_id: of_run("run_id")?.parse().ok()?,
            created_on: of_run("run_created_on")
                .and_then(|it| parse_time(&it))
                .unwrap_or(modified_on),
            modified_on,
            exited_on: of_run("run_exited_on").and_then(|time| parse_time(&time)),
            exit_type: of_run("run_exit_type"),
            answers,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        value => Some(value.to_cell().into_owned()),
    }
}
