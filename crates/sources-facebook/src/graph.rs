//! What the Graph API can be asked for.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};
use fetching::{Clock, Time, read_json};
use pipeline_config::{FacebookSearch, FacebookSource};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answers::{
    self, Insight, Page, ReactionsOfPost, ServerComment, ServerPost, SharesOfPost,
};
use crate::error::FacebookError;
use crate::transport::{Token, Transport};

/// The newest version when this was written, and the one that it was tested with.
pub const DEFAULT_VERSION: &str = "v26.0";

const FACEBOOK: &str = "https://graph.facebook.com";

/// How many items a page has at most; more is not to be had.
const PAGE_SIZE: u32 = 100;
/// When the server finds a page too large, smaller ones are asked for, down to this.
const SMALLEST_PAGE_SIZE: u32 = 5;
/// "Please reduce the amount of data you're asking for" comes with this number.
const TOO_MUCH_DATA: i64 = 1;

/// What a link to the next page does not change, or must not tell.
const OWN_PARAMETERS: [&str; 5] = ["access_token", "fields", "filter", "limit", "order"];

/// The Graph API, with the token of one page.
pub struct Graph {
    transport: Transport,
}

#[derive(Deserialize)]
struct FoundPost {
    id: String,
    message: Option<String>,
    created_time: Time,
}

impl Graph {
    /// The Graph API that `source` names, or the one at `emulator` when that is given.
    ///
    /// # Errors
    ///
    /// [`FacebookError::BadAddress`].
    pub fn new(
        source: &FacebookSource,
        emulator: Option<&str>,
        token: Token,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FacebookError> {
        let address = emulator.or(source.api_url.as_deref()).unwrap_or(FACEBOOK);
        let version = source.graph_version.as_deref().unwrap_or(DEFAULT_VERSION);
        Ok(Self { transport: Transport::new(address, version, token, clock)? })
    }

    /// The server, for errors.
    pub(crate) fn server(&self) -> &str {
        &self.transport.server
    }

    /// The ids of the posts of the page that `search` describes, as the server orders them.
    pub(crate) fn find_posts(
        &self,
        page_id: &str,
        search: &FacebookSearch,
    ) -> Result<Vec<String>, FacebookError> {
        // Whether the ends belong to the range is not documented, so more is asked for and the
        // range is checked here.
        let second = TimeDelta::seconds(1);
        let parameters = parameters([
            ("fields", "message,created_time".to_owned()),
            ("since", search_time(search.start_date - second)),
            ("until", search_time(search.end_date + second)),
        ]);
        let mut found = Vec::new();
        let what = format!("posts of page `{page_id}`");
        self.pages(&[page_id, "published_posts"], &parameters, &what, |page: Vec<FoundPost>| {
            found.extend(page.into_iter().filter(|post| post.is_meant(search)).map(|it| it.id));
            Ok(())
        })?;
        Ok(found)
    }

    /// A post.
    pub(crate) fn post(&self, id: &str) -> Result<ServerPost, FacebookError> {
        let fields =
            "attachments,message,created_time,comments.filter(stream).limit(0).summary(true)";
        self.one(&[id], "fields", fields, &format!("post `{id}`"))
    }

    /// How many reactions a post has.
    pub(crate) fn n_reactions(&self, id: &str) -> Result<Option<u64>, FacebookError> {
        let (fields, what) =
            ("reactions.limit(0).summary(total_count)", format!("the reactions to post `{id}`"));
        let post: ReactionsOfPost = self.one(&[id], "fields", fields, &what)?;
        Ok(post.reactions.and_then(|reactions| reactions.total_count()))
    }

    /// How often a post was shared.
    pub(crate) fn n_shares(&self, id: &str) -> Result<u64, FacebookError> {
        let what = format!("the shares of post `{id}`");
        let post: SharesOfPost = self.one(&[id], "fields", "shares", &what)?;
        Ok(post.shares.and_then(|shares| shares.count).unwrap_or_default())
    }

    /// The number that a metric has for a post.
    pub(crate) fn metric(&self, id: &str, metric: &str) -> Result<Option<u64>, FacebookError> {
        let what = format!("metric `{metric}` of post `{id}`");
        let page: Page<Insight> = self.one(&[id, "insights"], "metric", metric, &what)?;
        Ok(Insight::number(&page.data, metric))
    }

    /// All comments under a post and the replies to them, page by page, the oldest first; with
    /// `since` those that were written then or later.
    ///
    /// A server that does not know `since` gives all of them.
    pub(crate) fn comments(
        &self,
        post_id: &str,
        since: Option<Time>,
        on_page: impl FnMut(Vec<ServerComment>) -> Result<(), FacebookError>,
    ) -> Result<(), FacebookError> {
        let mut parameters = parameters([
            ("fields", "from{id},parent{id},attachment,created_time,message".to_owned()),
            ("filter", "stream".to_owned()),
            // New ones come last then, and what is read stays in its place.
            ("order", "chronological".to_owned()),
        ]);
        parameters.extend(since.map(|since| ("since".to_owned(), since.0.timestamp().to_string())));
        self.pages(&[post_id, "comments"], &parameters, &comments_of(post_id), on_page)
    }

    fn one<T: DeserializeOwned>(
        &self,
        path: &[&str],
        name: &str,
        value: &str,
        what: &str,
    ) -> Result<T, FacebookError> {
        let parameters = parameters([(name, value.to_owned())]);
        let read =
            |body: &[u8]| read_json(body).map_err(|misread| self.transport.misread(what, misread));
        self.transport.get(what, || self.transport.url(path, &parameters), |_| {}, read)
    }

    /// Asks for all pages of a list. Only a page without a link to a next one is the last.
    fn pages<T: DeserializeOwned>(
        &self,
        path: &[&str],
        parameters: &[(String, String)],
        what: &str,
        mut on_page: impl FnMut(Vec<T>) -> Result<(), FacebookError>,
    ) -> Result<(), FacebookError> {
        let page_size = Cell::new(PAGE_SIZE);
        let mut position = parameters.to_vec();
        let mut seen = HashSet::from([position.clone()]);
        loop {
            let url = || {
                let mut url = self.transport.url(path, &position);
                url.query_pairs_mut().append_pair("limit", &page_size.get().to_string());
                url
            };
            let on_error = |error: &FacebookError| {
                if matches!(error, FacebookError::Graph { code: Some(TOO_MUCH_DATA), .. }) {
                    page_size.set((page_size.get() / 2).max(SMALLEST_PAGE_SIZE));
                }
            };
            let (items, next) = self.transport.get(what, url, on_error, |body| {
                let page: Page<T> = answers::read_page(body)
                    .map_err(|misread| self.transport.misread(what, misread))?;
                let next = page.next().map(|link| next_position(parameters, link));
                match next {
                    Some(next) if seen.contains(&next) => Err(FacebookError::RepeatedPage {
                        server: self.transport.server.clone(),
                        what: what.to_owned(),
                    }),
                    next => Ok((page.data, next)),
                }
            })?;
            on_page(items)?;
            match next {
                Some(next) => position = next,
                None => return Ok(()),
            }
            seen.insert(position.clone());
        }
    }
}

impl FoundPost {
    fn is_meant(&self, search: &FacebookSearch) -> bool {
        let has_text = self.message.as_ref().is_some_and(|text| text.contains(&*search.match_text));
        let is_inside =
            search.start_date <= self.created_time.0 && self.created_time.0 < search.end_date;
        has_text && is_inside
    }
}

/// What is asked for when comments of a post are, for errors.
pub(crate) fn comments_of(post_id: &str) -> String {
    format!("comments on post `{post_id}`")
}

/// The parameters of the next page: what we ask for, with what the server says of where it is.
///
/// The rest of the link is not taken: it holds the token, and could name another host, which must
/// not get it.
fn next_position(parameters: &[(String, String)], link: &str) -> Vec<(String, String)> {
    let mut position = parameters.to_vec();
    let Ok(link) = Url::parse(link) else { return position };
    for (name, value) in link.query_pairs() {
        if OWN_PARAMETERS.contains(&&*name) {
            continue;
        }
        match position.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value.into_owned(),
            None => position.push((name.into_owned(), value.into_owned())),
        }
    }
    position
}

fn parameters<const N: usize>(parameters: [(&str, String); N]) -> Vec<(String, String)> {
    parameters.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// A time as the Graph API reads it: UTC, whole seconds, `Z`.
fn search_time(time: iso_time::Instant) -> String {
    time.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_position_is_taken_from_a_link() {
        let asked = parameters([("fields", "message".to_owned()), ("until", "2".to_owned())]);
        let link = "https://evil.example/v8.0/1/comments?access_token=s3cr3t&fields=from&limit=1\
                    &until=1&after=abc%3D";
        let expected = [("fields", "message"), ("until", "1"), ("after", "abc=")];
        assert_eq!(next_position(&asked, link), expected.map(|(a, b)| (a.into(), b.into())));
    }

    #[test]
    fn a_search_is_a_text_in_a_range_whose_end_is_outside() {
        check("2021-06-01T00:00:00+0000", "about #gardens", true);
        check("2021-06-30T23:59:59+0000", "about #gardens", true);
        check("2021-07-01T00:00:00+0000", "about #gardens", false);
        check("2021-05-31T23:59:59+0000", "about #gardens", false);
        check("2021-06-02T00:00:00+0000", "about #Gardens", false);
    }

    #[track_caller]
    fn check(created_time: &str, message: &str, expected: bool) {
        let search = serde_json::json!({
            "Match": "#gardens",
            "StartDate": "2021-06-01T00:00:00Z",
            "EndDate": "2021-07-01T00:00:00Z",
        });
        let search: FacebookSearch = serde_json::from_value(search).unwrap();
        let post = serde_json::json!({
            "id": "1_2", "message": message, "created_time": created_time,
        });
        let post: FoundPost = serde_json::from_value(post).unwrap();
        assert_eq!(post.is_meant(&search), expected, "{created_time} {message}");
    }
}
