//! RapidPro's API v2, and the store that its archives are in.
//!
//! | path | list | order | pages |
//! |---|---|---|---|
//! | `/api/v2/workspace.json`, `org.json` | | | |
//! | `/api/v2/flows.json` | flows | newest first | cursor |
//! | `/api/v2/contacts.json` | contacts; with `deleted=true` those that were deleted | newest first, oldest first with `reverse=true` | cursor |
//! | `/api/v2/runs.json` | runs | as contacts | cursor |
//! | `/api/v2/archives.json` | archives | newest first | `limit`, `offset` |
//! | `/archives/…` | the file of an archive; its link expires | | |
//!
//! Pages have 250 rows. Shapes, formats, filters and errors are those of version 26; a workspace
//! can be told to answer as older versions do ([`Workspace::gives_input`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::any;

use crate::timeline::Timeline;

mod answers;
mod archives;
mod filters;
mod records;
mod requests;
mod throttle;
mod workspace;

pub use archives::Archive;
pub use records::{Contact, Flow, Run, Value};
pub use workspace::Workspace;

/// Workspaces, told apart by their tokens. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Server(Arc<Mutex<Vec<SharedWorkspace>>>);

/// A workspace that can be changed while the server runs.
#[derive(Debug, Clone)]
pub struct SharedWorkspace(Arc<Mutex<Workspace>>);

impl Server {
    /// Adds a workspace.
    pub fn add(&self, workspace: Workspace) -> SharedWorkspace {
        let workspace = SharedWorkspace(Arc::new(Mutex::new(workspace)));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(workspace.clone());
        workspace
    }

    /// All workspaces.
    pub fn workspaces(&self) -> Vec<SharedWorkspace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn workspace_of(&self, token: &str) -> Option<SharedWorkspace> {
        self.workspaces().into_iter().find(|workspace| workspace.lock().token == token)
    }
}

impl SharedWorkspace {
    /// The workspace, for as long as the guard lives; the server waits meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The paths of RapidPro.
pub fn router(server: Server, timeline: Timeline) -> Router {
    let state = requests::Context { server, timeline };
    Router::new()
        .route("/api/v2/{endpoint}", any(requests::api))
        .route("/archives/{workspace}/{file}", any(requests::archive_file))
        .with_state(state)
}
