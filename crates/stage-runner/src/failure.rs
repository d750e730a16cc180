//! Why a stage failed: an error with its causes, and at most one hint.

use std::fmt;
use std::io;

use data_root::FileError;

use crate::summary;

/// What a stage gives back when it cannot finish.
///
/// Any error becomes one with `?`. Errors about files bring their own hint; for others,
/// [`OrHint::or_hint`] says where the hint comes from.
pub struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    pub(crate) kind: FailureKind,
}

/// Which exit status a failure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// 1: it was tried.
    Failed,
    /// 2: it was called wrongly.
    WrongArguments,
}

/// Adds the hint of an error when it becomes a [`Failure`].
pub trait OrHint<T, E> {
    /// The same result; an error becomes a [`Failure`] with the hint that `hint` gives for it.
    ///
    /// # Errors
    ///
    /// The error of `self`.
    fn or_hint(self, hint: impl Fn(&E) -> Option<String>) -> Result<T, Failure>;
}

impl Failure {
    /// The arguments cannot be meant, though each of them could be parsed: exit status 2.
    pub fn wrong_arguments(error: impl Into<anyhow::Error>) -> Self {
        Self { kind: FailureKind::WrongArguments, ..error.into().into() }
    }

    /// The same failure with another hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        self.hint.clone().or_else(|| self.error.chain().find_map(hint_of_cause))
    }

    /// Says on standard error what is wrong: the error, its causes, the hint. For programs that are
    /// no stages; [`run_stage`](crate::run_stage) does it for those.
    pub fn print(&self) {
        eprint!("{}", summary::failure_text(self));
    }

    /// The error's message, then that of its cause, and so on.
    pub(crate) fn chain(&self) -> Vec<String> {
        let mut messages: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        // Some errors show their source's message as their own.
        messages.dedup();
        messages
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), hint: None, kind: FailureKind::Failed }
    }
}

impl<T, E: Into<anyhow::Error>> OrHint<T, E> for Result<T, E> {
    fn or_hint(self, hint: impl Fn(&E) -> Option<String>) -> Result<T, Failure> {
        self.map_err(|error| {
            let hint = hint(&error);
            Failure { hint, ..Failure::from(error) }
        })
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.chain().join(": "))
    }
}

fn hint_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let file_error = cause
        .downcast_ref::<FileError>()
        .or_else(|| cause.downcast_ref::<io::Error>().and_then(FileError::of));
    file_error.and_then(FileError::hint)
}
