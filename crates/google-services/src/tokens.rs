//! Access tokens of a service account: a signed claim is exchanged for a token that works for an
//! hour ([RFC 7523](https://www.rfc-editor.org/rfc/rfc7523)).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

use crate::{ApiClient, Authorization, RetryPolicy, ServiceAccountKey, ServiceError};

const SERVICE: &str = "Google's token service";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long a claim can be used, in seconds; Google allows an hour.
const CLAIM_LIFETIME_SECS: i64 = 3600;

/// A token is renewed when it has less than this left.
const RENEW_BEFORE: Duration = Duration::from_secs(120);

/// The current access token of a service account, renewed before it expires.
///
/// Clones share the token.
#[derive(Clone)]
pub struct AccessTokens {
    key: ServiceAccountKey,
    scope: &'static str,
    retries: RetryPolicy,
    current: Arc<Mutex<Option<Token>>>,
}

struct Token {
    header: HeaderValue,
    renew_at: Instant,
}

impl AccessTokens {
    /// Tokens for `scope`, e.g. `https://www.googleapis.com/auth/datastore`. Nothing is asked for
    /// before a token is needed.
    pub fn new(key: ServiceAccountKey, scope: &'static str, retries: RetryPolicy) -> Self {
        Self { key, scope, retries, current: Arc::default() }
    }

    /// The value of the `Authorization` header; its `Debug` output hides the token.
    ///
    /// # Errors
    ///
    /// [`ServiceError`] when a new token is needed and none is given.
    pub fn header(&self) -> Result<HeaderValue, ServiceError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = current.as_ref().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token.header.clone());
        }
        let token = self.ask()?;
        let header = token.header.clone();
        *current = Some(token);
        Ok(header)
    }

    /// The current token was refused: the next request asks for a new one.
    pub(crate) fn forget(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn ask(&self) -> Result<Token, ServiceError> {
        let asked_at = Instant::now();
        let client =
            ApiClient::new(SERVICE, &self.key.token_uri, Authorization::None, self.retries)?;
        let answer = client.json(|http| {
            let claim = self.signed_claim(chrono::Utc::now().timestamp());
            let form = format!("grant_type={}&assertion={claim}", GRANT_TYPE.replace(':', "%3A"));
            http.post(client.url([]))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form)
        })?;
        let bad_answer = |problem: &str| ServiceError::BadAnswer {
            service: SERVICE,
            problem: problem.to_owned(),
        };
        let token = answer["access_token"].as_str().ok_or_else(|| bad_answer("no token"))?;
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| bad_answer("a token that is no word"))?;
        header.set_sensitive(true);
        let lifetime = Duration::from_secs(answer["expires_in"].as_u64().unwrap_or(600));
        Ok(Token { header, renew_at: asked_at + lifetime.saturating_sub(RENEW_BEFORE) })
    }

    /// The claim to be this service account, as a JSON Web Token.
    fn signed_claim(&self, now: i64) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key.private_key_id});
        let claim = json!({
            "iss": self.key.client_email,
            "scope": self.scope,
            "aud": self.key.token_uri,
            "iat": now,
            "exp": now + CLAIM_LIFETIME_SECS,
        });
        let signed = format!("{}.{}", encode(&header), encode(&claim));
        let mut signature = vec![0; self.key.key_pair.public().modulus_len()];
        self.key
            .key_pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the system has randomness, and the signature has the length of the key");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = &self.key;
        out.debug_struct("AccessTokens").field("key", key).field("scope", &self.scope).finish()
    }
}
