//! How people met a post: who saw it, reacted, commented, shared.
//!
//! Facebook retires metrics, and one that is retired makes a request for several fail. So each is
//! asked for on its own; what is not to be had stays empty.

use std::cell::RefCell;
use std::collections::BTreeSet;

use fetching::Time;
use tracing::warn;

use crate::answers::ServerPost;
use crate::error::{FacebookError, GraphErrorKind};
use crate::graph::Graph;
use crate::records::RawAttachment;

/// Asks for the metrics of posts.
pub struct Metrics<'a> {
    graph: &'a Graph,
    /// What this version does not have, or the token does not allow.
    unavailable: RefCell<BTreeSet<&'static str>>,
}

/// A post whose comments were fetched.
#[derive(Clone, Copy)]
pub(crate) struct CommentedPost<'a> {
    pub(crate) page_id: &'a str,
    pub(crate) dataset: &'a str,
    pub(crate) id: &'a str,
    pub(crate) post: &'a ServerPost,
    pub(crate) n_comments: u64,
}

/// What is known of how people met a post; `None` when Facebook does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostMetrics {
    /// The page that published the post.
    pub page_id: String,
    /// The dataset that the post belongs to.
    pub dataset: String,
    /// The post.
    pub post_id: String,
    /// When it was published.
    pub created_time: Time,
    /// Its text.
    pub text: String,
    /// `photo`, `video`, `text`, or another type as Facebook calls it.
    pub post_type: String,
    /// How often it was on a screen. Retired in 2025.
    pub n_impressions: Option<u64>,
    /// On how many people's screens it was. Retired in 2026.
    pub n_unique_impressions: Option<u64>,
    /// How many people clicked anywhere in it. Retired in 2024.
    pub n_engaged_users: Option<u64>,
    /// How many comments there are, also those that cannot be seen.
    pub n_comments: Option<u64>,
    /// How many comments were fetched.
    pub n_visible_comments: u64,
    /// How many reactions there are, of all types.
    pub n_reactions: Option<u64>,
    /// How often it was played or shown: what took the place of impressions.
    pub n_media_views: Option<u64>,
    /// By how many people: what took the place of unique impressions.
    pub n_unique_media_views: Option<u64>,
    /// How often it was shared.
    pub n_shares: Option<u64>,
}

impl<'a> Metrics<'a> {
    /// Metrics from this server.
    pub fn new(graph: &'a Graph) -> Self {
        Self { graph, unavailable: RefCell::default() }
    }

    /// The metrics of a post.
    pub(crate) fn of_post(&self, of: &CommentedPost<'_>) -> Result<PostMetrics, FacebookError> {
        let CommentedPost { id, post, .. } = *of;
        let metric = |name: &'static str| self.one(name, || self.graph.metric(id, name));
        let by_type = metric("post_reactions_by_type_total")?;
        let n_reactions = match by_type {
            Some(n) => Some(n),
            None => self.one("reactions", || self.graph.n_reactions(id))?,
        };
        Ok(PostMetrics {
            page_id: of.page_id.to_owned(),
            dataset: of.dataset.to_owned(),
            post_id: id.to_owned(),
            created_time: post.created_time,
            text: post.message.clone().unwrap_or_default(),
            post_type: post_type(&post.attachments()),
            n_impressions: metric("post_impressions")?,
            n_unique_impressions: metric("post_impressions_unique")?,
            n_engaged_users: metric("post_engaged_users")?,
            n_comments: post.n_comments(),
            n_visible_comments: of.n_comments,
            n_reactions,
            n_media_views: metric("post_media_view")?,
            n_unique_media_views: metric("post_total_media_view_unique")?,
            n_shares: self.one("shares", || self.graph.n_shares(id).map(Some))?,
        })
    }

    /// One number, or `None` when Facebook will not say it.
    fn one(
        &self,
        name: &'static str,
        ask: impl Fn() -> Result<Option<u64>, FacebookError>,
    ) -> Result<Option<u64>, FacebookError> {
        if self.unavailable.borrow().contains(name) {
            return Ok(None);
        }
        let error = match ask() {
            Err(error) => error,
            number => return number,
        };
        match error.kind() {
            // For no post of any page.
            Some(GraphErrorKind::UnknownMetric) => {
                self.unavailable.borrow_mut().insert(name);
                Ok(None)
            }
            Some(GraphErrorKind::NoPermission) => {
                let hint = error.hint().unwrap_or_default();
                warn!(metric = name, hint, "The token does not allow a metric; it stays empty.");
                self.unavailable.borrow_mut().insert(name);
                Ok(None)
            }
            // For this kind of post, e.g. a reel.
            Some(GraphErrorKind::BadRequest | GraphErrorKind::Missing | GraphErrorKind::Other) => {
                Ok(None)
            }
            _ => Err(error),
        }
    }
}

/// The type of a post with these attachments: `text` when it has none, `photo` and `video` as in
/// older files, whatever kind of video it is; else what Facebook calls it. Several are joined with
/// `; `, each once.
pub fn post_type(attachments: &[RawAttachment]) -> String {
    let mut types: Vec<&str> = Vec::new();
    for RawAttachment { kind, .. } in attachments {
        let kind = if kind.starts_with("video") { "video" } else { kind };
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    if types.is_empty() { "text".to_owned() } else { types.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_have_the_types_of_older_files_and_any_other() {
        check(&["photo"], "photo");
        check(&["video_inline"], "video");
        check(&["video_direct_response", "video_autoplay"], "video");
        check(&[], "text");
        check(&["album"], "album");
        check(&["photo", "share", "photo"], "photo; share");
    }

    #[track_caller]
    fn check(kinds: &[&str], expected: &str) {
        let attachments: Vec<RawAttachment> = kinds
            .iter()
            .map(|kind| RawAttachment { kind: (*kind).to_owned(), target: None })
            .collect();
        assert_eq!(post_type(&attachments), expected, "{kinds:?}");
    }
}
