//! The fetch of one dataset, which can go on where an earlier one was cut off.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use fetching::{RawFile, RawFileError, Time};
use serde::{Deserialize, Serialize};
use tracing::info;

use super::Fetch;
use crate::deidentify::deidentify;
use crate::error::FacebookError;
use crate::graph::comments_of;
use crate::records::{HashedId, RawComment};

/// How long what an unfinished fetch saved is as good as fetched now. Later, comments that were
/// edited or deleted since would be missed until the fetch after this one.
const LONGEST_BREAK: TimeDelta = TimeDelta::hours(24);

/// How far behind the newest comment that was saved a fetch goes on: comments are written several
/// a second.
const OVERLAP: TimeDelta = TimeDelta::seconds(1);

/// A dataset while it is fetched.
pub(super) struct DatasetFetch {
    pub(super) raw: RawFile,
    earlier: Vec<RawComment>,
    begun: HashMap<String, BegunPost>,
}

/// Comments that came in, in a file of their own until the fetch is at its end.
///
/// Where the server's next page begins is not saved: its cursors hold ids of comments.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedPage {
    post: String,
    fetched_at: Time,
    is_last: bool,
    comments: Vec<RawComment>,
}

/// What an unfinished fetch has of a post.
#[derive(Default)]
struct BegunPost {
    comments: Vec<RawComment>,
    is_complete: bool,
}

impl DatasetFetch {
    /// Begins where an earlier fetch was cut off, unless that is long ago.
    pub(super) fn open(fetch: &Fetch<'_>, flow: &str) -> Result<Self, FacebookError> {
        let mut raw = RawFile::new(fetch.data_root.raw_server_file(flow)?);
        let earlier = match raw.records() {
            // Whatever else is there was not written by this program: it is replaced.
            Err(RawFileError::Misread { .. }) => {
                info!(flow, "The raw file is the original's or older; all comments are new.");
                Vec::new()
            }
            records => records?,
        };
        let mut pages: Vec<SavedPage> = Vec::new();
        raw.read_pages(|records: Vec<SavedPage>| {
            pages.extend(records);
            Ok::<_, FacebookError>(())
        })?;
        let is_fresh = |page: &SavedPage| {
            let age = fetch.started_at.0 - page.fetched_at.0;
            TimeDelta::zero() <= age && age <= LONGEST_BREAK
        };
        if !pages.iter().all(is_fresh) {
            raw.remove_pages()?;
            pages.clear();
        }
        let mut begun: HashMap<String, BegunPost> = HashMap::new();
        for page in pages {
            let post = begun.entry(page.post).or_default();
            post.comments.extend(page.comments);
            post.is_complete |= page.is_last;
        }
        Ok(Self { raw, earlier, begun })
    }

    /// The comments of the last fetch that came to its end.
    pub(super) fn earlier_comments(&self) -> &[RawComment] {
        &self.earlier
    }

    /// All comments under a post, each once.
    pub(super) fn comments(
        &mut self,
        fetch: &Fetch<'_>,
        post: &str,
    ) -> Result<Vec<RawComment>, FacebookError> {
        let begun = self.begun.remove(post).unwrap_or_default();
        let since = begun.continues_at();
        let is_complete = begun.is_complete;
        let kept = if is_complete || since.is_some() { begun.comments } else { Vec::new() };
        // In the version that came last, in the order of their ids.
        let mut comments: BTreeMap<HashedId, RawComment> =
            kept.into_iter().map(|comment| (comment.id.clone(), comment)).collect();
        if is_complete {
            return Ok(comments.into_values().collect());
        }
        let page_id = &fetch.source.page_id;
        fetch.graph.comments(post, since, |page| {
            let page = deidentify(fetch.table, page_id, post, &page)?;
            let mut page = page.ok_or_else(|| {
                let server = fetch.graph.server().to_owned();
                FacebookError::NoCommentIds { server, what: comments_of(post) }
            })?;
            page.retain(|comment| comments.get(&comment.id) != Some(comment));
            (fetch.on_progress)(page.len() as u64);
            comments.extend(page.iter().map(|comment| (comment.id.clone(), comment.clone())));
            self.save(fetch, post, page, false)
        })?;
        self.save(fetch, post, Vec::new(), true)?;
        Ok(comments.into_values().collect())
    }

    fn save(
        &mut self,
        fetch: &Fetch<'_>,
        post: &str,
        comments: Vec<RawComment>,
        is_last: bool,
    ) -> Result<(), FacebookError> {
        if comments.is_empty() && !is_last {
            return Ok(());
        }
        let (post, fetched_at) = (post.to_owned(), fetch.started_at);
        Ok(self.raw.save_page(&[SavedPage { post, fetched_at, is_last, comments }])?)
    }
}

impl BegunPost {
    /// From when on comments are still to be fetched; `None` from the beginning.
    ///
    /// Only a server that gives the oldest first has given all up to the newest that is here.
    fn continues_at(&self) -> Option<Time> {
        let times = || self.comments.iter().map(|comment| comment.created_time);
        let latest = times().max()?;
        times().is_sorted().then(|| latest.earlier_by(OVERLAP))
    }
}
