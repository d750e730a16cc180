//! SIGINT, SIGTERM and SIGHUP: a message, an entry in the manifest, and the end.

use std::sync::Arc;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, signal_name};

use crate::stage_run::StageRun;

/// The stage was stopped from outside.
#[derive(Debug, thiserror::Error)]
#[error("stopped by {signal}")]
pub(crate) struct Interrupted {
    signal: &'static str,
}

impl Interrupted {
    pub(crate) fn hint() -> String {
        "run the stage again when you want it to go on; files that were complete are kept"
            .to_owned()
    }
}

/// Waits for signals in a thread of its own.
///
/// The process then ends by that signal, so that a shell script that called it stops too.
pub(crate) fn watch(run: &Arc<StageRun>) {
    let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
    let run = Arc::clone(run);
    let watch = move || {
        for signal in signals.forever() {
            let name = signal_name(signal).unwrap_or("a signal");
            run.finish_interrupted(Interrupted { signal: name });
            // No set of files is left half replaced.
            let _whole = data_root::hold_commits();
            let _ = emulate_default_handler(signal);
        }
    };
    // Without the thread, signals do what they do by default.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
}
