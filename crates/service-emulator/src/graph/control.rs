//! Errors of the Graph API on request of another process: `/control/graph/errors`.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GraphError, Server};

/// An error for requests to come, e.g. `{"error": "throttled", "part": "/comments"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedError {
    /// Which.
    error: Name,
    /// With which request from now, counted from 1.
    nth: Option<usize>,
    /// With how many from that on; left out: one; 0: all.
    times: Option<usize>,
    /// What the path and query of the requests contain; left out: all count.
    #[serde(default)]
    part: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    MalformedToken,
    ExpiredToken,
    NoPermission,
    Missing,
    UnknownMetric,
    BadParameter,
    Throttled,
    Temporary,
    TooMuchData,
}

/// The paths of this module.
pub(crate) fn router(server: Server) -> Router {
    Router::new().route("/errors", post(plan).delete(heal)).with_state(server)
}

async fn plan(State(server): State<Server>, Json(planned): Json<PlannedError>) -> Json<Value> {
    let PlannedError { error, nth, times, part } = planned;
    let n_times = match times.unwrap_or(1) {
        0 => usize::MAX,
        times => times,
    };
    server.fail(&part, nth.unwrap_or(1), n_times, error.error());
    Json(json!({}))
}

async fn heal(State(server): State<Server>) -> Json<Value> {
    server.heal();
    Json(json!({}))
}

impl Name {
    fn error(&self) -> GraphError {
        match self {
            Self::MalformedToken => GraphError::MALFORMED_TOKEN,
            Self::ExpiredToken => GraphError::EXPIRED_TOKEN,
            Self::NoPermission => GraphError::NO_PERMISSION,
            Self::Missing => GraphError::MISSING,
            Self::UnknownMetric => GraphError::UNKNOWN_METRIC,
            Self::BadParameter => GraphError::BAD_PARAMETER,
            Self::Throttled => GraphError::THROTTLED,
            Self::Temporary => GraphError::TEMPORARY,
            Self::TooMuchData => GraphError::TOO_MUCH_DATA,
        }
    }
}
