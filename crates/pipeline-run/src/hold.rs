//! Runs a command while nobody else can work on a data root.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use data_root::{FileError, RUN_TOKEN_VARIABLE, RunLock};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long stopped stages may take to record that they were stopped.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// How often it is looked whether they are gone.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit status; 128 and the number of a signal that only the command got.
    Exited(u8),
    /// This process was told to stop, by that signal, and so was the command.
    Stopped(i32),
}

/// A command could not be run on a data root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HoldError {
    /// The data root cannot be made, or somebody works on it.
    #[error(transparent)]
    DataRoot(#[from] FileError),
    /// There is no such command.
    #[error("could not run `{}`", .program.display())]
    Run {
        /// The command.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl HoldError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DataRoot(error) => error.hint(),
            Self::Run { .. } => None,
        }
    }
}

/// Runs `program` with `arguments` while the data root at `path` belongs to it, and to the
/// programs that it runs. The data root is made unless it is there.
///
/// SIGINT, SIGTERM and SIGHUP that this process gets go to all of them: a shell that waits for a
/// stage would die of SIGTERM, and leave the stage at work.
///
/// # Errors
///
/// [`HoldError`] when the data root is in use, or the command cannot be run.
pub fn hold(path: &Path, program: &OsStr, arguments: &[OsString]) -> Result<Ended, HoldError> {
    data_root::create_directory(path)?;
    let run = RunLock::take(path, "run_pipeline.sh")?;
    let failed = |source| HoldError::Run { program: program.into(), source };
    // Before the command begins, so that no signal is missed.
    let signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env(RUN_TOKEN_VARIABLE, run.token())
        .stdin(Stdio::null())
        // Of their own, so that a signal reaches all programs of the run, and nobody else.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let group = Pid::from_child(&child);
    let stopped_by = pass_on(signals, group);
    let status = child.wait().map_err(failed)?;
    match stopped_by.load(Ordering::Acquire) {
        0 => {
            let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
            Ok(Ended::Exited(u8::try_from(code).unwrap_or(u8::MAX)))
        }
        signal => {
            wait_until_gone(group);
            Ok(Ended::Stopped(signal))
        }
    }
}

/// Sends what this process gets to the process group; the first signal is what stopped it.
fn pass_on(mut signals: Signals, group: Pid) -> Arc<AtomicI32> {
    let stopped_by = Arc::new(AtomicI32::new(0));
    let first = Arc::clone(&stopped_by);
    let pass_on = move || {
        for number in signals.forever() {
            let _ = first.compare_exchange(0, number, Ordering::AcqRel, Ordering::Acquire);
            if let Some(signal) = Signal::from_named_raw(number) {
                // Who is gone need not be told.
                let _ = kill_process_group(group, signal);
            }
        }
    };
    // Without the thread this process cannot be stopped gently, which is no reason not to begin.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(pass_on);
    stopped_by
}

fn wait_until_gone(group: Pid) {
    let began = Instant::now();
    while began.elapsed() < LAST_WORDS && test_kill_process_group(group).is_ok() {
        std::thread::sleep(LOOK_EVERY);
    }
}
