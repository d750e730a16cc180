//! A request to a Google service that failed.

use std::time::Duration;

use serde_json::Value;

/// A request to a Google service failed, also after it was tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Nobody answered: no network, no such host, a time-out, a connection that broke.
    #[error("{service} does not answer")]
    NoAnswer {
        /// The service, e.g. `Firestore`.
        service: &'static str,
        /// What happened; it never names the URL.
        source: reqwest::Error,
    },
    /// The service answered that it will not do it.
    #[error("{service} refused with {status} ({code}): {message}")]
    Refused {
        /// The service, e.g. `Firestore`.
        service: &'static str,
        /// The HTTP status.
        code: u16,
        /// Google's name for the kind of refusal, e.g. `PERMISSION_DENIED`.
        status: String,
        /// What the service said.
        message: String,
        /// How long the service wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer is not what the service's documentation promises.
    #[error("{service} gave an answer that cannot be understood: {problem}")]
    BadAnswer {
        /// The service, e.g. `Firestore`.
        service: &'static str,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The file to be uploaded cannot be read.
    #[error(transparent)]
    File(#[from] data_root::FileError),
}

/// What Drive calls too many requests, with a status of 403.
const RATE_LIMITS: [&str; 2] = ["rateLimitExceeded", "userRateLimitExceeded"];

impl ServiceError {
    /// The error in an answer with the status `code`, in any of the forms that Google uses.
    pub(crate) fn refused(
        service: &'static str,
        code: u16,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        // Methods that stream answer with a list.
        let body = body.get(0).unwrap_or(&body);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let error = &body["error"];
        // Cloud Storage and Drive name the kind of refusal here, and Drive says with it that it is
        // asked too often, which a status of 403 does not.
        let reason = text(&error["errors"][0]["reason"]);
        let limit = reason.clone().filter(|reason| RATE_LIMITS.contains(&reason.as_str()));
        // The token endpoint writes `error` as a word and says more in `error_description`.
        let status = limit.or_else(|| text(&error["status"])).or(reason).or_else(|| text(error));
        let message = text(&error["message"]).or_else(|| text(&body["error_description"]));
        Self::Refused {
            service,
            code,
            status: status.unwrap_or_else(|| "an error".to_owned()),
            message: message.unwrap_or_else(|| "it does not say why".to_owned()),
            retry_after,
        }
    }

    /// The error without what the service said: its words can hold names of documents, which in the
    /// UUID table are phone numbers.
    pub(crate) fn without_details(&self) -> String {
        match self {
            Self::Refused { service, code, status, .. } => {
                format!("{service} refused with {status} ({code})")
            }
            Self::BadAnswer { service, .. } => {
                format!("{service} gave an answer that cannot be understood")
            }
            Self::NoAnswer { .. } | Self::File(_) => self.to_string(),
        }
    }

    /// Whether asking again later can help: no answer, too many requests, or the service's fault.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Refused { code, .. } => {
                matches!(code, 408 | 429) || 500 <= *code || self.is_rate_limit()
            }
            Self::BadAnswer { .. } | Self::File(_) => false,
        }
    }

    /// Whether the account lacks a role.
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::Refused { code: 403, .. }) && !self.is_rate_limit()
    }

    /// Whether Drive is asked too often.
    fn is_rate_limit(&self) -> bool {
        RATE_LIMITS.iter().any(|limit| self.has_status(limit))
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code: 404, .. })
    }

    /// Whether what is there is not what the request expects.
    pub fn is_precondition_failed(&self) -> bool {
        matches!(self, Self::Refused { code: 412, .. })
    }

    /// Whether what was to be made exists.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { code: 409, .. })
    }

    /// Whether the status is `status`, e.g. `ABORTED`.
    pub(crate) fn has_status(&self, expected: &str) -> bool {
        matches!(self, Self::Refused { status, .. } if status == expected)
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAnswer { .. } => "check the network, then run this again; nothing is lost",
            Self::Refused { code: 401, .. } => {
                "the key of the service account was revoked or does not belong to it: make a new \
                 one in the Google Cloud console"
            }
            Self::Refused { code: 400, status, .. } if status == "invalid_grant" => {
                "check this machine's clock, and that the key of the service account was not \
                 deleted"
            }
            Self::Refused { code, .. } if *code == 429 || self.is_rate_limit() => {
                "the project's quota is used up: wait until it is renewed (daily quotas at \
                 midnight, Pacific time), or raise it in the Google Cloud console; running this \
                 again continues where it stopped"
            }
            Self::Refused { code, .. } if 500 <= *code => {
                "the service has a problem: run this again later; it continues where it stopped"
            }
            Self::File(error) => return error.hint(),
            Self::Refused { .. } | Self::BadAnswer { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_google_error() {
        check(r#"{"error": {"code": 409, "message": "m", "status": "ABORTED"}}"#, "ABORTED", "m");
        check(r#"[{"error": {"message": "m", "status": "ABORTED"}}]"#, "ABORTED", "m");
        check(
            r#"{"error": {"code": 403, "message": "m", "errors": [{"reason": "forbidden"}]}}"#,
            "forbidden",
            "m",
        );
        check(r#"{"error": "invalid_grant", "error_description": "m"}"#, "invalid_grant", "m");
        check("<html>", "an error", "it does not say why");
    }

    #[test]
    fn tries_again_when_that_can_help() {
        for (code, expected) in [(400, false), (403, false), (408, true), (429, true), (503, true)]
        {
            let error = ServiceError::refused("Firestore", code, None, b"{}");
            assert_eq!(error.is_retryable(), expected, "{code}");
        }
        let body = br#"{"error": {"status": "PERMISSION_DENIED", "message": "m",
                                  "errors": [{"reason": "userRateLimitExceeded"}]}}"#;
        let error = ServiceError::refused("Google Drive", 403, None, body);
        assert!(error.is_retryable() && !error.is_permission_denied(), "{error}");
    }

    #[track_caller]
    fn check(body: &str, expected_status: &str, expected_message: &str) {
        match ServiceError::refused("Firestore", 409, None, body.as_bytes()) {
            ServiceError::Refused { status, message, .. } => {
                assert_eq!((&*status, &*message), (expected_status, expected_message));
            }
            other => panic!("{other:?}"),
        }
    }
}
