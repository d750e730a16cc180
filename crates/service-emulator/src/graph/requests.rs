//! What requests ask for, and their answers.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::GraphError;
use super::fields::{self, Field};
use super::page::{Comment, Page, Post};
use super::{NEWEST_VERSION, OLDEST_VERSION, Server, SharedPage, answers};
use crate::pages::{link_to, parameters, parse_time};
use crate::timeline::Timeline;
use crate::traffic;

/// No page holds more, whatever is asked for.
const LARGEST_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 25;

/// What handlers need.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) server: Server,
    pub(super) timeline: Timeline,
}

/// A request, taken apart.
struct Asked {
    /// The URL without its query.
    url: String,
    parameters: Vec<(String, String)>,
    token: String,
}

/// `/{version}/{id}`
pub(super) async fn node(
    State(context): State<Context>,
    Path((version, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let answer = context.answer(&version, &request, |asked, page| {
        let post = page.post(&id).filter(|it| context.timeline.shows(it.created_time));
        let fields = asked.fields("created_time,message")?;
        answers::post(page, post.ok_or(GraphError::MISSING)?, &fields)
            .ok_or(GraphError::BAD_PARAMETER)
    });
    match answer {
        Some(answer) => answer,
        None => traffic::not_found().await,
    }
}

/// `/{version}/{id}/{edge}`
pub(super) async fn edge(
    State(context): State<Context>,
    Path((version, id, edge)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let timeline = &context.timeline;
    let answer = context.answer(&version, &request, |asked, page| match &*edge {
        "published_posts" if page.id == id => published_posts(asked, page, timeline),
        "comments" => comments(asked, page, &id, timeline),
        "insights" => insights(asked, page, &id),
        _ => Err(GraphError::MISSING),
    });
    match answer {
        Some(answer) => answer,
        None => traffic::not_found().await,
    }
}

impl Context {
    /// The answer to a request; `None` when the path is not one of the Graph API.
    fn answer(
        &self,
        version: &str,
        request: &Request,
        answer: impl Fn(&Asked, &Page) -> Result<Value, GraphError>,
    ) -> Option<Response> {
        let number = version_number(version)?;
        let asked = Asked::of(request);
        let served = match number {
            _ if number < version_number(OLDEST_VERSION)? => OLDEST_VERSION,
            _ if version_number(NEWEST_VERSION)? < number => NEWEST_VERSION,
            _ => version,
        };
        let url = request.uri().to_string();
        let page: Result<SharedPage, GraphError> = match self.server.planned_error(&url) {
            Some(error) => Err(error),
            None if asked.token.is_empty() => Err(GraphError::NO_TOKEN),
            None => self.server.page_of(&asked.token).ok_or(GraphError::MALFORMED_TOKEN),
        };
        let mut response = match page.and_then(|page| answer(&asked, &page.lock())) {
            Ok(value) => Json(value).into_response(),
            Err(error) => error.to_response(&asked.token),
        };
        if let Ok(served) = HeaderValue::try_from(served) {
            response.headers_mut().insert("facebook-api-version", served);
        }
        Some(response)
    }
}

impl Asked {
    fn of(request: &Request) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let parameters = parameters(uri.query());
        let host = header_text(headers, header::HOST.as_str()).unwrap_or("127.0.0.1");
        let in_query = parameters.iter().find(|(name, _)| name == "access_token");
        let in_header = header_text(headers, header::AUTHORIZATION.as_str());
        let in_header = in_header
            .and_then(|it| it.strip_prefix("Bearer ").or_else(|| it.strip_prefix("OAuth ")));
        let token = in_query.map(|(_, token)| token.as_str()).or(in_header).unwrap_or_default();
        Self { url: format!("http://{host}{}", uri.path()), token: token.to_owned(), parameters }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn fields(&self, default: &str) -> Result<Vec<Field>, GraphError> {
        let text = self.parameter("fields").unwrap_or(default);
        fields::parse(text).ok_or(GraphError::BAD_PARAMETER)
    }

    /// A time in seconds since 1970 or ISO 8601.
    fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, GraphError> {
        let Some(text) = self.parameter(name) else { return Ok(None) };
        let seconds = text.parse().ok().and_then(|secs| DateTime::from_timestamp(secs, 0));
        seconds.or_else(|| parse_time(text)).map(Some).ok_or(GraphError::BAD_PARAMETER)
    }

    /// A page of a list. Its cursors name the items at its ends; a full page may be followed by an
    /// empty one, which has a link to the next all the same.
    fn list<T>(
        &self,
        page: &Page,
        items: &[T],
        id: impl Fn(&T) -> &str,
        shown: impl Fn(&T) -> Option<Value>,
    ) -> Result<Value, GraphError> {
        let asked = self.parameter("limit").map_or(Ok(DEFAULT_PAGE), str::parse);
        let limit = asked.map_err(|_| GraphError::BAD_PARAMETER)?;
        let limit = limit.min(LARGEST_PAGE).min(page.page_size).max(1);
        let (start, comes_after_empty) = match self.parameter("after") {
            None => (0, true),
            Some(cursor) => {
                let (last, is_empty) = read_cursor(cursor).ok_or(GraphError::BAD_PARAMETER)?;
                let place = items.iter().position(|item| id(item) == last);
                (place.ok_or(GraphError::BAD_PARAMETER)? + 1, is_empty)
            }
        };
        if page.has_empty_pages && !comes_after_empty {
            let after = cursor(id(&items[start - 1]), true);
            return Ok(json!({"data": [], "paging": {"next": self.next(&after)}}));
        }
        let rows = &items[start.min(items.len())..(start + limit).min(items.len())];
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(json!({"data": []}));
        };
        let after = cursor(id(last), false);
        let data: Option<Vec<Value>> = rows.iter().map(shown).collect();
        let mut answer = json!({
            "data": data.ok_or(GraphError::BAD_PARAMETER)?,
            "paging": {"cursors": {"before": cursor(id(first), false), "after": after}},
        });
        if start + rows.len() < items.len() {
            answer["paging"]["next"] = self.next(&after).into();
        }
        Ok(answer)
    }

    /// The link to the next page, which holds the token.
    fn next(&self, after: &str) -> String {
        let mut parameters = self.parameters.clone();
        parameters.retain(|(name, _)| !matches!(&**name, "after" | "access_token"));
        parameters.push(("access_token".to_owned(), self.token.clone()));
        parameters.push(("after".to_owned(), after.to_owned()));
        link_to(&self.url, parameters)
    }
}

fn published_posts(asked: &Asked, page: &Page, timeline: &Timeline) -> Result<Value, GraphError> {
    let (since, until) = (asked.time("since")?, asked.time("until")?);
    let fields = asked.fields("created_time,message")?;
    let mut posts: Vec<&Post> = page
        .posts
        .iter()
        .filter(|post| timeline.shows(post.created_time))
        .filter(|post| since.is_none_or(|since| since <= post.created_time))
        .filter(|post| until.is_none_or(|until| post.created_time <= until))
        .collect();
    posts.sort_by(|one, other| (other.created_time, &other.id).cmp(&(one.created_time, &one.id)));
    asked.list(page, &posts, |post| &post.id, |post| answers::post(page, post, &fields))
}

fn comments(
    asked: &Asked,
    page: &Page,
    id: &str,
    timeline: &Timeline,
) -> Result<Value, GraphError> {
    let post = page.post(id).ok_or(GraphError::MISSING)?;
    let since = asked.time("since")?;
    let fields = asked.fields("created_time,from,message")?;
    let is_flat = asked.parameter("filter") == Some("stream");
    let mut comments: Vec<&Comment> = post
        .comments
        .iter()
        .filter(|_| page.shows_comments)
        .filter(|comment| timeline.shows(comment.created_time))
        .filter(|comment| is_flat || comment.parent.is_none())
        .filter(|comment| since.is_none_or(|since| since <= comment.created_time))
        .collect();
    comments
        .sort_by(|one, other| (one.created_time, &one.id).cmp(&(other.created_time, &other.id)));
    if asked.parameter("order") == Some("reverse_chronological") {
        comments.reverse();
    }
    let shown = |comment: &&Comment| answers::comment(page, post, comment, &fields);
    asked.list(page, &comments, |comment| &comment.id, shown)
}

fn insights(asked: &Asked, page: &Page, id: &str) -> Result<Value, GraphError> {
    let post = page.post(id).ok_or(GraphError::MISSING)?;
    if !page.allows_insights {
        return Err(GraphError::NO_PERMISSION);
    }
    let names = asked.parameter("metric").ok_or(GraphError::BAD_PARAMETER)?;
    let metric = |name: &str| {
        let value = match name {
            "post_reactions_by_type_total" => json!(post.reactions),
            name => json!(post.metrics.get(name).ok_or(GraphError::UNKNOWN_METRIC)?),
        };
        Ok(json!({
            "name": name,
            "period": "lifetime",
            "values": [{"value": value}],
            "title": name,
            "description": name,
            "id": format!("{id}/insights/{name}/lifetime"),
        }))
    };
    let data: Result<Vec<Value>, GraphError> = names.split(',').map(metric).collect();
    Ok(json!({"data": data?, "paging": {"previous": asked.next(""), "next": asked.next("")}}))
}

/// The major and minor number of `v26.0`.
fn version_number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.strip_prefix('v')?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A cursor, which holds an id as those of Facebook do.
fn cursor(id: &str, is_after_empty: bool) -> String {
    URL_SAFE_NO_PAD.encode(format!("cursor:{}:{id}", u8::from(is_after_empty)))
}

fn read_cursor(text: &str) -> Option<(String, bool)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (is_after_empty, id) = text.strip_prefix("cursor:")?.split_once(':')?;
    Some((id.to_owned(), is_after_empty == "1"))
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
