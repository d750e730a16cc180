//! Panics become failures.
//!
//! A panic is a bug of ours. Its message can quote what people wrote (`byte index 1 is not a char
//! boundary … of "…"`), so it is not shown unless `PCVE_SHOW_PANICS` asks for it; the place in the
//! source is enough to find the bug.

use std::any::Any;
use std::env;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};

/// A bug in the stage.
#[derive(Debug, thiserror::Error)]
#[error("the stage was stopped by a bug at {place}")]
pub(crate) struct Panicked {
    place: String,
}

const VARIABLE: &str = "PCVE_SHOW_PANICS";

/// Where the first panic happened; threads of a pool pass the panic on, but not its place.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

impl Panicked {
    pub(crate) fn hint() -> String {
        format!(
            "please report this at {}/issues with the message above and `--version`; \
             with `{VARIABLE}=1` in the environment you see more, which can include what people \
             wrote",
            env!("CARGO_PKG_REPOSITORY")
        )
    }
}

/// Runs `work`; a panic in it, or in a thread that passes it on, is an error.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(install_hook);
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_payload: Box<dyn Any + Send>| {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        Panicked { place: place.unwrap_or_else(|| "an unknown place".to_owned()) }
    })
}

fn install_hook() {
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let place = panic.location().map(ToString::to_string);
        let mut first = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            *first = place;
        }
        drop(first);
        if env::var_os(VARIABLE).is_some() {
            default_hook(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_and_nothing_of_what() {
        let text = "sígue";
        let panicked = catch(|| text[..2].len()).unwrap_err().to_string();
        assert!(panicked.contains("panics.rs:"), "{panicked}");
        assert!(!panicked.contains("gue"), "{panicked}");
    }
}
