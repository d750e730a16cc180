//! The Graph API of Facebook, as far as pages, their posts and comments go.
//!
//! | path | what | pages |
//! |---|---|---|
//! | `/{version}/{post}` | a post, with the `fields` that are asked for | |
//! | `/{version}/{page}/published_posts` | posts, newest first; `since`, `until` | cursor |
//! | `/{version}/{post}/comments` | comments; with `filter=stream` the replies too; `since`, `order` | cursor |
//! | `/{version}/{post}/insights` | the metrics in `metric`; one that is unknown fails all | |
//!
//! The token is `access_token` of the query or the header `Authorization`, and stands in the links
//! between pages, as it does at Facebook. The answer says in `facebook-api-version` which version
//! gave it: [`OLDEST_VERSION`] in place of older ones. Pages hold at most 100 items, may hold fewer,
//! and may be empty in the middle of a list ([`Page::has_empty_pages`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::get;

use crate::timeline::Timeline;

mod answers;
pub(crate) mod control;
mod errors;
mod fields;
mod made;
mod page;
mod requests;

pub use errors::GraphError;
pub use page::{Attachment, Comment, Page, Post};

/// The newest version that is answered.
pub const NEWEST_VERSION: &str = "v26.0";

/// The oldest version that is answered; who asks for an older one gets this.
pub const OLDEST_VERSION: &str = "v21.0";

/// Pages of Facebook, told apart by their tokens. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Server(Arc<Mutex<Inside>>);

/// A page that can be changed while the server runs.
#[derive(Debug, Clone)]
pub struct SharedPage(Arc<Mutex<Page>>);

#[derive(Debug, Default)]
struct Inside {
    pages: Vec<SharedPage>,
    planned: Vec<Planned>,
}

/// An error that waits for its request.
#[derive(Debug)]
struct Planned {
    part: String,
    n_before: usize,
    n_times: usize,
    error: GraphError,
}

impl Server {
    /// Adds a page.
    pub fn add(&self, page: Page) -> SharedPage {
        let page = SharedPage(Arc::new(Mutex::new(page)));
        self.lock().pages.push(page.clone());
        page
    }

    /// All pages.
    pub fn pages(&self) -> Vec<SharedPage> {
        self.lock().pages.clone()
    }

    /// Answers `n_times` requests whose path and query contain `part` with an error, from the nth
    /// on, counted from 1.
    pub fn fail(&self, part: &str, nth: usize, n_times: usize, error: GraphError) {
        let part = part.to_owned();
        self.lock().planned.push(Planned { part, n_before: nth.max(1) - 1, n_times, error });
    }

    /// No request fails any more.
    pub fn heal(&self) {
        self.lock().planned.clear();
    }

    /// The error that this request gets, if it is one's turn.
    fn planned_error(&self, url: &str) -> Option<GraphError> {
        let mut inside = self.lock();
        let mut error = None;
        for planned in inside.planned.iter_mut().filter(|planned| url.contains(&planned.part)) {
            if 0 < planned.n_before {
                planned.n_before -= 1;
            } else if error.is_none() && 0 < planned.n_times {
                planned.n_times -= 1;
                error = Some(planned.error);
            }
        }
        error
    }

    fn page_of(&self, token: &str) -> Option<SharedPage> {
        self.pages().into_iter().find(|page| page.lock().token == token)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SharedPage {
    /// The page, for as long as the guard lives; the server waits meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The paths of the Graph API.
pub fn router(server: Server, timeline: Timeline) -> Router {
    let state = requests::Context { server, timeline };
    Router::new()
        .route("/{version}/{id}", get(requests::node))
        .route("/{version}/{id}/{edge}", get(requests::edge))
        .with_state(state)
}
