//! The JSON of the API, with the fields in the order of the real server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::timeline::Timeline;

use super::records::{Contact, Flow, Run, Value};
use super::workspace::Workspace;

/// A page of the lists that have cursors.
#[derive(Serialize)]
pub(super) struct PageAnswer<T> {
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) results: Vec<T>,
}

/// What tells a thing from others of its kind.
#[derive(Serialize)]
pub(super) struct Reference<'a> {
    uuid: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
pub(super) struct FlowAnswer<'a> {
    uuid: &'a str,
    name: &'a str,
    r#type: &'static str,
    archived: bool,
    labels: [(); 0],
    expires: u32,
    runs: RunCounts,
    results: Vec<ResultAnswer>,
    parent_refs: [(); 0],
    created_on: String,
    modified_on: String,
}

#[derive(Serialize, Default)]
struct RunCounts {
    active: usize,
    waiting: usize,
    completed: usize,
    expired: usize,
    interrupted: usize,
    failed: usize,
}

#[derive(Serialize)]
struct ResultAnswer {
    key: String,
    name: String,
    categories: BTreeSet<String>,
    node_uuids: BTreeSet<String>,
}

#[derive(Serialize)]
pub(super) struct ContactAnswer<'a> {
    uuid: &'a str,
    name: Option<&'a str>,
    #[serde(flatten)]
    anonymous: Option<AnonymousNames>,
    status: Option<&'static str>,
    language: Option<&'static str>,
    urns: Vec<String>,
    groups: Vec<GroupAnswer<'a>>,
    notes: Vec<serde_json::Value>,
    fields: &'a BTreeMap<String, Option<String>>,
    flow: Option<()>,
    created_on: String,
    modified_on: String,
    last_seen_on: Option<String>,
    blocked: Option<bool>,
    stopped: Option<bool>,
}

#[derive(Serialize)]
struct GroupAnswer<'a> {
    uuid: String,
    name: &'a str,
}

/// What stands for the name of a contact in an anonymous workspace.
#[derive(Serialize)]
struct AnonymousNames {
    r#ref: String,
    anon_display: String,
}

#[derive(Serialize)]
pub(super) struct RunAnswer<'a> {
    uuid: &'a str,
    flow: Reference<'a>,
    contact: RunContact<'a>,
    start: Option<Start<'a>>,
    responded: bool,
    path: Option<Vec<Step<'a>>>,
    #[serde(serialize_with = "as_map")]
    values: Vec<(&'a str, ValueAnswer<'a>)>,
    created_on: String,
    modified_on: String,
    exited_on: Option<String>,
    exit_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
}

#[derive(Serialize)]
struct RunContact<'a> {
    uuid: &'a str,
    name: Option<&'a str>,
    urn: Option<String>,
    urn_display: Option<String>,
    #[serde(flatten)]
    anonymous: Option<AnonymousNames>,
}

#[derive(Serialize)]
struct Start<'a> {
    uuid: &'a str,
}

#[derive(Serialize)]
struct Step<'a> {
    node: &'a str,
    time: String,
}

#[derive(Serialize)]
struct ValueAnswer<'a> {
    name: Option<&'a str>,
    value: Option<&'a str>,
    category: Option<&'a str>,
    node: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Option<&'a str>>,
}

/// `workspace.json`
pub(super) fn workspace(workspace: &Workspace) -> serde_json::Value {
    json!({
        "uuid": workspace.uuid,
        "name": workspace.name,
        "country": "US",
        "languages": ["eng"],
        "timezone": "UTC",
        "date_style": "day_first",
        "anon": workspace.is_anonymous,
        "credits": {"used": -1, "remaining": -1},
        "primary_language": "eng",
    })
}

impl<'a> FlowAnswer<'a> {
    /// A flow, with how many of its runs are shown.
    pub(super) fn new(workspace: &Workspace, flow: &'a Flow, timeline: &Timeline) -> Self {
        let mut runs = RunCounts::default();
        let mut results: Vec<ResultAnswer> = Vec::new();
        for run in workspace.runs.iter().filter(|run| run.flow == flow.uuid) {
            if timeline.shows(run.shown_from) {
                *runs.of(run) += 1;
            }
            for (key, value) in &run.values {
                add_result(&mut results, key, value);
            }
        }
        Self {
            uuid: &flow.uuid,
            name: &flow.name,
            r#type: "message",
            archived: flow.is_archived,
            labels: [],
            expires: 4320,
            runs,
            results,
            parent_refs: [],
            created_on: format_time(flow.created_on),
            modified_on: format_time(flow.modified_on),
        }
    }
}

impl RunCounts {
    fn of(&mut self, run: &Run) -> &mut usize {
        match run.exit_type.as_deref() {
            Some("completed") => &mut self.completed,
            Some("expired") => &mut self.expired,
            Some("interrupted") => &mut self.interrupted,
            Some("failed") => &mut self.failed,
            _ if run.values.is_empty() => &mut self.active,
            _ => &mut self.waiting,
        }
    }
}

fn add_result(results: &mut Vec<ResultAnswer>, key: &str, value: &Value) {
    let place = results.iter().position(|result| result.key == key).unwrap_or_else(|| {
        results.push(ResultAnswer {
            key: key.to_owned(),
            name: value.name.clone().unwrap_or_default(),
            categories: BTreeSet::new(),
            node_uuids: BTreeSet::new(),
        });
        results.len() - 1
    });
    results[place].categories.extend(value.category.clone());
    results[place].node_uuids.insert(value.node.clone());
}

impl<'a> ContactAnswer<'a> {
    pub(super) fn new(workspace: &Workspace, contact: &'a Contact, timeline: &Timeline) -> Self {
        let is_here = !contact.is_deleted;
        let created_on = contact.changes[0];
        let modified_on = contact.modified_on(timeline);
        static NO_FIELDS: BTreeMap<String, Option<String>> = BTreeMap::new();
        let group =
            |name: &'a String| GroupAnswer { uuid: crate::synthetic::uuid("group", name), name };
        let note = |text: &String| {
            let (time, by) =
                (format_time(created_on), json!({"email": "u@example.org", "name": "U"}));
            json!({"text": text, "created_on": time, "created_by": by})
        };
        Self {
            uuid: &contact.uuid,
            name: contact.name.as_deref().filter(|_| is_here),
            anonymous: AnonymousNames::of(workspace, contact),
            status: is_here.then_some("active"),
            language: None,
            urns: contact.urns.iter().filter(|_| is_here).map(|urn| workspace.show(urn)).collect(),
            groups: contact.groups.iter().filter(|_| is_here).map(group).collect(),
            notes: contact.notes.iter().filter(|_| is_here).map(note).collect(),
            fields: if is_here { &contact.fields } else { &NO_FIELDS },
            flow: None,
            created_on: format_time(created_on),
            modified_on: format_time(modified_on),
            last_seen_on: (created_on < modified_on).then(|| format_time(modified_on)),
            blocked: is_here.then_some(false),
            stopped: is_here.then_some(false),
        }
    }
}

impl Contact {
    /// When the contact last changed, of what is shown.
    pub(super) fn modified_on(&self, timeline: &Timeline) -> DateTime<Utc> {
        let shown = self.changes.iter().rfind(|time| timeline.shows(**time));
        shown.or(self.changes.first()).copied().unwrap_or_default()
    }

    /// Whether the contact is shown at all.
    pub(super) fn is_shown(&self, timeline: &Timeline) -> bool {
        self.changes.first().is_some_and(|time| timeline.shows(*time))
    }
}

impl AnonymousNames {
    fn of(workspace: &Workspace, contact: &Contact) -> Option<Self> {
        let uuid = crate::synthetic::uuid("ref", &contact.uuid).to_uppercase();
        let name = || uuid[..6].to_owned();
        workspace.is_anonymous.then(|| Self { r#ref: name(), anon_display: name() })
    }
}

impl<'a> RunAnswer<'a> {
    /// A run; `contacts` are those of the workspace by UUID.
    pub(super) fn new(
        workspace: &'a Workspace,
        run: &'a Run,
        contacts: &HashMap<&str, &'a Contact>,
        has_path: bool,
    ) -> Self {
        let flow = workspace.flows.iter().find(|flow| flow.uuid == run.flow);
        let steps = || run.values.iter().map(|(_, value)| Step::of(value)).collect();
        let values = run.values.iter();
        Self {
            uuid: &run.uuid,
            flow: Reference { uuid: &run.flow, name: flow.map_or("", |flow| &flow.name) },
            contact: RunContact::new(workspace, run, contacts.get(&*run.contact).copied()),
            start: run.start.as_deref().map(|uuid| Start { uuid }),
            responded: !run.values.is_empty(),
            path: has_path.then(steps),
            values: values
                .map(|(key, value)| (&**key, ValueAnswer::new(value, workspace.gives_input)))
                .collect(),
            created_on: format_time(run.created_on),
            modified_on: format_time(run.modified_on),
            exited_on: run.exited_on.map(format_time),
            exit_type: run.exit_type.as_deref(),
            id: workspace.gives_run_ids.then_some(run.id),
        }
    }
}

impl<'a> RunContact<'a> {
    fn new(workspace: &Workspace, run: &'a Run, contact: Option<&'a Contact>) -> Self {
        let urn = contact.filter(|contact| !contact.is_deleted).and_then(|it| it.urns.first());
        Self {
            uuid: &run.contact,
            name: contact.and_then(|contact| contact.name.as_deref()),
            urn: urn.map(|urn| workspace.show(urn)),
            urn_display: urn.filter(|_| !workspace.is_anonymous).map(|urn| display(urn)),
            anonymous: contact.and_then(|contact| AnonymousNames::of(workspace, contact)),
        }
    }
}

impl<'a> Step<'a> {
    fn of(value: &'a Value) -> Self {
        Self { node: &value.node, time: six_digits(value.time) }
    }
}

impl<'a> ValueAnswer<'a> {
    fn new(value: &'a Value, gives_input: bool) -> Self {
        Self {
            name: value.name.as_deref(),
            value: value.value.as_deref(),
            category: value.category.as_deref(),
            node: &value.node,
            time: six_digits(value.time),
            input: gives_input.then_some(value.input.as_deref()),
        }
    }
}

impl Workspace {
    /// A URN as the workspace shows it.
    fn show(&self, urn: &str) -> String {
        match urn.split_once(':') {
            Some((scheme, _)) if self.is_anonymous => format!("{scheme}:********"),
            _ => urn.to_owned(),
        }
    }
}

/// A URN for people: numbers as they are written at home, without their country.
fn display(urn: &str) -> String {
    let (scheme, path) = urn.split_once(':').unwrap_or(("", urn));
    let number = path.trim_start_matches('+');
    match (scheme, number.split_at_checked(3)) {
        ("tel" | "whatsapp", Some(("252", rest))) if rest.len() == 9 => {
            format!("{} {}", &rest[..2], &rest[2..])
        }
        ("tel" | "whatsapp", Some(("254", rest))) if rest.len() == 9 => {
            format!("0{} {}", &rest[..3], &rest[3..])
        }
        _ => path.to_owned(),
    }
}

/// A time as the server writes it: no fraction where there is none.
pub(super) fn format_time(time: DateTime<Utc>) -> String {
    let digits = match time.timestamp_subsec_micros() {
        0 => SecondsFormat::Secs,
        _ => SecondsFormat::Micros,
    };
    time.to_rfc3339_opts(digits, true)
}

/// A time within the path or the values of a run, which the server keeps as text.
fn six_digits(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn as_map<S: Serializer>(
    values: &[(&str, ValueAnswer<'_>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(key, value)| (key, value)))
}
