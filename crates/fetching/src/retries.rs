//! Asking again, after growing pauses, while that can help.

use std::fmt::Display;
use std::time::Duration;

use tracing::warn;

use crate::Clock;

/// How often something is tried again, and after which pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often at most, the first time not counted.
    pub n_retries: u32,
    /// The first pause; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Retries {
    /// Does `work`, again after a pause while `can_help` says so of its error.
    ///
    /// `server` and `what` (is asked for) are for the log; so is the error, but not its causes.
    ///
    /// # Errors
    ///
    /// The last error of `work`.
    pub fn run<T, E: Display>(
        &self,
        clock: &dyn Clock,
        (server, what): (&str, &str),
        can_help: impl Fn(&E) -> bool,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pause = self.first_pause;
        for _ in 0..self.n_retries {
            match work() {
                Err(error) if can_help(&error) => {
                    let pause_secs = pause.as_secs();
                    warn!(server, what, pause_secs, %error, "Trying again.");
                    clock.sleep(pause);
                    pause = (pause * 2).min(self.longest_pause);
                }
                done => return done,
            }
        }
        work()
    }
}

impl Default for Retries {
    /// Six times more within about a minute.
    fn default() -> Self {
        Self {
            n_retries: 6,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Pauses(Mutex<Vec<u64>>);

    impl Clock for Pauses {
        fn now(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration.as_secs());
        }
    }

    #[test]
    fn pauses_grow_until_it_works() {
        check(3, &[1, 2, 4], Ok(()));
    }

    #[test]
    fn gives_up_after_the_last_retry() {
        check(100, &[1, 2, 4, 8, 16, 32], Err("busy"));
    }

    #[test]
    fn does_not_ask_again_when_that_cannot_help() {
        let pauses = Pauses::default();
        let done: Result<(), &str> =
            Retries::default().run(&pauses, ("s", "w"), |_| false, || Err("wrong token"));
        assert_eq!(done, Err("wrong token"));
        assert!(pauses.0.lock().unwrap().is_empty());
    }

    #[track_caller]
    fn check(n_failures: u32, expected_pauses: &[u64], expected: Result<(), &str>) {
        let pauses = Pauses::default();
        let n_done = Cell::new(0);
        let work = || {
            n_done.set(n_done.get() + 1);
            if n_done.get() <= n_failures { Err("busy") } else { Ok(()) }
        };
        let done = Retries::default().run(&pauses, ("s", "w"), |_| true, work);
        assert_eq!(done, expected);
        assert_eq!(*pauses.0.lock().unwrap(), expected_pauses);
    }
}
