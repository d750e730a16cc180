//! Texts of the configuration that follow a format: how they are read and checked.

use checked_json::{FormatFault, Formats};
use iso_time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

use crate::flow_name_of_url;

/// In JSON Schemas: a text that is not empty.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(crate) struct Text(
    #[schemars(length(min = 1))]
    #[expect(dead_code)]
    String,
);

/// In JSON Schemas: an instant.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "iso-time"))]
pub(crate) struct InstantText(#[expect(dead_code)] String);

/// In JSON Schemas: the `gs://` URL of a file that becomes a flow.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "gs-flow-url"))]
pub(crate) struct GsFlowUrl(#[expect(dead_code)] String);

/// In JSON Schemas: a text that becomes part of a file name.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "file-name"))]
pub(crate) struct FileName(#[expect(dead_code)] String);

/// The checks behind the formats above.
pub(crate) const FORMATS: Formats = Formats(&[
    ("iso-time", check_instant),
    ("time-zone", text_cleaners::check_time_zone),
    ("gs-url", check_gs_url),
    ("gs-flow-url", check_gs_flow_url),
    ("object-path", check_object_path),
    ("domain", check_domain),
    ("http-url", check_http_url),
    ("graph-version", check_graph_version),
    ("bucket", check_bucket),
    ("file-name", check_file_name),
]);

/// Reads an instant.
pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
    let text = String::deserialize(deserializer)?;
    iso_time::parse(&text).map_err(D::Error::custom)
}

/// Reads an instant or `null`.
pub(crate) fn optional_instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Instant>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| iso_time::parse(&text).map_err(D::Error::custom)).transpose()
}

fn check_instant(text: &str) -> Result<(), FormatFault> {
    match iso_time::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(FormatFault { message: error.to_string(), hint: error.hint() }),
    }
}

fn check_gs_url(text: &str) -> Result<(), FormatFault> {
    let parts = text.strip_prefix("gs://").and_then(|rest| rest.split_once('/'));
    match parts {
        Some((bucket, object)) if is_bucket_name(bucket) && !object.is_empty() => {
            check_object_path(object)
        }
        _ => Err(FormatFault {
            // The text is not shown: people paste tokens where the URL of a token file belongs.
            message: "expected a URL of a file in a bucket, found another text".to_string(),
            hint: Some("write it as `gs://bucket/folder/file`".to_string()),
        }),
    }
}

fn check_gs_flow_url(text: &str) -> Result<(), FormatFault> {
    check_gs_url(text)?;
    check_file_name(&flow_name_of_url(text)).map_err(|fault| FormatFault {
        message: format!("`{text}` gives no name to its flow: {}", fault.message),
        hint: Some("a flow is called like its file up to the first dot".to_string()),
    })
}

fn check_object_path(text: &str) -> Result<(), FormatFault> {
    if text.is_empty() {
        return Err(FormatFault {
            message: "expected a path, found an empty one".into(),
            hint: None,
        });
    }
    if text.split('/').any(|part| part == "..") {
        let message = format!("expected a path without `..`, found `{text}`");
        return Err(FormatFault { message, hint: None });
    }
    Ok(())
}

fn check_domain(text: &str) -> Result<(), FormatFault> {
    let is_host = !text.is_empty() && !text.contains(|it: char| it == '/' || it.is_whitespace());
    if is_host || check_http_url(text).is_ok() {
        return Ok(());
    }
    Err(FormatFault {
        message: format!("expected a host or a URL, found `{text}`"),
        hint: Some("write `textit.com` or, for tests, `http://127.0.0.1:8000`".to_string()),
    })
}

fn check_http_url(text: &str) -> Result<(), FormatFault> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(()),
        _ => Err(FormatFault {
            message: format!("expected a URL, found `{text}`"),
            hint: Some("start it with `https://` or `http://`".to_string()),
        }),
    }
}

fn check_graph_version(text: &str) -> Result<(), FormatFault> {
    let numbers = text.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    match numbers {
        Some((major, minor)) if is_number(major) && is_number(minor) => Ok(()),
        _ => Err(FormatFault {
            message: format!("expected a version of the Graph API, found `{text}`"),
            hint: Some("write it as `v26.0`".to_string()),
        }),
    }
}

fn check_bucket(text: &str) -> Result<(), FormatFault> {
    let bucket = text.strip_prefix("gs://").unwrap_or(text);
    let bucket = bucket.strip_suffix('/').unwrap_or(bucket);
    if is_bucket_name(bucket) {
        return Ok(());
    }
    Err(FormatFault {
        message: format!("expected the name of a bucket, found `{text}`"),
        hint: Some("write it as `gs://bucket` or `bucket`; folders go into `BucketDirPath`".into()),
    })
}

fn is_bucket_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

pub(crate) fn check_file_name(text: &str) -> Result<(), FormatFault> {
    if text.trim().is_empty() {
        let message = "expected a name, found an empty one".to_string();
        return Err(FormatFault { message, hint: None });
    }
    let fault = if text.contains(['/', '\\']) {
        "contains a path separator"
    } else if text.contains("..") {
        "contains `..`"
    } else if text.contains(char::is_control) {
        "contains a control character"
    } else {
        return Ok(());
    };
    let shown = text.replace(char::is_control, "?");
    Err(FormatFault { message: format!("`{shown}` becomes a file name, but {fault}"), hint: None })
}
