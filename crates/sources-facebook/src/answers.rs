//! What the Graph API answers, as far as it is read.
//!
//! Types that can hold somebody's id have no `Debug`, and are turned into [`crate::records`] before
//! anything else happens to them.

use fetching::{Misread, Time, read_json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::records::{HashedId, RawAttachment};

/// A page of a list. A page can be empty and still not be the last.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    next: Option<String>,
}

/// A comment. No `Debug`: it says who wrote it.
#[derive(Deserialize)]
pub(crate) struct ServerComment {
    /// Left out for tokens of people who do not moderate the page.
    pub(crate) id: Option<String>,
    /// Left out without the permission, and for some people.
    pub(crate) from: Option<ServerId>,
    pub(crate) parent: Option<ServerId>,
    pub(crate) created_time: Time,
    pub(crate) message: Option<String>,
    attachment: Option<ServerAttachment>,
    attachments: Option<Attachments>,
}

/// What Facebook refers to by its id. No `Debug`: it can be somebody's.
#[derive(Deserialize)]
pub(crate) struct ServerId {
    pub(crate) id: Option<String>,
}

/// A post of the page.
#[derive(Deserialize)]
pub(crate) struct ServerPost {
    pub(crate) created_time: Time,
    pub(crate) message: Option<String>,
    attachments: Option<Attachments>,
    comments: Option<Summarized>,
}

/// A number of things that were not asked for one by one.
#[derive(Deserialize)]
pub(crate) struct Summarized {
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    total_count: Option<u64>,
}

/// A post with the number of reactions to it.
#[derive(Deserialize)]
pub(crate) struct ReactionsOfPost {
    pub(crate) reactions: Option<Summarized>,
}

/// A post with how often it was shared; that is left out when it is never.
#[derive(Deserialize)]
pub(crate) struct SharesOfPost {
    pub(crate) shares: Option<Shares>,
}

#[derive(Deserialize)]
pub(crate) struct Shares {
    pub(crate) count: Option<u64>,
}

/// One metric of a post.
#[derive(Deserialize)]
pub(crate) struct Insight {
    name: String,
    values: Vec<InsightValue>,
}

#[derive(Deserialize)]
struct InsightValue {
    value: Value,
}

#[derive(Deserialize)]
struct Attachments {
    data: Vec<ServerAttachment>,
}

#[derive(Deserialize)]
struct ServerAttachment {
    #[serde(rename = "type")]
    kind: Option<String>,
    target: Option<ServerId>,
}

impl<T> Page<T> {
    /// The link to the next page, if there is one.
    pub(crate) fn next(&self) -> Option<&str> {
        self.paging.as_ref()?.next.as_deref()
    }
}

impl ServerComment {
    /// Stickers, pictures and the like, in either of the forms that Facebook gives them in.
    pub(crate) fn attachments(&self) -> Vec<RawAttachment> {
        let several = self.attachments.iter().flat_map(|attachments| &attachments.data);
        let mut all: Vec<RawAttachment> =
            self.attachment.iter().chain(several).map(ServerAttachment::hashed).collect();
        all.dedup();
        all
    }
}

impl ServerPost {
    /// Pictures, videos and the like.
    pub(crate) fn attachments(&self) -> Vec<RawAttachment> {
        let all = self.attachments.iter().flat_map(|attachments| &attachments.data);
        all.map(ServerAttachment::hashed).collect()
    }

    /// How many comments there are, also those that the token may not see.
    pub(crate) fn n_comments(&self) -> Option<u64> {
        self.comments.as_ref()?.total_count()
    }
}

impl Summarized {
    pub(crate) fn total_count(&self) -> Option<u64> {
        self.summary.as_ref()?.total_count
    }
}

impl Insight {
    /// The number that `insights` have for the metric `name`; a metric by type is summed up.
    pub(crate) fn number(insights: &[Self], name: &str) -> Option<u64> {
        let insight = insights.iter().find(|insight| insight.name == name)?;
        match &insight.values.last()?.value {
            Value::Object(by_type) => Some(by_type.values().filter_map(Value::as_u64).sum()),
            value => value.as_u64(),
        }
    }
}

impl ServerAttachment {
    fn hashed(&self) -> RawAttachment {
        let target = self.target.as_ref().and_then(|target| target.id.as_deref());
        RawAttachment {
            kind: self.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
            target: target.map(HashedId::of),
        }
    }
}

/// Reads a page; when one item is odd, the error says which.
pub(crate) fn read_page<T: DeserializeOwned>(bytes: &[u8]) -> Result<Page<T>, Misread> {
    read_json(bytes).map_err(|misread| match misread {
        Misread::OtherShape { .. } => odd_item::<T>(bytes).unwrap_or(misread),
        _ => misread,
    })
}

fn odd_item<T: DeserializeOwned>(bytes: &[u8]) -> Option<Misread> {
    let page: Page<Value> = serde_json::from_slice(bytes).ok()?;
    // The id of a comment leads to who wrote it, so the place has to do.
    fetching::odd_item::<T>(&page.data, |_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_can_be_without_paging() {
        let next =
            |body: &str| read_page::<Value>(body.as_bytes()).unwrap().next().map(str::to_owned);
        assert_eq!(next(r#"{"data": []}"#), None);
        assert_eq!(next(r#"{"data": [], "paging": {"cursors": {"after": "a"}}}"#), None);
        let link = "https://graph.facebook.com/v26.0/1/comments?after=a";
        assert_eq!(
            next(&format!(r#"{{"data": [], "paging": {{"next": "{link}"}}}}"#)).unwrap(),
            link
        );
    }

    #[test]
    fn an_odd_comment_is_named_by_its_place_and_not_quoted() {
        let body = r#"{"data": [
            {"id": "1_2", "created_time": "2021-06-01T08:00:00+0000"},
            {"id": "1_3", "created_time": "Sentinel", "from": {"id": "777"}}
        ]}"#;
        let misread = read_page::<ServerComment>(body.as_bytes()).err().unwrap();
        assert_eq!(misread.to_string(), "item 2 of the page is not of the form that was expected");
    }

    #[test]
    fn attachments_come_in_two_forms() {
        check(r#""attachment": {"type": "sticker", "url": "https://x", "target": {"id": "9"}}"#);
        check(r#""attachments": {"data": [{"type": "sticker", "target": {"id": "9"}}]}"#);
    }

    #[test]
    fn metrics_are_numbers_or_numbers_by_type() {
        let insights = r#"[
            {"name": "post_media_view", "values": [{"value": 12}]},
            {"name": "post_reactions_by_type_total", "values": [{"value": {"like": 3, "love": 4}}]},
            {"name": "post_odd", "values": []}
        ]"#;
        let insights: Vec<Insight> = serde_json::from_str(insights).unwrap();
        assert_eq!(Insight::number(&insights, "post_media_view"), Some(12));
        assert_eq!(Insight::number(&insights, "post_reactions_by_type_total"), Some(7));
        assert_eq!(Insight::number(&insights, "post_odd"), None);
        assert_eq!(Insight::number(&insights, "post_impressions"), None);
    }

    #[track_caller]
    fn check(attachment: &str) {
        let comment =
            format!(r#"{{"id": "1_2", "created_time": "2021-06-01T08:00:00+0000", {attachment}}}"#);
        let comment: ServerComment = serde_json::from_str(&comment).unwrap();
        let expected =
            RawAttachment { kind: "sticker".to_owned(), target: Some(HashedId::of("9")) };
        assert_eq!(comment.attachments(), [expected]);
    }
}
