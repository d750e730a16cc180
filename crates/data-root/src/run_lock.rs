//! One run of all stages at a time.
//!
//! A run has the data root from before its first stage until after its last, so that nobody works
//! on it between two of them. Its stages still take the data root each for itself; they are let in
//! because they know the token of the run, from the environment.
//!
//! A run takes its own lock and then looks whether a stage is at work; a stage takes its lock and
//! then looks whether there is a run. So of two that begin at once at least one sees the other.

use std::path::Path;
use std::time::SystemTime;

use crate::FileError;
use crate::layout::{DataRoot, LOCK_FILE};
use crate::lock::FileLock;

pub(crate) const RUN_LOCK_FILE: &str = ".run.lock";

/// The environment variable by which the programs of a run know the run's token.
pub const RUN_TOKEN_VARIABLE: &str = "PCVE_RUN_TOKEN";

/// A data root that belongs to a run of several stages; dropping it, or the end of the process,
/// gives it back.
#[derive(Debug)]
pub struct RunLock {
    /// Held, never looked at; none on file systems without locks.
    _lock: Option<FileLock>,
    token: String,
}

impl RunLock {
    /// Takes the data root at `path`, an existing directory, for a run that `holder` names in the
    /// messages to others, e.g. `run_pipeline.sh`.
    ///
    /// # Errors
    ///
    /// [`FileError::InUse`] when another run or a stage has it, and those of
    /// [`DataRoot::open_to_read`].
    pub fn take(path: &Path, holder: &str) -> Result<Self, FileError> {
        DataRoot::open_to_read(path)?;
        let token = new_token();
        let lock_path = path.join(RUN_LOCK_FILE);
        let lock = match FileLock::try_exclusive(&lock_path) {
            Ok(Some(lock)) => lock,
            Ok(None) => return Err(in_use(path, &lock_path)),
            Err(error) if error.is_without_locks() => return Ok(Self { _lock: None, token }),
            Err(error) => return Err(error),
        };
        let stage_lock_path = path.join(LOCK_FILE);
        // Jobs that share the work of a stage share its lock, so only alone is there nobody.
        if stage_lock_path.exists() && FileLock::try_exclusive(&stage_lock_path)?.is_none() {
            return Err(in_use(path, &stage_lock_path));
        }
        lock.sign(holder, Some(&token));
        Ok(Self { _lock: Some(lock), token })
    }

    /// What a program must have in [`RUN_TOKEN_VARIABLE`] to be let in.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Refuses who is not part of the run that has the data root at `path`, if one has it.
///
/// # Errors
///
/// [`FileError::InUse`] for all but those who know its `token`.
pub(crate) fn check_run(path: &Path, token: Option<&str>) -> Result<(), FileError> {
    let lock_path = path.join(RUN_LOCK_FILE);
    if !lock_path.exists() {
        return Ok(());
    }
    let is_part = || token.is_some() && FileLock::token(&lock_path).as_deref() == token;
    match FileLock::try_shared(&lock_path) {
        Ok(Some(_nobody_has_it)) => Ok(()),
        Ok(None) if is_part() => Ok(()),
        Ok(None) => Err(in_use(path, &lock_path)),
        Err(error) if error.is_without_locks() => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn in_use(data_root: &Path, lock_path: &Path) -> FileError {
    FileError::InUse { path: data_root.to_path_buf(), holder: FileLock::holder(lock_path) }
}

/// Unlike that of any other run on this data root; it keeps out accidents, not attackers.
fn new_token() -> String {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), since_1970.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_in_who_knows_the_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        check_run(path, None).unwrap();
        let run = RunLock::take(path, "run_pipeline.sh").unwrap();
        check_run(path, Some(run.token())).unwrap();
        for stranger in [None, Some(""), Some("4711-1634743698000000000")] {
            let error = check_run(path, stranger).unwrap_err().to_string();
            assert!(error.contains("is in use by `run_pipeline.sh` (process "), "{error}");
            assert!(!error.contains(run.token()), "{error}");
        }
        drop(run);
        check_run(path, None).unwrap();
    }

    #[test]
    fn a_run_waits_for_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let stage = DataRoot::open(path).unwrap();
        assert!(matches!(RunLock::take(path, "a run"), Err(FileError::InUse { .. })));
        drop(stage);
        let _run = RunLock::take(path, "a run").unwrap();
        assert!(matches!(RunLock::take(path, "another"), Err(FileError::InUse { .. })));
        assert!(matches!(DataRoot::open(path), Err(FileError::InUse { .. })));
    }
}
