//! What a page of Facebook has: posts, and what people wrote and did under them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// Its name, which comes with what it writes.
    pub name: String,
    /// Its token.
    pub token: String,
    /// Its posts, in any order.
    pub posts: Vec<Post>,
    /// How many items a page of a list holds at most, whatever is asked for.
    pub page_size: usize,
    /// Whether an empty page comes after each full one.
    pub has_empty_pages: bool,
    /// Whether the token may read insights.
    pub allows_insights: bool,
    /// Whether the token may see who wrote a comment.
    pub names_people: bool,
    /// Whether the token may see comments at all; if not, lists of them are empty.
    pub shows_comments: bool,
    /// Whether comments come with their ids.
    pub gives_comment_ids: bool,
}

/// A post of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// `<page id>_<post id>`
    pub id: String,
    /// When it was published.
    pub created_time: DateTime<Utc>,
    /// Its text; `None` for a picture alone.
    pub message: Option<String>,
    /// Pictures, videos and the like; none for a text.
    pub attachments: Vec<Attachment>,
    /// Comments and the replies to them, in any order.
    pub comments: Vec<Comment>,
    /// How many comments there are that no token can see.
    pub n_hidden_comments: u64,
    /// Reactions by type, e.g. `like`.
    pub reactions: BTreeMap<String, u64>,
    /// How often it was shared.
    pub n_shares: u64,
    /// The metrics that there are, e.g. `post_media_view`. Any other is unknown.
    pub metrics: BTreeMap<String, u64>,
}

/// A comment, or a reply to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// `<post id>_<comment id>`
    pub id: String,
    /// The id and name of who wrote it; `None` when Facebook does not say.
    pub from: Option<(String, String)>,
    /// The comment that this is a reply to.
    pub parent: Option<String>,
    /// When it was written.
    pub created_time: DateTime<Utc>,
    /// What was written; empty for a sticker.
    pub message: String,
    /// A sticker or picture.
    pub attachment: Option<Attachment>,
}

/// A picture, video, sticker, link.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// What it is, e.g. `photo`.
    pub kind: String,
    /// The id of what it shows.
    pub target: Option<String>,
}

impl Page {
    /// A page without posts, whose token may see everything.
    pub fn new(id: &str, token: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: format!("Page {id}"),
            token: token.to_owned(),
            posts: Vec::new(),
            page_size: 100,
            has_empty_pages: false,
            allows_insights: true,
            names_people: true,
            shows_comments: true,
            gives_comment_ids: true,
        }
    }

    /// The post with this id.
    pub fn post(&self, id: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    /// The post with this id, to be changed.
    pub fn post_mut(&mut self, id: &str) -> Option<&mut Post> {
        self.posts.iter_mut().find(|post| post.id == id)
    }
}

impl Post {
    /// A post of a text, under which nobody did anything.
    pub fn new(id: &str, created_time: DateTime<Utc>, message: &str) -> Self {
        Self {
            id: id.to_owned(),
            created_time,
            message: Some(message.to_owned()),
            attachments: Vec::new(),
            comments: Vec::new(),
            n_hidden_comments: 0,
            reactions: BTreeMap::new(),
            n_shares: 0,
            metrics: BTreeMap::new(),
        }
    }
}

impl Comment {
    /// A comment of a text by somebody.
    pub fn new(id: &str, from: (&str, &str), created_time: DateTime<Utc>, message: &str) -> Self {
        Self {
            id: id.to_owned(),
            from: Some((from.0.to_owned(), from.1.to_owned())),
            parent: None,
            created_time,
            message: message.to_owned(),
            attachment: None,
        }
    }
}

impl Attachment {
    /// An attachment of this type, which shows what has the id `target`.
    pub fn new(kind: &str, target: &str) -> Self {
        Self { kind: kind.to_owned(), target: Some(target.to_owned()) }
    }
}
