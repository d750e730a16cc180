//! Time as the client sees it, so that tests need not wait.

use std::time::{Duration, Instant};

/// A clock that one can also wait for.
pub trait Clock: Send + Sync {
    /// The time since the clock was started.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The clock of this machine.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Starts a clock.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
