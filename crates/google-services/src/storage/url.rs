//! `gs://` URLs.

use std::fmt;
use std::str::FromStr;

/// Where an object is: `gs://<bucket>/<object>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GsUrl {
    bucket: String,
    object: String,
}

/// A text that is no `gs://` URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `gs://<bucket>/<object>`, found `{found}`")]
pub struct BadGsUrl {
    /// The text.
    pub found: String,
}

impl GsUrl {
    /// The object called `object` in `bucket`, which may be written as `gs://…`, and with a slash
    /// at its end.
    ///
    /// # Errors
    ///
    /// [`BadGsUrl`] when that is no bucket.
    pub fn new(bucket: &str, object: &str) -> Result<Self, BadGsUrl> {
        let bare = bucket.strip_prefix("gs://").unwrap_or(bucket).trim_end_matches('/');
        if bare.is_empty() || bare.contains('/') || bare.starts_with('.') {
            return Err(BadGsUrl { found: format!("{bucket}/{object}") });
        }
        Ok(Self { bucket: bare.to_owned(), object: object.to_owned() })
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's name in the bucket.
    pub fn object(&self) -> &str {
        &self.object
    }
}

impl FromStr for GsUrl {
    type Err = BadGsUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadGsUrl { found: text.to_owned() };
        let (bucket, object) =
            text.strip_prefix("gs://").and_then(|rest| rest.split_once('/')).ok_or_else(bad)?;
        if object.is_empty() {
            return Err(bad());
        }
        Self::new(bucket, object).map_err(|_| bad())
    }
}

impl fmt::Display for GsUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "gs://{}/{}", self.bucket, self.object)
    }
}

impl fmt::Debug for GsUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls_and_bare_bucket_names() {
        let url: GsUrl = "gs://bucket/a b/c.json".parse().unwrap();
        assert_eq!((url.bucket(), url.object()), ("bucket", "a b/c.json"));
        for bucket in ["bucket", "gs://bucket", "gs://bucket/"] {
            assert_eq!(GsUrl::new(bucket, "a b/c.json"), Ok(url.clone()));
        }
    }

    #[test]
    fn refuses_what_is_no_url_of_an_object() {
        for text in ["", "bucket/a", "gs://", "gs://bucket", "gs://bucket/", "gs:///a", "gs://../a"]
        {
            assert!(text.parse::<GsUrl>().is_err(), "{text}");
        }
    }
}
