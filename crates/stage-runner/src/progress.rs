//! Progress: bars on a terminal, otherwise now and then a line.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::info;

use crate::arguments::{CommonArguments, LogFormat};

/// How often a line says how far a long piece of work is, when there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How often a bar is redrawn while nothing is reported.
const REDRAW_EVERY: Duration = Duration::from_millis(100);

/// Where messages and progress go: standard error, with bars when it is a terminal.
#[derive(Debug, Clone)]
pub(crate) struct Display {
    bars: Option<MultiProgress>,
}

/// How far a piece of work is; it is over when this is dropped.
///
/// Several threads can report to it.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total: Option<u64>,
    n_done: AtomicU64,
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl Display {
    pub(crate) fn new(arguments: &CommonArguments) -> Self {
        let shows_bars = arguments.log_format == LogFormat::Text
            && !arguments.quiet
            && std::io::stderr().is_terminal();
        let bars =
            shows_bars.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { bars }
    }

    /// Whether there are bars.
    pub(crate) fn is_terminal(&self) -> bool {
        self.bars.is_some()
    }

    /// Writes to standard error, above the bars.
    pub(crate) fn write(&self, text: &[u8]) {
        // Without standard error there is nobody to tell.
        let write = || {
            let _ = std::io::stderr().lock().write_all(text);
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// A sign that the step `name` runs.
    pub(crate) fn step(&self, name: &'static str) -> Option<ProgressBar> {
        let bar = self.bars.as_ref()?.add(ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {msg} {elapsed}"));
        bar.set_message(name);
        bar.enable_steady_tick(REDRAW_EVERY);
        Some(bar)
    }

    pub(crate) fn progress(&self, what: &'static str, total: Option<u64>) -> Progress {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = match total {
                Some(total) => ProgressBar::new(total)
                    .with_style(style("  {bar:30} {human_pos} of {human_len} {msg}, {eta} to go")),
                None => ProgressBar::new_spinner().with_style(style("  {human_pos} {msg}")),
            };
            let bar = bars.add(bar.with_message(what));
            bar.enable_steady_tick(REDRAW_EVERY);
            bar
        });
        let last_line = Mutex::new(Instant::now());
        Progress { what, total, n_done: AtomicU64::new(0), bar, last_line }
    }
}

impl Progress {
    /// `n` more are done.
    pub fn add(&self, n: u64) {
        let n_done = n + self.n_done.fetch_add(n, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => bar.set_position(n_done),
            None => self.write_line_now_and_then(n_done),
        }
    }

    fn write_line_now_and_then(&self, n_done: u64) {
        // Who finds the lock taken leaves the line to whoever has it.
        let Ok(mut last_line) = self.last_line.try_lock() else { return };
        if LINE_EVERY <= last_line.elapsed() {
            *last_line = Instant::now();
            info!(what = self.what, n_done, n_total = self.total, "Working.");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
