//! What goes over the wire: requests that were made, faults and recorded answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::pages;

mod cut_body;
mod fault;

pub use fault::Fault;
use fault::Planned;
pub(crate) use fault::throttled;

/// The requests to all services, but for those under `/control`, and what goes wrong with them.
/// Clones share all of it.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<Inside>>);

/// What another server once answered, given instead of asking the service.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Recorded {
    /// The path and query that are answered so, e.g. `/api/v2/runs.json?reverse=true`; the order of
    /// the parameters does not matter. `None`: whatever is asked.
    pub url: Option<String>,
    /// Parameters that do not matter.
    #[serde(default)]
    pub ignored_parameters: Vec<String>,
    /// How many such requests before it are answered by the service.
    #[serde(default)]
    pub n_before: usize,
    /// How often; `None`: always.
    pub times: Option<usize>,
    /// The status.
    pub status: u16,
    /// The headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Inside {
    requests: Vec<String>,
    faults: Vec<Planned>,
    recorded: Vec<Recorded>,
}

impl Traffic {
    /// Lets something go wrong with the nth request from now, counted from 1.
    pub fn plan_nth(&self, nth: usize, fault: Fault) {
        self.plan("", nth, 1, fault);
    }

    /// Lets something go wrong with the nth request from now and all after it.
    pub fn plan_from(&self, nth: usize, fault: Fault) {
        self.plan("", nth, usize::MAX, fault);
    }

    /// Lets something go wrong with `n_times` requests whose path and query contain `part`, from
    /// the nth on.
    pub fn plan(&self, part: &str, nth: usize, n_times: usize, fault: Fault) {
        let part = part.to_owned();
        self.lock().faults.push(Planned { part, n_before: nth.max(1) - 1, n_times, fault });
    }

    /// Answers as another server once did. What was recorded last comes first.
    pub fn replay(&self, recorded: Recorded) {
        self.lock().recorded.push(recorded);
    }

    /// Answers the nth request from now, counted from 1, as another server once did.
    pub fn replay_nth(&self, nth: usize, mut recorded: Recorded) {
        recorded.n_before = nth.max(1) - 1;
        self.replay(recorded);
    }

    /// Nothing goes wrong any more, nothing is answered as elsewhere, and requests are
    /// remembered from here.
    pub fn heal(&self) {
        let mut inside = self.lock();
        inside.faults.clear();
        inside.recorded.clear();
        inside.requests.clear();
    }

    /// The path and query of each request so far.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request; gives what goes wrong with it, and the answer that is recorded for it.
    fn note(&self, url: &str) -> (Option<Fault>, Option<Recorded>) {
        let mut inside = self.lock();
        inside.requests.push(url.to_owned());
        let fault = fault::next(&mut inside.faults, url);
        let mut recorded = None;
        for fitting in inside.recorded.iter_mut().rev().filter(|recorded| recorded.is_for(url)) {
            if 0 < fitting.n_before {
                fitting.n_before -= 1;
            } else if recorded.is_none() && fault.is_none() {
                fitting.times = fitting.times.map(|times| times - 1);
                recorded = Some(fitting.clone());
            }
        }
        (fault, recorded)
    }
}

impl Recorded {
    fn is_for(&self, url: &str) -> bool {
        let is_asked = self.url.as_ref().is_none_or(|recorded| {
            let (path, parameters) = self.parts(url);
            (path, parameters) == self.parts(recorded)
        });
        self.times != Some(0) && is_asked
    }

    fn parts<'u>(&self, url: &'u str) -> (&'u str, BTreeMap<String, String>) {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut parameters: BTreeMap<String, String> =
            pages::parameters(Some(query)).into_iter().collect();
        parameters.retain(|name, _| !self.ignored_parameters.contains(name));
        (path, parameters)
    }
}

impl IntoResponse for Recorded {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.append(name, value);
            }
        }
        (status, headers, self.body).into_response()
    }
}

/// Stands before all services.
pub(crate) async fn watch(
    State(traffic): State<Traffic>,
    request: Request,
    next: Next,
) -> Response {
    let url = request.uri().path_and_query().map_or("/", |url| url.as_str()).to_owned();
    let host = request.headers().get(header::HOST).cloned();
    let (fault, recorded) = traffic.note(&url);
    if let Some(recorded) = recorded {
        return recorded.into_response();
    }
    let own_url = || {
        format!(
            "http://{}{url}",
            host.as_ref().and_then(|it| it.to_str().ok()).unwrap_or("127.0.0.1")
        )
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::Slow { millis }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            next.run(request).await
        }
        Some(Fault::CutBody) => cut_body::cut(next.run(request).await).await,
        Some(Fault::RepeatNext) => fault::repeat_next(next.run(request).await, &own_url()).await,
        Some(fault) => fault.instead_of_an_answer(),
    }
}

/// As Django answers paths that it does not know.
pub(crate) async fn not_found() -> Response {
    const PAGE: &str = "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n\
                        </head>\n<body>\n  <h1>Not Found</h1><p>The requested resource was not \
                        found on this server.</p>\n</body>\n</html>\n";
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (StatusCode::NOT_FOUND, headers, Body::from(PAGE)).into_response()
}
