//! Requests to one service: with authorization, and tried again when that can help.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use tracing::warn;

use crate::{AccessTokens, ServiceError, http_client};

/// A client of one service.
#[derive(Debug, Clone)]
pub struct ApiClient {
    service: &'static str,
    http: Client,
    base_url: Url,
    authorization: Authorization,
    retries: RetryPolicy,
}

/// What a request says of who sends it.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// A token of a service account.
    Tokens(AccessTokens),
    /// What emulators take for somebody who may do everything.
    Emulator,
    /// Nothing.
    None,
}

/// How often, and after which pauses, a request is tried again.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How often at most, the first time not counted.
    pub n_retries: usize,
    /// The first pause; each further one is twice as long, with some chance in it.
    pub first_pause: Duration,
    /// The longest pause, unless the service asks for a longer one.
    pub longest_pause: Duration,
}

/// The longest pause that a service can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

impl ApiClient {
    /// A client of the service called `service`, whose URLs begin with `base_url`.
    ///
    /// # Errors
    ///
    /// [`ServiceError::BadAnswer`] when `base_url` is not a URL.
    pub fn new(
        service: &'static str,
        base_url: &str,
        authorization: Authorization,
        retries: RetryPolicy,
    ) -> Result<Self, ServiceError> {
        let base_url = Url::parse(base_url).map_err(|error| ServiceError::BadAnswer {
            service,
            problem: format!("`{base_url}` is not a URL: {error}"),
        })?;
        Ok(Self { service, http: http_client(), base_url, authorization, retries })
    }

    /// The URL below the base whose path continues with `segments`, each escaped as a whole.
    pub fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .expect("the base is a URL with a host")
            .pop_if_empty()
            .extend(segments);
        url
    }

    /// The name of the service, for errors.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// How often and when requests are tried again.
    pub fn retries(&self) -> RetryPolicy {
        self.retries
    }

    /// Posts `body` and gives the answer.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], after trying again while that can help.
    pub fn post(&self, url: &Url, body: &Value) -> Result<Value, ServiceError> {
        self.json(|http| http.post(url.clone()).json(body))
    }

    /// Gets `url` and gives the answer.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::post`].
    pub fn get(&self, url: &Url) -> Result<Value, ServiceError> {
        self.json(|http| http.get(url.clone()))
    }

    /// Posts `body` once: for what must not be done twice.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]; when it is retryable, the service may have done it or not.
    pub fn post_once(&self, url: &Url, body: &Value) -> Result<Value, ServiceError> {
        self.with_valid_token(|| {
            let response = self.send_once(self.http.post(url.clone()).json(body))?;
            self.read_json(response)
        })
    }

    /// Sends what `request` makes, again while that can help, and gives the answer's body.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::post`].
    pub fn json(&self, request: impl Fn(&Client) -> RequestBuilder) -> Result<Value, ServiceError> {
        self.retries
            .run(|| self.with_valid_token(|| self.read_json(self.send_once(request(&self.http))?)))
    }

    /// Sends what `request` makes, again while that can help.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::post`].
    pub fn send(
        &self,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Response, ServiceError> {
        self.retries.run(|| self.with_valid_token(|| self.send_once(request(&self.http))))
    }

    /// Sends a request once and gives the answer, which is one of success.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub(crate) fn send_once(&self, request: RequestBuilder) -> Result<Response, ServiceError> {
        self.check_success(self.send_request(request)?)
    }

    /// Does `work`, again with a new token when the one it had was refused.
    fn with_valid_token<T>(
        &self,
        work: impl Fn() -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        match (work(), &self.authorization) {
            (Err(ServiceError::Refused { code: 401, .. }), Authorization::Tokens(tokens)) => {
                tokens.forget();
                work()
            }
            (done, _) => done,
        }
    }

    fn check_success(&self, response: Response) -> Result<Response, ServiceError> {
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let body = response.bytes().map_err(|error| self.no_answer(error))?;
        Err(ServiceError::refused(self.service, code, retry_after, &body))
    }

    /// Sends what `request` makes once and gives the answer, whatever its status.
    pub(crate) fn send_for_any_answer(
        &self,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Response, ServiceError> {
        self.send_request(request(&self.http))
    }

    /// The JSON of an answer, if it is one of success.
    pub(crate) fn read_success(&self, response: Response) -> Result<Value, ServiceError> {
        self.read_json(self.check_success(response)?)
    }

    fn send_request(&self, request: RequestBuilder) -> Result<Response, ServiceError> {
        let request = match &self.authorization {
            Authorization::Tokens(tokens) => request.header(AUTHORIZATION, tokens.header()?),
            Authorization::Emulator => {
                request.header(AUTHORIZATION, HeaderValue::from_static("Bearer owner"))
            }
            Authorization::None => request,
        };
        request.send().map_err(|error| self.no_answer(error))
    }

    fn read_json(&self, response: Response) -> Result<Value, ServiceError> {
        let body = response.bytes().map_err(|error| self.no_answer(error))?;
        serde_json::from_slice(&body).map_err(|error| ServiceError::BadAnswer {
            service: self.service,
            problem: format!("not JSON ({error})"),
        })
    }

    pub(crate) fn no_answer(&self, error: reqwest::Error) -> ServiceError {
        ServiceError::NoAnswer { service: self.service, source: error.without_url() }
    }
}

impl RetryPolicy {
    /// For tests: tries again at once.
    pub const WITHOUT_PAUSES: Self =
        Self { n_retries: 5, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

    /// Does `work`, again after a pause while it fails with an error that is retryable.
    ///
    /// # Errors
    ///
    /// The last error of `work`.
    pub fn run<T>(
        &self,
        mut work: impl FnMut() -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut pauses = self.pauses();
        loop {
            let error = match work() {
                Ok(done) => return Ok(done),
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(error),
            };
            let Some(pause) = pauses.next() else { return Err(error) };
            let pause = pause.max(asked_for(&error));
            let reason = error.without_details();
            warn!(reason, pause_secs = pause.as_secs_f32(), "A request failed; trying again.");
            std::thread::sleep(pause);
        }
    }

    /// The pauses between tries.
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.n_retries)
            .with_jitter()
            .build()
    }
}

impl Default for RetryPolicy {
    /// Six times more within about half a minute.
    fn default() -> Self {
        Self {
            n_retries: 6,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(16),
        }
    }
}

fn asked_for(error: &ServiceError) -> Duration {
    match error {
        ServiceError::Refused { retry_after: Some(pause), .. } => (*pause).min(LONGEST_RETRY_AFTER),
        _ => Duration::ZERO,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let secs = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(secs))
}
