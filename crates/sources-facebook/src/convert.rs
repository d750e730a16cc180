//! From comments to raw data: one object per comment, with the keys that the original gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use fetching::RunIdentity;
use traced_data::{Changes, Key, Metadata, TracedData, Value};

use crate::records::{HashedId, RawAttachment, RawComment};

/// Turns the comments of one dataset into raw data.
///
/// Each comment becomes one object with the key `avf_facebook_id`, and of `<dataset>.id`, `.from`,
/// `.parent`, `.created_time` (ISO 8601 in UTC, `+00:00`), `.message`, `.attachments` and `.post`
/// those that there are. `.from` is `{"id": <participant id>}`, or `{}` when Facebook does not say
/// who it was; `.parent` is `{"id": …}`, or `{}` when the comment is no reply. Ids of comments and
/// attachments are hashed. Comments of the page itself have `<dataset>.from_page`.
pub struct Converter<'a> {
    posts: &'a BTreeMap<String, Vec<RawAttachment>>,
    keys: CommentKeys,
    converted_by: Arc<Metadata>,
}

/// The keys that all comments of a dataset have.
struct CommentKeys {
    id: Key,
    from: Key,
    from_page: Key,
    parent: Key,
    created_time: Key,
    message: Key,
    attachments: Key,
    post: Key,
}

impl<'a> Converter<'a> {
    /// A converter for the comments of `dataset` under `posts`, which have these attachments.
    pub fn new(
        dataset: &str,
        posts: &'a BTreeMap<String, Vec<RawAttachment>>,
        run: &RunIdentity,
    ) -> Self {
        let converted_by = run.metadata("sources_facebook::convert_comments");
        Self { posts, keys: CommentKeys::new(dataset), converted_by }
    }

    /// The object of a comment.
    pub fn convert(&self, comment: &RawComment) -> TracedData {
        let keys = &self.keys;
        let from = match comment.is_author_known {
            true => with_id(comment.participant.shared()),
            false => Value::object([]),
        };
        let parent = comment.parent.as_ref().map(HashedId::shared);
        let mut changes = Changes::new()
            .set("avf_facebook_id", comment.participant.shared())
            .set(keys.id, comment.id.shared())
            .set(keys.from, from)
            .set(keys.parent, parent.map_or_else(|| Value::object([]), with_id))
            .set(keys.created_time, iso_time::format_utc(&comment.created_time.0))
            .set(keys.message, comment.message.as_str())
            .set(keys.post, self.post(&comment.post));
        if comment.is_from_page {
            changes = changes.set(keys.from_page, true);
        }
        if !comment.attachments.is_empty() {
            changes = changes.set(keys.attachments, list(&comment.attachments));
        }
        TracedData::new(changes, &self.converted_by)
    }

    fn post(&self, id: &str) -> Value {
        let attachments = self.posts.get(id).filter(|attachments| !attachments.is_empty());
        let id = (Key::new("id"), Value::from(id));
        let attachments =
            attachments.map(|attachments| (Key::new("attachments"), list(attachments)));
        Value::object([id].into_iter().chain(attachments))
    }
}

impl CommentKeys {
    fn new(dataset: &str) -> Self {
        let key = |name: &str| Key::new(&format!("{dataset}.{name}"));
        Self {
            id: key("id"),
            from: key("from"),
            from_page: key("from_page"),
            parent: key("parent"),
            created_time: key("created_time"),
            message: key("message"),
            attachments: key("attachments"),
            post: key("post"),
        }
    }
}

fn with_id(id: Arc<str>) -> Value {
    Value::object([(Key::new("id"), Value::from(id))])
}

fn list(attachments: &[RawAttachment]) -> Value {
    let items = attachments.iter().map(|attachment| {
        let kind = (Key::new("type"), Value::from(attachment.kind.as_str()));
        let target =
            attachment.target.as_ref().map(|id| (Key::new("target"), with_id(id.shared())));
        Value::object([kind].into_iter().chain(target))
    });
    Value::object([(Key::new("data"), Value::Array(items.collect()))])
}

#[cfg(test)]
mod tests;
