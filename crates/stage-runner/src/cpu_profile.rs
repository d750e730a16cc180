//! `--profile-cpu`: where the time went, as an HTML page with a flame graph.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, FixedOffset};
use pprof::flamegraph::{Direction, Options};
use pprof::{Frames, ProfilerGuard, ProfilerGuardBuilder, Report, Symbol};

use crate::build::LONG_VERSION;
use crate::clock::format_utc;

/// How often the running code is looked at, if the kernel's clock allows; not a round number, so
/// that regular work does not fall in step with it.
const SAMPLES_PER_SEC: i32 = 997;

/// A CPU profile that is being taken.
pub(crate) struct CpuProfile {
    guard: ProfilerGuard<'static>,
    path: PathBuf,
}

/// What the page says above the graph.
struct Heading<'a> {
    program: &'a str,
    started_at: &'a str,
    n_samples: usize,
}

impl CpuProfile {
    /// Begins to take a profile that [`CpuProfile::finish`] will write to `path`.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        // A path that cannot be written should not be found out after hours of work.
        drop(data_root::WholeFile::create(path)?);
        let guard = ProfilerGuardBuilder::default()
            .frequency(SAMPLES_PER_SEC)
            // Unwinding from inside these can deadlock.
            .blocklist(&["libc", "libgcc", "pthread", "vdso"])
            .build()
            .context("could not start the CPU profiler")?;
        Ok(Self { guard, path: path.to_path_buf() })
    }

    /// Writes the page.
    pub(crate) fn finish(self, program: &str, started_at: &DateTime<FixedOffset>) -> Result<()> {
        let report = self.guard.report().frames_post_processor(keep_stage).build();
        let report = report.context("could not read the CPU profile")?;
        let n_samples = n_samples(&report);
        let graph = match n_samples {
            0 => "<p>No samples: the stage was done before the first one.</p>".to_owned(),
            _ => flame_graph(&report)?,
        };
        let started_at = &format_utc(started_at);
        let page = page(&Heading { program, started_at, n_samples }, &graph);
        data_root::write(&self.path, page.as_bytes())?;
        Ok(())
    }
}

/// Keeps what the stage does.
///
/// Leaves out the profiler itself, which every stack ends with, and what is around the stage and
/// around threads, which every stack begins with; and in between the functions by which closures
/// get to their threads: they are at other depths each time, so the same work would be drawn in
/// many places.
fn keep_stage(stack: &mut Frames) {
    const PROFILER: [&str; 2] = ["backtrace::", "pprof::"];
    const AROUND: [&str; 2] = ["stage_runner::stage::run_stage", "rayon_core::registry::main_loop"];
    const BETWEEN: [&str; 7] = [
        "rayon",
        "<rayon",
        "std::panic",
        "__rust_try",
        "core::ops::function",
        "<core::panic::unwind_safe",
        "<F as rayon",
    ];
    let is_profiler = |symbol: &Symbol| PROFILER.iter().any(|name| symbol.name().contains(name));
    let is_around = |symbol: &Symbol| begins_with_one_of(symbol, &AROUND);
    let is_between = |symbol: &Symbol| begins_with_one_of(symbol, &BETWEEN);
    // The innermost function comes first.
    let symbols = std::mem::take(&mut stack.frames).into_iter().flatten();
    stack.frames = symbols
        .skip_while(is_profiler)
        .take_while(|symbol| !is_around(symbol))
        .filter(|symbol| !is_between(symbol))
        .map(|symbol| vec![symbol])
        .collect();
}

fn begins_with_one_of(symbol: &Symbol, names: &[&str]) -> bool {
    let symbol = symbol.name();
    names.iter().any(|name| symbol.starts_with(name))
}

fn n_samples(report: &Report) -> usize {
    report.data.values().map(|count| usize::try_from(*count).unwrap_or(0)).sum()
}

/// The graph as an `<svg>` element that stands inside HTML.
fn flame_graph(report: &Report) -> Result<String> {
    let mut options = Options::default();
    options.title = String::new();
    // Deep stacks need a page that begins where the stage begins.
    options.direction = Direction::Inverted;
    let mut svg = Vec::new();
    report.flamegraph_with_options(&mut svg, &mut options).context("could not draw the profile")?;
    Ok(inline(&String::from_utf8_lossy(&svg)))
}

/// Leaves out what stands before the root element, and makes the script find frames again when
/// the page is loaded with a zoom in its address: HTML has no namespace for `fg:x`.
fn inline(svg: &str) -> String {
    let root = svg.find("<svg").unwrap_or(0);
    svg[root..].replace(r#"'[*|x="'"#, r#"'[fg\\:x="'"#)
}

fn page(heading: &Heading<'_>, graph: &str) -> String {
    let Heading { program, started_at, n_samples } = heading;
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CPU profile of {program}, {started_at}</title>
<style>
body {{ font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 1400px; padding: 0 1em; }}
h1 {{ font-size: 1.4em; }}
svg {{ width: 100%; }}
</style>
</head>
<body>
<h1>CPU profile of {program}</h1>
<p>Run of {started_at}, version {LONG_VERSION}. {n_samples} samples of all threads, taken every few
milliseconds of processor time; waiting is not in it.</p>
{graph}
<h2>How to read it</h2>
<ul>
<li>A box is a function; the boxes below it are the functions that it called. The boxes in the
second row are threads.</li>
<li>The wider a box, the more samples found the program there; wide boxes at the end of a column
are where time goes.</li>
<li>The order from left to right is alphabetical and says nothing about time.</li>
<li>Click a box to zoom in on it; “Reset Zoom” goes back.</li>
<li>“Search” (or Ctrl+F) colors all functions whose names match, and says their share.</li>
</ul>
</body>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_the_graph_into_a_page_that_needs_nothing_else() {
        let svg = "<?xml version=\"1.0\"?><!DOCTYPE svg><svg id=\"g\"></svg>";
        let heading = Heading {
            program: "generate-outputs",
            started_at: "2021-10-20T15:28:18Z",
            n_samples: 7,
        };
        let page = page(&heading, &inline(svg));
        assert!(page.contains("<title>CPU profile of generate-outputs, 2021-10-20T15:28:18Z<"));
        assert!(page.contains("\n<svg id=\"g\"></svg>\n") && page.contains(" 7 samples"), "{page}");
        assert!(!page.contains("<?xml") && !page.contains("http"), "{page}");
    }
}
