//! One request to a RapidPro server: authorized, within the server's limits, and tried again when
//! that can help.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fetching::{Clock, Retries, is_json};
use google_services::{Unpacking, http_client_with};
use reqwest::blocking::{Client, Response};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use tracing::{debug, warn};

use crate::error::RapidProError;

const DEFAULT_REQUEST_TIMEOUT_SECS: u64 = 120;

/// How often the server can ask for patience before we give up on one request.
const N_RATE_LIMITS: u32 = 10;
/// RapidPro counts by the hour, so it never asks for more; a minute is for its clock.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3660);

/// The token of a workspace. It is not shown.
#[derive(Clone)]
pub struct Token(HeaderValue);

/// What the server counts requests by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Runs,
    Contacts,
    /// Flows, archives and the workspace share one budget.
    Other,
}

/// A connection to the API of one workspace. It can be shared between threads, which then obey the
/// server's limits together.
pub(crate) struct Transport {
    pub(crate) server: String,
    api: Url,
    token: Token,
    http: Client,
    /// For archives: other hosts, no token, bytes as they are.
    download: Client,
    clock: Arc<dyn Clock>,
    /// When, by the clock, a scope can be used again.
    not_before: Mutex<HashMap<Scope, Duration>>,
}

/// The status and body of an answer.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Token {
    /// Reads a token file. White space around the token does not count.
    ///
    /// # Errors
    ///
    /// [`RapidProError::BadToken`], which names the file and does not show the text.
    pub fn parse(text: &str, token_file: &str) -> Result<Self, RapidProError> {
        let bad = || RapidProError::BadToken { token_file: token_file.to_owned() };
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad());
        }
        let mut header = HeaderValue::try_from(format!("Token {token}")).map_err(|_| bad())?;
        header.set_sensitive(true);
        Ok(Self(header))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(…)")
    }
}

impl Transport {
    pub(crate) fn new(
        domain: &str,
        token: Token,
        request_timeout_secs: Option<u64>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RapidProError> {
        let bad = || RapidProError::BadDomain { domain: domain.to_owned() };
        let base = match domain.contains("://") {
            true => domain.to_owned(),
            false => format!("https://{domain}"),
        };
        let base = Url::parse(&base).map_err(|_| bad())?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(bad());
        }
        let mut api = base;
        api.set_query(None);
        api.set_fragment(None);
        let path = format!("{}/api/v2/", api.path().trim_end_matches('/'));
        api.set_path(&path);
        let timeout =
            Duration::from_secs(request_timeout_secs.unwrap_or(DEFAULT_REQUEST_TIMEOUT_SECS));
        Ok(Self {
            server: domain.to_owned(),
            api,
            token,
            http: http_client_with(timeout, Unpacking::Yes),
            download: http_client_with(timeout, Unpacking::No),
            clock,
            not_before: Mutex::default(),
        })
    }

    /// The URL of an endpoint, e.g. `runs.json`.
    pub(crate) fn url(&self, endpoint: &str, parameters: &[(&str, String)]) -> Url {
        let mut url = self.api.clone();
        url.path_segments_mut().expect("the base has a host").pop_if_empty().push(endpoint);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    /// Gets `url` and gives what `read` makes of the body; both again while that can help.
    pub(crate) fn get<T>(
        &self,
        url: &Url,
        scope: Scope,
        what: &str,
        read: impl Fn(&[u8]) -> Result<T, RapidProError>,
    ) -> Result<T, RapidProError> {
        let ask = || {
            let body = self.ask(url, scope, what)?;
            read(&body)
        };
        self.again_while_it_can_help(what, ask)
    }

    /// Downloads what a link that needs no authorization leads to.
    ///
    /// An answer that is no success is given as its status: the link may have expired.
    pub(crate) fn download(
        &self,
        link: &str,
        what: &str,
    ) -> Result<Result<Vec<u8>, u16>, RapidProError> {
        self.again_while_it_can_help(what, || {
            let response = self.download.get(link).send();
            let answer = self.answer(response, what)?;
            match answer.status {
                status if status.is_success() => Ok(Ok(answer.body)),
                status if status.is_server_error() => Err(self.refused(what, status)),
                status => Ok(Err(status.as_u16())),
            }
        })
    }

    fn again_while_it_can_help<T>(
        &self,
        what: &str,
        work: impl FnMut() -> Result<T, RapidProError>,
    ) -> Result<T, RapidProError> {
        let can_help = |error: &RapidProError| {
            error.is_retryable() && !matches!(error, RapidProError::RateLimited { .. })
        };
        Retries::default().run(&*self.clock, (&self.server, what), can_help, work)
    }

    /// Asks once, or as often as the server says that it was asked too often.
    fn ask(&self, url: &Url, scope: Scope, what: &str) -> Result<Vec<u8>, RapidProError> {
        let mut wait = Duration::ZERO;
        for _ in 0..N_RATE_LIMITS {
            self.wait_for(scope);
            debug!(server = self.server, what, "Asking.");
            let request = self.http.get(url.clone()).header(AUTHORIZATION, self.token.0.clone());
            let answer = self.answer(request.send(), what)?;
            match answer.status {
                status if status.is_success() => return Ok(answer.body),
                StatusCode::TOO_MANY_REQUESTS => {
                    wait = retry_after(&answer.headers).unwrap_or(wait * 2).max(SHORTEST_WAIT);
                    if LONGEST_RETRY_AFTER < wait {
                        return Err(self.rate_limited(what, wait));
                    }
                    self.close(scope, wait, what);
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    let server = self.server.clone();
                    return Err(RapidProError::WrongToken { server, status: answer.status.into() });
                }
                StatusCode::NOT_FOUND if !is_json(&answer.body) => {
                    let (server, what) = (self.server.clone(), what.to_owned());
                    let status = answer.status.into();
                    return Err(RapidProError::NotRapidPro { server, what, status });
                }
                status => return Err(self.refused(what, status)),
            }
        }
        Err(self.rate_limited(what, wait))
    }

    fn answer(
        &self,
        response: reqwest::Result<Response>,
        what: &str,
    ) -> Result<Answer, RapidProError> {
        let read = |response: Response| {
            let (status, headers) = (response.status(), response.headers().clone());
            // A body that is cut short is an error here.
            Ok(Answer { status, headers, body: response.bytes()?.into() })
        };
        response.and_then(read).map_err(|error| RapidProError::NoAnswer {
            server: self.server.clone(),
            what: what.to_owned(),
            source: error.without_url(),
        })
    }

    /// Waits until the server wants to hear from us again.
    fn wait_for(&self, scope: Scope) {
        loop {
            let until = self.lock().get(&scope).copied().unwrap_or_default();
            let now = self.clock.now();
            if until <= now {
                return;
            }
            self.clock.sleep(until - now);
        }
    }

    fn close(&self, scope: Scope, wait: Duration, what: &str) {
        let wait_secs = wait.as_secs();
        warn!(server = self.server, what, wait_secs, "The server's limit is reached; waiting.");
        let until = self.clock.now() + wait;
        let mut not_before = self.lock();
        let current = not_before.entry(scope).or_default();
        *current = (*current).max(until);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Scope, Duration>> {
        self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self, what: &str, status: StatusCode) -> RapidProError {
        let (server, what) = (self.server.clone(), what.to_owned());
        RapidProError::Refused { server, what, status: status.into() }
    }

    fn rate_limited(&self, what: &str, wait: Duration) -> RapidProError {
        let (server, what) = (self.server.clone(), what.to_owned());
        RapidProError::RateLimited { server, what, wait_secs: wait.as_secs() }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let secs = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(secs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fetching::SystemClock;

    #[test]
    fn a_domain_is_a_host_or_a_url() {
        check("textit.com", "https://textit.com/api/v2/runs.json");
        check("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v2/runs.json");
        check("https://example.org/rapidpro/", "https://example.org/rapidpro/api/v2/runs.json");
    }

    #[test]
    fn other_domains_are_refused() {
        for domain in ["", "ftp://example.org", "http://", "a b"] {
            let error = transport(domain).err().expect("it is no domain");
            assert!(matches!(error, RapidProError::BadDomain { .. }), "{domain:?}: {error}");
        }
    }

    #[test]
    fn a_token_is_one_word_and_never_shown() {
        let token = Token::parse(" s3cr3t\n", "gs://b/token.txt").unwrap();
        assert!(!format!("{token:?} {:?}", token.0).contains("s3cr3t"));
        for text in ["", "\n", "s3cr3t 2", "s3cr3t\nsecond", "s3cr3t\u{e9}"] {
            let error = Token::parse(text, "gs://b/token.txt").unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
        }
    }

    #[track_caller]
    fn check(domain: &str, expected: &str) {
        assert_eq!(transport(domain).unwrap().url("runs.json", &[]).as_str(), expected);
    }

    fn transport(domain: &str) -> Result<Transport, RapidProError> {
        let token = Token::parse("t", "t").unwrap();
        Transport::new(domain, token, None, Arc::new(SystemClock::start()))
    }
}
