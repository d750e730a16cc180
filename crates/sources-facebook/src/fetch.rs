//! A fetch: from the server to the raw data of all datasets of one source.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use data_root::{DataRoot, WholeFiles};
use fetching::{RunIdentity, Time};
use pipeline_config::{FacebookDataset, FacebookSource};
use traced_data::serialize_line;
use tracing::{info, warn};
use uuid_table::UuidTable;

use crate::answers::ServerPost;
use crate::convert::Converter;
use crate::error::FacebookError;
use crate::graph::Graph;
use crate::metrics::{CommentedPost, Metrics, PostMetrics};
use crate::records::{RawAttachment, RawComment};

mod changes;
mod dataset;

use changes::Changes;
use dataset::DatasetFetch;

/// Fetches the datasets of one source.
pub struct Fetch<'a> {
    /// The server, with the token of the page.
    pub graph: &'a Graph,
    /// Which posts.
    pub source: &'a FacebookSource,
    /// Where people get their ids.
    pub table: &'a UuidTable,
    /// Where the files are.
    pub data_root: &'a DataRoot,
    /// Who fetches, and when.
    pub run: &'a RunIdentity,
    /// When the fetch began.
    pub started_at: Time,
    /// Is told how many more comments came in.
    pub on_progress: &'a dyn Fn(u64),
}

/// What a fetch did.
#[derive(Debug, Default)]
pub struct Fetched {
    /// How many comments were not there before.
    pub n_new: u64,
    /// How many comments were edited, or belong to somebody else now.
    pub n_changed: u64,
    /// How many comments were there before and are no longer on Facebook, or under no post that is
    /// fetched.
    pub n_gone: u64,
    /// How many comments are in the raw data now.
    pub n_comments: u64,
    /// Of how many of them Facebook does not say who wrote them.
    pub n_by_unknown: u64,
    /// The raw data that was written.
    pub files: Vec<PathBuf>,
    /// Per post of each dataset.
    pub metrics: Vec<PostMetrics>,
    /// The datasets whose metrics are those of an earlier fetch, if there was one.
    pub without_metrics: Vec<String>,
    /// The datasets that kept their old files, or their old metrics.
    pub failures: Vec<DatasetFailure>,
}

/// A dataset that kept its old files, or its old metrics.
#[derive(Debug, thiserror::Error)]
#[error("could not fetch {what} of dataset `{dataset}`")]
pub struct DatasetFailure {
    /// The name of the dataset.
    pub dataset: String,
    /// `the comments` or `the metrics`.
    pub what: &'static str,
    /// Why.
    pub source: FacebookError,
}

/// A post with what was read of it and of its comments.
struct FetchedPost {
    /// As the configuration or the search has it.
    id: String,
    post: ServerPost,
    comments: Vec<RawComment>,
}

impl Fetch<'_> {
    /// Fetches all datasets. One that fails keeps its old files and does not keep the others from
    /// being fetched; pages that came in are kept for the next time.
    pub fn run(&self) -> Fetched {
        let mut fetched = Fetched::default();
        let metrics = Metrics::new(self.graph);
        for dataset in &self.source.datasets {
            let failed =
                |what, source| DatasetFailure { dataset: dataset.name.clone(), what, source };
            let posts = match self.fetch_dataset(dataset, &mut fetched) {
                Ok(posts) => posts,
                Err(error) => {
                    fetched.without_metrics.push(dataset.name.clone());
                    fetched.failures.push(failed("the comments", error));
                    continue;
                }
            };
            let of_posts: Result<Vec<PostMetrics>, FacebookError> =
                posts.iter().map(|it| self.metrics_of(&metrics, dataset, it)).collect();
            match of_posts {
                Ok(metrics) => fetched.metrics.extend(metrics),
                Err(error) => {
                    fetched.without_metrics.push(dataset.name.clone());
                    fetched.failures.push(failed("the metrics", error));
                }
            }
        }
        fetched
    }

    fn metrics_of(
        &self,
        metrics: &Metrics<'_>,
        dataset: &FacebookDataset,
        FetchedPost { id, post, comments }: &FetchedPost,
    ) -> Result<PostMetrics, FacebookError> {
        metrics.of_post(&CommentedPost {
            page_id: &self.source.page_id,
            dataset: &dataset.name,
            id,
            post,
            n_comments: comments.len() as u64,
        })
    }

    fn fetch_dataset(
        &self,
        dataset: &FacebookDataset,
        fetched: &mut Fetched,
    ) -> Result<Vec<FetchedPost>, FacebookError> {
        let flow = self.source.flow_name(dataset);
        let mut fetch = DatasetFetch::open(self, &flow)?;
        let mut posts = Vec::new();
        for id in self.post_ids(dataset)? {
            let post = self.graph.post(&id)?;
            let comments = fetch.comments(self, &id)?;
            posts.push(FetchedPost { id, post, comments });
        }
        let changes = Changes::new(fetch.earlier_comments(), &posts);
        changes.check(self.graph.server(), &posts)?;
        fetched.files.push(self.write(dataset, &flow, &fetch, &posts)?);

        let comments = || posts.iter().flat_map(|it| &it.comments);
        let n_comments = comments().count() as u64;
        let n_by_unknown = comments().filter(|comment| !comment.is_author_known).count() as u64;
        let Changes { n_new, n_changed, n_gone, .. } = changes;
        info!(
            flow,
            n_posts = posts.len(),
            n_new,
            n_changed,
            n_gone,
            n_comments,
            "Fetched a dataset."
        );
        if 0 < n_by_unknown {
            warn!(
                flow,
                n_by_unknown,
                "Facebook does not say who wrote some comments; each counts as somebody else's."
            );
        }
        fetched.n_new += n_new;
        fetched.n_changed += n_changed;
        fetched.n_gone += n_gone;
        fetched.n_comments += n_comments;
        fetched.n_by_unknown += n_by_unknown;
        Ok(posts)
    }

    /// The posts of a dataset: those that the configuration names, then those that are found; each
    /// once.
    fn post_ids(&self, dataset: &FacebookDataset) -> Result<Vec<String>, FacebookError> {
        let mut ids: Vec<String> = Vec::new();
        let found = match &dataset.search {
            Some(search) => self.graph.find_posts(&self.source.page_id, search)?,
            None => Vec::new(),
        };
        for id in dataset.post_ids.iter().flatten().chain(&found) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        if ids.is_empty() {
            warn!(dataset = dataset.name, "No posts were found, so there are no comments.");
        }
        Ok(ids)
    }

    /// Writes the files of a dataset, which then appear together.
    fn write(
        &self,
        dataset: &FacebookDataset,
        flow: &str,
        fetch: &DatasetFetch,
        posts: &[FetchedPost],
    ) -> Result<PathBuf, FacebookError> {
        let path = self.data_root.raw_data_file(flow)?;
        let comments = sorted(posts);
        let attachments: BTreeMap<String, Vec<RawAttachment>> =
            posts.iter().map(|it| (it.id.clone(), it.post.attachments())).collect();
        let converter = Converter::new(&dataset.name, &attachments, self.run);
        let files = WholeFiles::new();
        fetch.raw.write(comments.iter().copied(), &files)?;
        let mut file = files.create(&path)?;
        let mut line = Vec::new();
        for comment in comments {
            line.clear();
            serialize_line(converter.convert(comment).history(), &mut line);
            file.write_all(&line)?;
        }
        file.commit()?;
        files.commit()?;
        fetch.raw.remove_empty_pages();
        Ok(path)
    }
}

/// The comments under all posts, the oldest first.
fn sorted(posts: &[FetchedPost]) -> Vec<&RawComment> {
    let mut comments: Vec<&RawComment> = posts.iter().flat_map(|it| &it.comments).collect();
    comments
        .sort_by(|one, other| (one.created_time, &one.id).cmp(&(other.created_time, &other.id)));
    comments
}
