//! Sources by workspace: several sources of a configuration can be flows of one.
//!
//! Then the contacts are fetched once, and the server's limits are kept for all of them together.

use std::panic::resume_unwind;
use std::thread;

use pipeline_config::RapidProSource;

use crate::answers::Workspace;
use crate::client::RapidPro;
use crate::error::RapidProError;

/// A workspace, and the sources that are in it.
pub struct WorkspaceSources<'a> {
    /// What the server says of it.
    pub workspace: Workspace,
    /// The way to it, with the token of the first source.
    pub server: RapidPro,
    /// Which flows, and who tests.
    pub sources: Vec<&'a RapidProSource>,
    /// What the names of its files begin with.
    pub(crate) file_name: String,
}

/// Asks each source for its workspace, all at once. Those that fail do not keep the others back.
pub fn by_workspace<'a>(
    sources: Vec<(&'a RapidProSource, RapidPro)>,
) -> (Vec<WorkspaceSources<'a>>, Vec<RapidProError>) {
    let answers: Vec<Result<Workspace, RapidProError>> = thread::scope(|scope| {
        let ask = |(_, server): &'_ (_, RapidPro)| server.workspace();
        let threads: Vec<_> =
            sources.iter().map(|source| scope.spawn(move || ask(source))).collect();
        let answers = threads.into_iter().map(|thread| thread.join());
        answers.map(|answer| answer.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut workspaces: Vec<WorkspaceSources<'a>> = Vec::new();
    let mut failures = Vec::new();
    for ((source, server), answer) in sources.into_iter().zip(answers) {
        let workspace = match answer {
            Ok(workspace) => workspace,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        match workspaces.iter_mut().find(|known| known.workspace.uuid == workspace.uuid) {
            Some(known) => known.sources.push(source),
            None => {
                let file_name = file_name(&workspace.name);
                workspaces.push(WorkspaceSources {
                    workspace,
                    server,
                    sources: vec![source],
                    file_name,
                });
            }
        }
    }
    tell_apart(&mut workspaces);
    (workspaces, failures)
}

/// Workspaces of one name get a part of their UUID after it.
fn tell_apart(workspaces: &mut [WorkspaceSources<'_>]) {
    let names: Vec<String> = workspaces.iter().map(|it| it.file_name.clone()).collect();
    for workspace in workspaces {
        if 1 < names.iter().filter(|name| **name == workspace.file_name).count() {
            let uuid = file_name(&workspace.workspace.uuid);
            workspace.file_name = format!("{} {uuid}", workspace.file_name);
        }
    }
}

/// The name of a workspace as part of the name of a file.
fn file_name(workspace: &str) -> String {
    let name: String = workspace
        .chars()
        .map(|letter| if letter.is_control() || "/\\".contains(letter) { '_' } else { letter })
        .take(100)
        .collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}
