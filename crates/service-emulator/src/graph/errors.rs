//! Errors as the Graph API words them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error in place of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphError {
    /// The HTTP status.
    pub status: u16,
    /// What Facebook calls the kind of error.
    pub kind: &'static str,
    /// Its number.
    pub code: i64,
    /// The number that says more.
    pub subcode: Option<i64>,
    /// For people. `{token}` is replaced by the token: some errors quote it.
    pub message: &'static str,
    /// Whether it passes.
    pub is_transient: bool,
    /// When, as `x-business-use-case-usage` says it.
    pub minutes_to_regain_access: Option<u64>,
}

impl GraphError {
    /// The token is none.
    pub const MALFORMED_TOKEN: Self =
        Self::new(400, "OAuthException", 190, "Malformed access token {token}");
    /// The token was good for some time.
    pub const EXPIRED_TOKEN: Self = Self {
        subcode: Some(463),
        ..Self::new(
            401,
            "OAuthException",
            190,
            "Error validating access token: Session has expired",
        )
    };
    /// There is no token.
    pub const NO_TOKEN: Self = Self::new(
        400,
        "OAuthException",
        104,
        "An access token is required to request this resource.",
    );
    /// The token may not do this.
    pub const NO_PERMISSION: Self =
        Self::new(403, "OAuthException", 200, "(#200) Provide valid app ID");
    /// There is no such thing.
    pub const MISSING: Self = Self {
        subcode: Some(33),
        ..Self::new(
            400,
            "GraphMethodException",
            100,
            "Unsupported get request. Object does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation.",
        )
    };
    /// There is no such metric.
    pub const UNKNOWN_METRIC: Self =
        Self::new(400, "OAuthException", 100, "(#100) The value must be a valid insights metric");
    /// There is no such field or parameter.
    pub const BAD_PARAMETER: Self =
        Self::new(400, "OAuthException", 100, "(#100) Invalid parameter");
    /// The page was asked too often.
    pub const THROTTLED: Self = Self {
        minutes_to_regain_access: Some(2),
        ..Self::new(
            400,
            "OAuthException",
            80_001,
            "(#80001) There have been too many calls to this Page account.",
        )
    };
    /// A problem that passes.
    pub const TEMPORARY: Self = Self {
        is_transient: true,
        ..Self::new(500, "OAuthException", 2, "Service temporarily unavailable")
    };
    /// A page of a list is too large.
    pub const TOO_MUCH_DATA: Self = Self {
        subcode: Some(99),
        ..Self::new(
            500,
            "OAuthException",
            1,
            "Please reduce the amount of data you're asking for, then retry your request",
        )
    };

    const fn new(status: u16, kind: &'static str, code: i64, message: &'static str) -> Self {
        Self {
            status,
            kind,
            code,
            subcode: None,
            message,
            is_transient: false,
            minutes_to_regain_access: None,
        }
    }

    /// The answer to who asked with `token`.
    pub(crate) fn to_response(self, token: &str) -> Response {
        let mut error = json!({
            "message": self.message.replace("{token}", token),
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if self.is_transient {
            error["is_transient"] = true.into();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(json!({"error": error}))).into_response();
        if let Some(minutes) = self.minutes_to_regain_access {
            let usage = json!({"1": [{
                "type": "pages",
                "call_count": 100,
                "total_cputime": 25,
                "total_time": 25,
                "estimated_time_to_regain_access": minutes,
            }]});
            if let Ok(usage) = HeaderValue::try_from(usage.to_string()) {
                response.headers_mut().insert("x-business-use-case-usage", usage);
            }
        }
        response
    }
}
