//! What is kept of comments: nothing that says who somebody is.
//!
//! Whatever else the server says of a comment is not read at all, or becomes a participant id or a
//! hash before it gets here.

use std::fmt;
use std::sync::Arc;

use fetching::Time;
use serde::{Deserialize, Serialize};
use traced_data::sha256_hex;
use uuid_table::ParticipantUuid;

/// The id of a comment or attachment, hashed: the SHA-256 of Facebook's id in hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HashedId(Arc<str>);

/// A comment, or a reply to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawComment {
    /// Which comment.
    pub id: HashedId,
    /// Under which post; pages publish posts, so this is nobody's id.
    pub post: String,
    /// To which comment this is a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<HashedId>,
    /// Who wrote it.
    pub participant: ParticipantUuid,
    /// Whether Facebook says who wrote it. If not, the participant is somebody who wrote nothing
    /// else.
    pub is_author_known: bool,
    /// Whether the page itself wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_from_page: bool,
    /// When it was written.
    pub created_time: Time,
    /// What was written; empty for a sticker or picture.
    pub message: String,
    /// Stickers, pictures and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<RawAttachment>,
}

/// Something that comes with a comment or post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAttachment {
    /// What it is, as Facebook calls it, e.g. `photo`, `sticker`, `video_inline`, `album`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<HashedId>,
}

impl HashedId {
    /// The hash of an id of Facebook's.
    pub fn of(id: &str) -> Self {
        Self(sha256_hex(id).into())
    }

    /// The hash as a text that is cheap to clone.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for HashedId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
