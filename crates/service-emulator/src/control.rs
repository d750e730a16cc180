//! Steers the emulator from another process.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /control/state` | what is there: the time, and per workspace its name, token and counts |
//! | `POST /control/time` `{"until": "2024-02-10T00:00:00Z"}` | shows what happened up to then; `null`: everything |
//! | `POST /control/faults` `{"fault": {"status": 503}, "nth": 3}` | lets something go wrong ([`Planned`]) |
//! | `DELETE /control/faults` | nothing goes wrong any more, requests are forgotten |
//! | `GET /control/requests` | the path and query of each request so far |
//! | `POST /control/graph/errors` `{"error": "throttled", "part": "/comments"}` | the Graph API answers with an error: `throttled`, `temporary`, `too_much_data`, `expired_token`, `malformed_token`, `no_permission`, `missing`, `bad_parameter`, `unknown_metric`; `DELETE` ends that |
//! | `POST /control/rapidpro` `{"archive_before": "2024-02-05"}` | changes workspaces ([`Change`]) |

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::emulator::Services;
use crate::graph;
use crate::pages::parse_time;
use crate::rapidpro::Workspace;
use crate::traffic::Fault;

/// Something that goes wrong with requests to come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// What.
    pub fault: Fault,
    /// With which request from now, counted from 1.
    pub nth: Option<usize>,
    /// With how many from that on; left out: one; 0: all.
    pub times: Option<usize>,
    /// What the path and query of the requests contain; left out: all count.
    #[serde(default)]
    pub part: String,
}

/// A change to workspaces; what is left out stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// The name of the workspace; left out: all.
    pub workspace: Option<String>,
    /// Moves runs that changed before this day to archives.
    #[serde(deserialize_with = "day")]
    pub archive_before: Option<NaiveDate>,
    /// The same, and they stay in the list.
    #[serde(deserialize_with = "day")]
    pub archive_copies_before: Option<NaiveDate>,
    /// Links to archives that were given so far are no longer good.
    pub expire_links: bool,
    /// Whether runs say what people typed.
    pub gives_input: Option<bool>,
    /// Whether runs have numbers.
    pub gives_run_ids: Option<bool>,
    /// Whether the workspace hides how contacts are reached.
    pub is_anonymous: Option<bool>,
    /// How many rows a page has.
    pub page_size: Option<usize>,
    /// How many requests of a kind are answered an hour.
    pub hourly_limit: Option<usize>,
    /// After how many pages of runs another run changes.
    pub n_touches: Option<usize>,
    /// All runs of this flow changed at this time.
    pub same_time: Option<At>,
    /// Deletes the contact with this UUID at this time.
    pub delete_contact: Option<At>,
}

/// What something happens to, and when, e.g. `{"what": "demo_s01e01", "time": "2024-02-05"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The name or UUID.
    pub what: String,
    /// When.
    #[serde(deserialize_with = "time")]
    pub time: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(deserialize_with = "optional_time")]
    until: Option<DateTime<Utc>>,
}

/// The paths of this module, below `/control`.
pub(crate) fn router(services: Services) -> Router {
    let graph_errors = graph::control::router(services.graph.clone());
    Router::new()
        .route("/state", get(state))
        .route("/time", post(set_time))
        .route("/faults", post(plan).delete(heal))
        .route("/requests", get(requests))
        .route("/rapidpro", post(change))
        .with_state(services)
        .nest("/graph", graph_errors)
}

async fn state(State(services): State<Services>) -> Json<Value> {
    let workspaces = services.rapidpro.workspaces();
    let workspaces = workspaces.iter().map(|workspace| {
        let workspace = workspace.lock();
        let shown = workspace.runs.iter().filter(|run| services.timeline.shows(run.shown_from));
        json!({
            "name": workspace.name,
            "uuid": workspace.uuid,
            "token": workspace.token,
            "flows": workspace.flows.iter().map(|flow| &flow.name).collect::<Vec<_>>(),
            "n_contacts": workspace.contacts.len(),
            "n_runs": workspace.runs.len(),
            "n_runs_shown": shown.count(),
            "n_archives": workspace.archives.len(),
        })
    });
    let workspaces: Vec<Value> = workspaces.collect();
    Json(json!({
        "until": services.timeline.until().map(|until| until.to_rfc3339()),
        "n_requests": services.traffic.requests().len(),
        "rapidpro": workspaces,
    }))
}

async fn set_time(State(services): State<Services>, Json(time): Json<Time>) -> Json<Value> {
    match time.until {
        Some(until) => services.timeline.show_until(until),
        None => services.timeline.show_all(),
    }
    state(State(services)).await
}

async fn plan(State(services): State<Services>, Json(planned): Json<Planned>) -> Json<Value> {
    let n_times = planned.times.unwrap_or(1);
    let n_times = if n_times == 0 { usize::MAX } else { n_times };
    services.traffic.plan(&planned.part, planned.nth.unwrap_or(1), n_times, planned.fault);
    Json(json!({}))
}

async fn heal(State(services): State<Services>) -> Json<Value> {
    services.traffic.heal();
    Json(json!({}))
}

async fn requests(State(services): State<Services>) -> Json<Vec<String>> {
    Json(services.traffic.requests())
}

async fn change(State(services): State<Services>, Json(change): Json<Change>) -> Json<Value> {
    for workspace in services.rapidpro.workspaces() {
        let mut workspace = workspace.lock();
        if change.workspace.as_ref().is_none_or(|name| *name == workspace.name) {
            change.apply(&mut workspace);
        }
    }
    state(State(services)).await
}

impl Change {
    fn apply(&self, workspace: &mut Workspace) {
        if let Some(day) = self.archive_before {
            workspace.archive_before(day);
        }
        if let Some(day) = self.archive_copies_before {
            workspace.archive_copies_before(day);
        }
        if self.expire_links {
            workspace.expire_links();
        }
        if let Some(At { what, time }) = &self.same_time {
            workspace.set_modified_on(what, *time);
        }
        if let Some(At { what, time }) = &self.delete_contact {
            workspace.delete_contact(what, *time);
        }
        set(&mut workspace.gives_input, self.gives_input);
        set(&mut workspace.gives_run_ids, self.gives_run_ids);
        set(&mut workspace.is_anonymous, self.is_anonymous);
        set(&mut workspace.page_size, self.page_size);
        set(&mut workspace.hourly_limit, self.hourly_limit);
        set(&mut workspace.n_touches, self.n_touches);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_time(&text).ok_or_else(|| no_time(&text))
}

fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse_time(&text).ok_or_else(|| no_time(&text))).transpose()
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    Ok(optional_time(deserializer)?.map(|time| time.date_naive()))
}

fn no_time<E: serde::de::Error>(text: &str) -> E {
    E::custom(format!("`{text}` is no time such as 2024-02-10T00:00:00Z"))
}
