//! Several files that appear together, or not at all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::FileError;
use crate::files::{list, remove, sync_directory};
use crate::lock::during_commit;
use crate::whole_file::{Complete, Temporary, WholeFile, directory_of};

/// A set of files that get their names at the same moment, when all are complete.
///
/// Members can be written side by side, from several threads. Until [`WholeFiles::commit`], and
/// when that fails, everything under the final names is as it was; dropping the set removes what
/// was written. Only a process killed between the renames themselves, which take microseconds,
/// leaves some files new and some old; the next run of the same stage puts that right.
#[derive(Debug, Default)]
pub struct WholeFiles {
    members: Arc<Members>,
}

/// What a set knows about its files; its members report to it.
#[derive(Debug, Default)]
pub(crate) struct Members(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The final paths of all members, in the order of their creation.
    expected: Vec<PathBuf>,
    complete: Vec<Complete>,
    obsolete: Vec<PathBuf>,
    exclusive_directories: Vec<PathBuf>,
}

impl WholeFiles {
    /// A set without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the member that will be at `final_path`.
    ///
    /// # Errors
    ///
    /// [`FileError::Twice`] when the set has a file with that path, and those of
    /// [`WholeFile::create`].
    pub fn create(&self, final_path: &Path) -> Result<WholeFile, FileError> {
        let file = WholeFile::in_set(final_path, Some(Arc::clone(&self.members)))?;
        let mut state = self.members.state();
        if state.expected.iter().any(|path| path == final_path) {
            return Err(FileError::Twice { path: final_path.to_path_buf() });
        }
        state.expected.push(final_path.to_path_buf());
        Ok(file)
    }

    /// The file at `path`, from an earlier run, goes away when the set appears.
    pub fn remove(&self, path: &Path) {
        self.members.state().obsolete.push(path.to_path_buf());
    }

    /// Files directly in `directory` that are not in this set go away when the set appears.
    pub fn remove_others(&self, directory: &Path) {
        self.members.state().exclusive_directories.push(directory.to_path_buf());
    }

    /// All members are complete: they appear under their final names.
    ///
    /// # Errors
    ///
    /// [`FileError::Unfinished`] when a member was not committed, or what kept a file from being
    /// synced or replaced. Nothing was replaced or removed then, except after a failed removal of
    /// an old file or a failed sync of a directory, which come last.
    pub fn commit(self) -> Result<(), FileError> {
        let State { expected, complete, obsolete, exclusive_directories } =
            std::mem::take(&mut *self.members.state());
        if let Some(path) = expected.iter().find(|path| !has(&complete, path)) {
            return Err(FileError::Unfinished { path: path.clone() });
        }
        complete.iter().try_for_each(Complete::sync)?;

        let mut removals = obsolete;
        for directory in &exclusive_directories {
            removals.extend(list(directory)?.into_iter().filter(|path| !path.is_dir()));
        }
        removals.retain(|path| !expected.contains(path));
        let directories: BTreeSet<&Path> =
            expected.iter().chain(&removals).map(|path| directory_of(path)).collect();

        let _whole = during_commit();
        replace_all(complete)?;
        removals.iter().try_for_each(|path| remove(path))?;
        directories.into_iter().filter(|directory| directory.is_dir()).try_for_each(sync_directory)
    }
}

impl Members {
    pub(crate) fn add_complete(&self, file: Complete) {
        self.state().complete.push(file);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Renames all, or puts everything back.
fn replace_all(files: Vec<Complete>) -> Result<(), FileError> {
    let mut replaced: Vec<(PathBuf, Earlier)> = Vec::with_capacity(files.len());
    for file in files {
        let final_path = file.final_path.clone();
        let earlier = Earlier::at(&final_path);
        match file.give_final_name() {
            Ok(()) => replaced.push((final_path, earlier)),
            Err(error) => {
                replaced.into_iter().rev().for_each(|(path, earlier)| earlier.put_back(&path));
                return Err(error);
            }
        }
    }
    Ok(())
}

/// What was at a path before it was replaced.
enum Earlier {
    Nothing,
    /// Its second name, which goes away when all went well.
    File(Temporary),
    /// Something that cannot have a second name on this file system: it cannot be put back.
    Lost,
}

impl Earlier {
    fn at(path: &Path) -> Self {
        match Temporary::second_name(path) {
            Some(second_name) => Self::File(second_name),
            None if path.symlink_metadata().is_ok() => Self::Lost,
            None => Self::Nothing,
        }
    }

    /// The error that led here is reported; a second one on the way back has no better remedy.
    fn put_back(self, path: &Path) {
        let _ = match self {
            Self::Nothing => std::fs::remove_file(path),
            Self::File(second_name) => second_name.rename(path),
            Self::Lost => Ok(()),
        };
    }
}

fn has(complete: &[Complete], path: &Path) -> bool {
    complete.iter().any(|file| file.final_path == path)
}
