//! What is new, changed and gone since the last fetch that came to its end.

use std::collections::{BTreeMap, HashMap};

use tracing::warn;

use super::FetchedPost;
use crate::error::FacebookError;
use crate::graph::comments_of;
use crate::records::{HashedId, RawComment};

/// With fewer comments than this, half of them can go without anybody wondering.
const WORTH_A_WARNING: usize = 20;

/// What is new, changed and gone.
pub(super) struct Changes {
    pub(super) n_new: u64,
    pub(super) n_changed: u64,
    pub(super) n_gone: u64,
    /// How many comments there were under each post.
    n_earlier: BTreeMap<String, usize>,
}

impl Changes {
    pub(super) fn new(earlier: &[RawComment], posts: &[FetchedPost]) -> Self {
        let mut left: HashMap<&HashedId, &RawComment> =
            earlier.iter().map(|comment| (&comment.id, comment)).collect();
        let mut n_earlier: BTreeMap<String, usize> = BTreeMap::new();
        for comment in earlier {
            *n_earlier.entry(comment.post.clone()).or_default() += 1;
        }
        let (mut n_new, mut n_changed) = (0, 0);
        for comment in posts.iter().flat_map(|it| &it.comments) {
            match left.remove(&comment.id) {
                None => n_new += 1,
                Some(before) if before != comment => n_changed += 1,
                Some(_) => {}
            }
        }
        Self { n_new, n_changed, n_gone: left.len() as u64, n_earlier }
    }

    /// Refuses a post whose comments are all hidden at once: Facebook says nothing when a token may
    /// no longer see them, it gives an empty list. A post that lost many is a warning.
    pub(super) fn check(&self, server: &str, posts: &[FetchedPost]) -> Result<(), FacebookError> {
        for FetchedPost { id, post, comments } in posts {
            let n_before = self.n_earlier.get(id).copied().unwrap_or_default();
            let n_there = post.n_comments().unwrap_or_default();
            if 0 < n_before && comments.is_empty() && 0 < n_there {
                return Err(FacebookError::HiddenComments {
                    server: server.to_owned(),
                    what: comments_of(id),
                    n_there,
                    n_before,
                });
            }
            if WORTH_A_WARNING <= n_before && 2 * comments.len() < n_before {
                let n_now = comments.len();
                warn!(post = id, n_before, n_now, "Most comments on a post are gone.");
            }
        }
        Ok(())
    }
}
