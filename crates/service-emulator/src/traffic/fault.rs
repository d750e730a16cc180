//! What can go wrong with a request.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What goes wrong with a request. As JSON: `{"status": 503}`, `"cut_body"`,
/// `{"rate_limit": {"retry_after_secs": 19}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The server wants to be left alone: 429 with `Retry-After`.
    RateLimit {
        /// For how long; `None`: it does not say.
        retry_after_secs: Option<u64>,
    },
    /// Another status: a text when it is the server's fault, else JSON.
    Status(u16),
    /// Half of the answer, then the connection breaks.
    CutBody,
    /// A web page in place of data, with status 200.
    Html,
    /// The answer comes late.
    Slow {
        /// How late.
        millis: u64,
    },
    /// The link to the next page leads to this page.
    RepeatNext,
}

/// A fault that waits for its request.
#[derive(Debug)]
pub(super) struct Planned {
    /// What the path and query contain.
    pub(super) part: String,
    /// How many such requests are left alone.
    pub(super) n_before: usize,
    /// How many after them are not.
    pub(super) n_times: usize,
    pub(super) fault: Fault,
}

/// What goes wrong with this request: the first of the faults whose turn it is.
pub(super) fn next(planned: &mut Vec<Planned>, url: &str) -> Option<Fault> {
    let mut fault = None;
    for planned in planned.iter_mut().filter(|planned| url.contains(&planned.part)) {
        if 0 < planned.n_before {
            planned.n_before -= 1;
        } else {
            planned.n_times = planned.n_times.saturating_sub(1);
            fault = fault.or(Some(planned.fault));
        }
    }
    planned.retain(|planned| 0 < planned.n_times);
    fault
}

impl Fault {
    /// The answer in place of that of the service.
    pub(super) fn instead_of_an_answer(self) -> Response {
        match self {
            Self::RateLimit { retry_after_secs } => throttled(retry_after_secs),
            Self::Html => {
                let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
                (headers, "<!doctype html>\n<html><body>Back soon</body></html>\n").into_response()
            }
            Self::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                if !status.is_server_error() {
                    let detail = match status {
                        StatusCode::FORBIDDEN => "Invalid token",
                        _ => status.canonical_reason().unwrap_or_default(),
                    };
                    return (status, Json(json!({"detail": detail}))).into_response();
                }
                let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
                let text = "Server Error. Site administrators have been notified.";
                (status, headers, text).into_response()
            }
            Self::CutBody | Self::Slow { .. } | Self::RepeatNext => {
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// As RapidPro answers who asks too often.
pub(crate) fn throttled(retry_after_secs: Option<u64>) -> Response {
    let expected = retry_after_secs.map_or(String::new(), |secs| {
        let plural = if secs == 1 { "" } else { "s" };
        format!(" Expected available in {secs} second{plural}.")
    });
    let body = Json(json!({"detail": format!("Request was throttled.{expected}")}));
    let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
    if let Some(secs) = retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, secs.into());
    }
    response
}

/// The same page, whose link to the next page leads to itself. Pages without such a link stay.
pub(super) async fn repeat_next(response: Response, own_url: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(mut page) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    for place in ["/next", "/paging/next"] {
        if let Some(next) = page.pointer_mut(place).filter(|next| next.is_string()) {
            *next = own_url.into();
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page.to_string()))
}
