//! A request, from the token to the answer.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde::Serialize;
use serde_json::json;

use crate::pages::{self, Order, page};
use crate::timeline::Timeline;
use crate::traffic::{not_found, throttled};

use super::answers::{ContactAnswer, FlowAnswer, PageAnswer, RunAnswer};
use super::archives::BadLink;
use super::filters::{BadRequest, Parameters};
use super::records::{Contact, Flow, Run};
use super::workspace::Workspace;
use super::{Server, SharedWorkspace};

#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) server: Server,
    pub(super) timeline: Timeline,
}

/// The request for a page of a list.
struct Asked<'a> {
    /// The URL without its query.
    url: String,
    base_url: String,
    parameters: Parameters,
    timeline: &'a Timeline,
}

/// The endpoints, with what their requests are counted for.
const ENDPOINTS: [(&str, &str); 6] = [
    ("workspace", "v2"),
    ("org", "v2"),
    ("flows", "v2"),
    ("archives", "v2"),
    ("contacts", "v2.contacts"),
    ("runs", "v2.runs"),
];

/// `/api/v2/…`
pub(super) async fn api(
    State(context): State<Context>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let endpoint = path.strip_suffix(".json").unwrap_or(&path);
    let Some((endpoint, scope)) = ENDPOINTS.into_iter().find(|(name, _)| *name == endpoint) else {
        return not_found().await;
    };
    let workspace = match workspace_of(&context.server, &headers) {
        Ok(workspace) => workspace,
        Err(refusal) => return detail(StatusCode::FORBIDDEN, refusal),
    };
    let mut workspace = workspace.lock();
    let hourly_limit = workspace.hourly_limit;
    let mut response = if let Some(secs) = workspace.throttle.count(scope, hourly_limit) {
        throttled(Some(secs))
    } else if !matches!(method, Method::GET | Method::HEAD) {
        let refusal = format!("Method \"{method}\" not allowed.");
        detail(StatusCode::METHOD_NOT_ALLOWED, &refusal)
    } else if !path.ends_with(".json") && !accepts_json(&headers) {
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (headers, "<!doctype html>\n<html><body>Documentation</body></html>\n").into_response()
    } else {
        let base_url = base_url(&headers);
        let asked = Asked {
            url: format!("{base_url}{}", uri.path()),
            base_url,
            parameters: Parameters(pages::parameters(uri.query())),
            timeline: &context.timeline,
        };
        answer(&mut workspace, endpoint, &asked)
    };
    let uuid = HeaderValue::try_from(&workspace.uuid);
    let headers = response.headers_mut();
    headers.insert("x-temba-workspace", uuid.unwrap_or(HeaderValue::from_static("")));
    headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

/// `/archives/…`: a store that knows nothing of tokens.
pub(super) async fn archive_file(
    State(context): State<Context>,
    Path((workspace, file_name)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        let text = "Only one auth mechanism allowed";
        return refused_by_store(StatusCode::BAD_REQUEST, "InvalidArgument", text);
    }
    let parameters = Parameters(pages::parameters(uri.query()));
    let signature = parameters.get("Signature").unwrap_or_default();
    let expires = parameters.get("Expires").and_then(|text| text.parse().ok()).unwrap_or_default();
    let workspaces = context.server.workspaces();
    let workspace = workspaces.iter().find(|it| it.lock().uuid == workspace);
    let Some(workspace) = workspace.map(SharedWorkspace::lock) else {
        return refused_by_store(StatusCode::NOT_FOUND, "NoSuchKey", "No such key.");
    };
    match workspace.file(&file_name, signature, expires, Utc::now()) {
        Ok(archive) => {
            let headers =
                [(header::CONTENT_TYPE, "application/octet"), (header::CONTENT_ENCODING, "none")];
            (headers, archive.packed.clone()).into_response()
        }
        Err(BadLink::Expired) => {
            refused_by_store(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
        }
        Err(BadLink::WrongSignature) => {
            let text =
                "The request signature we calculated does not match the signature you provided.";
            refused_by_store(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", text)
        }
        Err(BadLink::NoSuchFile) => refused_by_store(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "The specified key does not exist.",
        ),
    }
}

fn workspace_of(server: &Server, headers: &HeaderMap) -> Result<SharedWorkspace, &'static str> {
    const MISSING: &str = "Authentication credentials were not provided.";
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let words: Vec<&str> = header.unwrap_or_default().split_ascii_whitespace().collect();
    match words[..] {
        [keyword] if keyword.eq_ignore_ascii_case("token") => {
            Err("Invalid token header. No credentials provided.")
        }
        [keyword, token] if keyword.eq_ignore_ascii_case("token") => {
            server.workspace_of(token).ok_or("Invalid token")
        }
        [keyword, ..] if keyword.eq_ignore_ascii_case("token") => {
            Err("Invalid token header. Token string should not contain spaces.")
        }
        _ => Err(MISSING),
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("application/json"))
}

fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

fn answer(workspace: &mut Workspace, endpoint: &str, asked: &Asked<'_>) -> Response {
    let result = match endpoint {
        "flows" => flows(workspace, asked),
        "contacts" => contacts(workspace, asked),
        "runs" => runs(workspace, asked),
        "archives" => Ok(archives(workspace, asked)),
        _ => Ok(Json(super::answers::workspace(workspace)).into_response()),
    };
    result.unwrap_or_else(|refusal| match refusal {
        BadRequest::Parameter(text) => detail(StatusCode::BAD_REQUEST, &text),
        BadRequest::Cursor => detail(StatusCode::NOT_FOUND, "Invalid cursor"),
    })
}

fn flows(workspace: &Workspace, asked: &Asked<'_>) -> Result<Response, BadRequest> {
    let parameters = &asked.parameters;
    let (uuid, between) = (parameters.uuid("uuid")?, parameters.between());
    let archived = parameters.get("archived").map(|_| parameters.is_true("archived"));
    let mut flows: Vec<(usize, &Flow)> = workspace.flows.iter().enumerate().collect();
    flows.retain(|(_, flow)| {
        uuid.is_none_or(|uuid| flow.uuid == uuid)
            && archived.is_none_or(|archived| flow.is_archived == archived)
            && between.contains(flow.created_on)
    });
    flows.sort_by_key(|(place, flow)| std::cmp::Reverse((flow.created_on, *place)));
    let time = |(_, flow): &(usize, &Flow)| flow.created_on;
    let page = page(&flows, time, Order::NewestFirst, &parameters.cursor()?, workspace.page_size);
    Ok(asked.page(page, |(_, flow)| FlowAnswer::new(workspace, flow, asked.timeline)))
}

fn contacts(workspace: &Workspace, asked: &Asked<'_>) -> Result<Response, BadRequest> {
    let parameters = &asked.parameters;
    let (uuid, between) = (parameters.uuid("uuid")?, parameters.between());
    let (urn, group) = (parameters.get("urn"), parameters.get("group"));
    if urn.is_some() && workspace.is_anonymous {
        let text = "URN lookups not allowed for anonymous organizations";
        return Err(BadRequest::Parameter(text.to_owned()));
    }
    let wants_deleted = parameters.is_true("deleted");
    let all = workspace.contacts.iter().enumerate();
    let mut contacts: Vec<(chrono::DateTime<Utc>, usize, &Contact)> = all
        .filter(|(_, contact)| {
            contact.is_shown(asked.timeline)
                && contact.is_deleted == wants_deleted
                && uuid.is_none_or(|uuid| contact.uuid == uuid)
                && urn.is_none_or(|urn| contact.urns.iter().any(|known| known == urn))
                && group.is_none_or(|group| contact.groups.iter().any(|known| known == group))
        })
        .map(|(place, contact)| (contact.modified_on(asked.timeline), place, contact))
        .filter(|(modified_on, _, _)| between.contains(*modified_on))
        .collect();
    contacts.sort_by_key(|(modified_on, place, _)| (*modified_on, *place));
    let order = parameters.order();
    if order == Order::NewestFirst {
        contacts.reverse();
    }
    let page = page(&contacts, |row| row.0, order, &parameters.cursor()?, workspace.page_size);
    Ok(asked.page(page, |(_, _, contact)| ContactAnswer::new(workspace, contact, asked.timeline)))
}

fn runs(workspace: &mut Workspace, asked: &Asked<'_>) -> Result<Response, BadRequest> {
    let parameters = &asked.parameters;
    let (flow, contact) = (parameters.uuid("flow")?, parameters.uuid("contact")?);
    let (uuid, between) = (parameters.uuid("uuid")?, parameters.between());
    if flow.is_some() && contact.is_some() {
        let text = "You may only specify one of the contact, flow parameters";
        return Err(BadRequest::Parameter(text.to_owned()));
    }
    let responded = parameters.get("responded").map(|_| parameters.is_true("responded"));
    let id = parameters.get("id");
    let mut runs: Vec<&Run> = workspace.runs.iter().collect();
    runs.retain(|run| {
        flow.is_none_or(|flow| run.flow == flow)
            && contact.is_none_or(|contact| run.contact == contact)
            && uuid.is_none_or(|uuid| run.uuid == uuid)
            && id.is_none_or(|id| run.id.to_string() == id)
            && responded.is_none_or(|responded| run.values.is_empty() != responded)
            && between.contains(run.modified_on)
            && asked.timeline.shows(run.shown_from)
    });
    runs.sort_by_key(|run| (run.modified_on, run.id));
    let order = parameters.order();
    if order == Order::NewestFirst {
        runs.reverse();
    }
    let time = |run: &&Run| run.modified_on;
    let page = page(&runs, time, order, &parameters.cursor()?, workspace.page_size);
    let last = page.rows.last().map(|run| (*run).clone());
    let has_path = parameters.get("paths").is_none() || parameters.is_true("paths");
    let contacts: HashMap<&str, &Contact> =
        workspace.contacts.iter().map(|contact| (&*contact.uuid, contact)).collect();
    let answer = asked.page(page, |run| RunAnswer::new(workspace, run, &contacts, has_path));
    if let Some(last) = last {
        workspace.touch(&last, order == Order::OldestFirst, asked.timeline);
    }
    Ok(answer)
}

fn archives(workspace: &Workspace, asked: &Asked<'_>) -> Response {
    let parameters = &asked.parameters;
    let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").filter(|limit| 0 < *limit).unwrap_or(250);
    let offset = number("offset").unwrap_or(0);
    let kind = parameters.get("type").or_else(|| parameters.get("archive_type"));
    let (period, between) = (parameters.get("period"), parameters.between());
    let mut archives: Vec<_> = workspace.archives.iter().collect();
    archives.retain(|archive| {
        let start = archive.start_date.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
        kind.is_none_or(|kind| archive.kind == kind)
            && period.is_none_or(|period| archive.period == period)
            && between.contains(start)
    });
    archives.sort_by_key(|archive| std::cmp::Reverse(archive.start_date));
    let count = archives.len();
    let link = |offset: usize| {
        let offset = (0 < offset).then(|| offset.to_string());
        let changes = [("limit", Some(limit.to_string())), ("offset", offset)];
        pages::link_to(&asked.url, parameters.with(&changes))
    };
    let on_page = archives.iter().skip(offset).take(limit);
    let results: Vec<_> =
        on_page.map(|archive| archive.answer(workspace, &asked.base_url)).collect();
    Json(json!({
        "count": count,
        "next": (offset + limit < count).then(|| link(offset + limit)),
        "previous": (0 < offset).then(|| link(offset.saturating_sub(limit))),
        "results": results,
    }))
    .into_response()
}

impl Asked<'_> {
    fn page<T, A: Serialize>(&self, page: pages::Page<T>, answer: impl Fn(T) -> A) -> Response {
        let link = |cursor: pages::Cursor| {
            let parameters = self.parameters.with(&[("cursor", Some(cursor.to_text()))]);
            pages::link_to(&self.url, parameters)
        };
        let body = PageAnswer {
            next: page.next.map(link),
            previous: page.previous.map(link),
            results: page.rows.into_iter().map(answer).collect(),
        };
        Json(body).into_response()
    }
}

fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"detail": text}))).into_response()
}

/// As S3 refuses.
fn refused_by_store(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}
