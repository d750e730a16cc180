//! The last words of a stage: what came in, went out and was dropped, or why it failed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tracing::info;

use crate::arguments::{CommonArguments, LogFormat};
use crate::failure::Failure;
use crate::logs::json_line;
use crate::manifest::Entry;
use crate::progress::Display;
use crate::stage::Stage;

/// A run that came to its end.
pub(crate) struct Done<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) duration: Duration,
    pub(crate) outputs: &'a [PathBuf],
}

/// Says that the step `name` is over.
pub(crate) fn print_step(display: &Display, name: &'static str, duration: Duration) {
    if display.is_terminal() {
        display.write(format!("{:>9}  {name}\n", seconds(duration)).as_bytes());
    } else {
        info!(step = name, duration_secs = round(duration), "Step is over.");
    }
}

/// Says what a stage did, unless nobody wants to know.
pub(crate) fn print_done(
    display: &Display,
    common: &CommonArguments,
    stage: &Stage,
    done: &Done<'_>,
) {
    let text = match (common.quiet, common.log_format) {
        (true, _) => return,
        (false, LogFormat::Text) => done_text(&stage.program(), done),
        (false, LogFormat::Json) => json_line("INFO", "Done.", done_fields(stage, done)),
    };
    display.write(text.as_bytes());
}

/// Says why a stage failed: the error, its causes, and the hint.
pub(crate) fn print_failure(display: &Display, format: LogFormat, failure: &Failure) {
    let text = match format {
        LogFormat::Text => failure_text(failure),
        LogFormat::Json => {
            let mut fields = Map::from_iter([("error".to_owned(), json!(failure.chain()))]);
            fields.extend(failure.hint().map(|hint| ("hint".to_owned(), Value::from(hint))));
            json_line("ERROR", "Failed.", fields)
        }
    };
    display.write(text.as_bytes());
}

/// The most memory that this process ever had, where the system says.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The error, its causes and the hint, each on a line.
pub(crate) fn failure_text(failure: &Failure) -> String {
    let mut text = String::new();
    for (depth, message) in failure.chain().iter().enumerate() {
        let label = if depth == 0 { "error" } else { "  caused by" };
        let _ = writeln!(text, "{label}: {message}");
    }
    if let Some(hint) = failure.hint() {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

fn done_text(program: &str, done: &Done<'_>) -> String {
    let Entry { counts_in, counts_out, dropped, .. } = done.entry;
    let mut text = format!("{program}: done in {}", seconds(done.duration));
    if let Some(n_bytes) = peak_memory_bytes() {
        let _ = write!(text, ", at most {} MB of memory", n_bytes / 1_000_000);
    }
    text.push('\n');
    for (label, counts) in [("in", counts_in), ("out", counts_out), ("dropped", dropped)] {
        if !counts.is_empty() {
            let _ = writeln!(text, "  {label:8} {}", counted(counts));
        }
    }
    for (number, path) in done.outputs.iter().enumerate() {
        let label = if number == 0 { "outputs" } else { "" };
        let _ = writeln!(text, "  {label:8} {}", path.display());
    }
    text
}

fn counted(counts: &BTreeMap<String, u64>) -> String {
    let counted: Vec<String> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
    counted.join(", ")
}

fn done_fields(stage: &Stage, done: &Done<'_>) -> Map<String, Value> {
    let Entry { run_id, counts_in, counts_out, dropped, .. } = done.entry;
    let fields = json!({
        "stage": stage.name,
        "run_id": run_id,
        "duration_secs": round(done.duration),
        "peak_memory_bytes": peak_memory_bytes(),
        "in": counts_in,
        "out": counts_out,
        "dropped": dropped,
        "outputs": done.outputs,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..100 => format!("{:.1} s", duration.as_secs_f64()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

fn round(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
