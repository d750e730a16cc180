//! One request to the Graph API: with the token, tried again when that can help, and patient when
//! the server was asked too often.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fetching::{Clock, Misread, Retries, read_json};
use google_services::{Unpacking, http_client_with};
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use tracing::{debug, info, warn};

use crate::error::{FacebookError, GraphErrorKind};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// How often the server can say that it was asked too often before we give up on one request.
const N_THROTTLES: u32 = 8;
/// Facebook counts by the hour, in windows that move on.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3660);

/// Which version of the interface answered.
const VERSION_HEADER: &str = "facebook-api-version";
/// What is used up of what a page may ask for, and when it may ask again.
const USAGE_HEADER: &str = "x-business-use-case-usage";

/// The token of a page. It is not shown.
#[derive(Clone)]
pub struct Token(String);

/// A connection to the Graph API.
pub(crate) struct Transport {
    pub(crate) server: String,
    api: Url,
    version: String,
    token: Token,
    http: Client,
    clock: Arc<dyn Clock>,
    /// The version that answered first.
    served_version: OnceLock<String>,
}

/// An error in place of data.
#[derive(Deserialize)]
struct ErrorAnswer {
    error: ServerError,
}

/// Its message is looked at and never kept: it can quote the token.
#[derive(Deserialize)]
struct ServerError {
    code: Option<i64>,
    error_subcode: Option<i64>,
    #[serde(default)]
    is_transient: bool,
    message: Option<String>,
}

impl Token {
    /// Reads a token file. White space around the token does not count.
    ///
    /// # Errors
    ///
    /// [`FacebookError::BadToken`], which names the file and does not show the text.
    pub fn parse(text: &str, token_file: &str) -> Result<Self, FacebookError> {
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FacebookError::BadToken { token_file: token_file.to_owned() });
        }
        Ok(Self(token.to_owned()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(…)")
    }
}

impl Transport {
    pub(crate) fn new(
        address: &str,
        version: &str,
        token: Token,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FacebookError> {
        let bad = || FacebookError::BadAddress { address: address.to_owned() };
        let api = match address.contains("://") {
            true => Url::parse(address),
            false => Url::parse(&format!("http://{address}")),
        };
        let mut api = api.map_err(|_| bad())?;
        if !matches!(api.scheme(), "http" | "https") || !api.has_host() {
            return Err(bad());
        }
        api.set_query(None);
        api.set_fragment(None);
        Ok(Self {
            server: address.to_owned(),
            api,
            version: version.to_owned(),
            token,
            http: http_client_with(REQUEST_TIMEOUT, Unpacking::Yes),
            clock,
            served_version: OnceLock::new(),
        })
    }

    /// The URL of something, e.g. of the comments of a post, without the token.
    pub(crate) fn url(&self, path: &[&str], parameters: &[(String, String)]) -> Url {
        let mut url = self.api.clone();
        url.path_segments_mut()
            .expect("the base has a host")
            .pop_if_empty()
            .push(&self.version)
            .extend(path);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    /// Gets what `url` names and gives what `read` makes of it; both again while that can help.
    ///
    /// `url` is asked anew for each try; `on_error` is told of each that failed.
    pub(crate) fn get<T>(
        &self,
        what: &str,
        url: impl Fn() -> Url,
        on_error: impl Fn(&FacebookError),
        read: impl Fn(&[u8]) -> Result<T, FacebookError>,
    ) -> Result<T, FacebookError> {
        let ask = || {
            let done = self.ask(url(), what).and_then(|body| read(&body));
            done.inspect_err(&on_error)
        };
        let is_passing = |error: &FacebookError| {
            error.is_retryable() && error.kind() != Some(GraphErrorKind::Throttled)
        };
        let mut wait = FIRST_WAIT;
        for _ in 0..N_THROTTLES {
            match Retries::default().run(&*self.clock, (&self.server, what), is_passing, ask) {
                Err(FacebookError::Graph {
                    kind: GraphErrorKind::Throttled, wait_secs, ..
                }) if wait_secs.is_none_or(|secs| secs <= LONGEST_WAIT.as_secs()) => {
                    let asked = wait_secs.map_or(wait, Duration::from_secs).max(FIRST_WAIT / 60);
                    let secs = asked.as_secs();
                    warn!(
                        server = self.server,
                        what,
                        wait_secs = secs,
                        "Asked too often; waiting."
                    );
                    self.clock.sleep(asked);
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                done => return done,
            }
        }
        Retries::default().run(&*self.clock, (&self.server, what), is_passing, ask)
    }

    /// Asks once.
    fn ask(&self, mut url: Url, what: &str) -> Result<Vec<u8>, FacebookError> {
        debug!(server = self.server, what, "Asking.");
        url.query_pairs_mut().append_pair("access_token", &self.token.0);
        let read = |response: Response| {
            let (status, headers) = (response.status(), response.headers().clone());
            // A body that is cut short is an error here.
            Ok((status, headers, response.bytes()?))
        };
        let answer = self.http.get(url).send().and_then(read);
        let (status, headers, body) = answer.map_err(|error| FacebookError::NoAnswer {
            server: self.server.clone(),
            what: what.to_owned(),
            source: error.without_url(),
        })?;
        self.note_version(&headers);
        match read_json::<ErrorAnswer>(&body) {
            Ok(answer) => Err(self.error(what, status.as_u16(), &headers, Some(&answer.error))),
            Err(_) if !status.is_success() => {
                Err(self.error(what, status.as_u16(), &headers, None))
            }
            Err(_) => Ok(body.into()),
        }
    }

    /// A version that Facebook has taken out of service is answered by another one.
    fn note_version(&self, headers: &HeaderMap) {
        let Some(served) = headers.get(VERSION_HEADER).and_then(|it| it.to_str().ok()) else {
            return;
        };
        if self.served_version.set(served.to_owned()).is_err() {
            return;
        }
        let (server, asked) = (&self.server, &self.version);
        if served == asked {
            info!(server, version = served, "The Graph API answers.");
        } else {
            warn!(
                server,
                version = served,
                asked,
                "Another version of the Graph API answers: that of `GraphVersion` is too old or \
                 not there yet."
            );
        }
    }

    fn error(
        &self,
        what: &str,
        status: u16,
        headers: &HeaderMap,
        error: Option<&ServerError>,
    ) -> FacebookError {
        let code = error.and_then(|error| error.code);
        let subcode = error.and_then(|error| error.error_subcode);
        let message = error.and_then(|error| error.message.as_deref()).unwrap_or_default();
        let mut kind = GraphErrorKind::of(status, code, subcode);
        if kind == GraphErrorKind::BadRequest && message.contains("valid insights metric") {
            kind = GraphErrorKind::UnknownMetric;
        }
        if error.is_some_and(|error| error.is_transient) && kind != GraphErrorKind::Throttled {
            kind = GraphErrorKind::Temporary;
        }
        let wait = (kind == GraphErrorKind::Throttled).then(|| asked_wait(headers)).flatten();
        FacebookError::Graph {
            server: self.server.clone(),
            what: what.to_owned(),
            kind,
            code,
            subcode,
            wait_secs: wait.map(|wait| wait.as_secs()),
        }
    }

    pub(crate) fn misread(&self, what: &str, source: Misread) -> FacebookError {
        FacebookError::Misread { server: self.server.clone(), what: what.to_owned(), source }
    }
}

/// How long the server says that it wants to be left alone.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Usage {
        #[serde(default)]
        estimated_time_to_regain_access: u64,
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secs = text(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    let by_business: Option<std::collections::HashMap<String, Vec<Usage>>> =
        text(USAGE_HEADER).and_then(|json| serde_json::from_str(json).ok());
    let minutes = by_business
        .iter()
        .flat_map(|usage| usage.values())
        .flatten()
        .map(|usage| usage.estimated_time_to_regain_access)
        .max()
        .filter(|minutes| 0 < *minutes);
    secs.or(minutes.map(|minutes| 60 * minutes)).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fetching::SystemClock;

    #[test]
    fn an_address_is_a_host_or_a_url() {
        check("https://graph.facebook.com", "https://graph.facebook.com/v26.0/1_2/comments");
        check("127.0.0.1:8000", "http://127.0.0.1:8000/v26.0/1_2/comments");
        check("http://127.0.0.1:8000/graph/", "http://127.0.0.1:8000/graph/v26.0/1_2/comments");
    }

    #[test]
    fn other_addresses_are_refused() {
        for address in ["", "ftp://example.org", "http://", "a b"] {
            let error = transport(address).err().expect("it is no address");
            assert!(matches!(error, FacebookError::BadAddress { .. }), "{address:?}: {error}");
        }
    }

    #[test]
    fn an_id_stays_one_part_of_the_path() {
        let url = transport("127.0.0.1:8000").unwrap().url(&["../me?x=1"], &[]);
        assert_eq!(url.as_str(), "http://127.0.0.1:8000/v26.0/..%2Fme%3Fx=1");
    }

    #[test]
    fn a_token_is_one_word_and_never_shown() {
        let token = Token::parse(" s3cr3t\n", "gs://b/token.txt").unwrap();
        assert!(!format!("{token:?}").contains("s3cr3t"));
        for text in ["", "\n", "s3cr3t 2", "s3cr3t\nsecond", "s3cr3t\u{e9}"] {
            let error = Token::parse(text, "gs://b/token.txt").unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
        }
    }

    #[test]
    fn the_server_says_how_long_it_wants_to_be_left_alone() {
        let wait = |name: &'static str, value: &str| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            asked_wait(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("retry-after", "19"), Some(19));
        let usage = r#"{"1": [{"type": "pages", "estimated_time_to_regain_access": 7}]}"#;
        assert_eq!(wait(USAGE_HEADER, usage), Some(420));
        let usage = r#"{"1": [{"type": "pages", "call_count": 7}]}"#;
        assert_eq!(wait(USAGE_HEADER, usage), None);
        assert_eq!(wait(USAGE_HEADER, "odd"), None);
    }

    #[track_caller]
    fn check(address: &str, expected: &str) {
        let url = transport(address).unwrap().url(&["1_2", "comments"], &[]);
        assert_eq!(url.as_str(), expected);
    }

    fn transport(address: &str) -> Result<Transport, FacebookError> {
        let token = Token::parse("t", "t").unwrap();
        Transport::new(address, "v26.0", token, Arc::new(SystemClock::start()))
    }
}
