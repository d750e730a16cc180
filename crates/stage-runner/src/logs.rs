//! Logs: lines on standard error, plain or JSON.

use std::io::{self, Write};

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::arguments::{CommonArguments, LogFormat};
use crate::progress::Display;

/// Libraries whose own progress is of no interest unless someone asks for everything.
const CHATTY_LIBRARIES: &str = "h2=warn,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn";

/// Starts the log; from here on `tracing` events appear on standard error.
///
/// Lines go through `display`, so that they do not run into progress bars.
pub(crate) fn start(arguments: &CommonArguments, display: &Display) {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => "warn".to_owned(),
        (false, 0) => format!("info,{CHATTY_LIBRARIES}"),
        (false, 1) => format!("debug,{CHATTY_LIBRARIES}"),
        (false, _) => "trace".to_owned(),
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let is_terminal = display.is_terminal();
    let display = display.clone();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || LineWriter { display: display.clone(), line: Vec::new() });
    // A second start, in a test that runs two stages, keeps the first log.
    let _ = match arguments.log_format {
        LogFormat::Json => log.json().flatten_event(true).with_timer(UtcTime).try_init(),
        LogFormat::Text if is_terminal => log.with_target(false).without_time().try_init(),
        LogFormat::Text => log.with_target(false).with_ansi(false).with_timer(UtcTime).try_init(),
    };
}

/// One log line in JSON that has more to say than the fields of an event can.
pub(crate) fn json_line(level: &str, message: &str, fields: Map<String, Value>) -> String {
    let mut line = Map::from_iter([
        ("timestamp".to_owned(), Value::from(timestamp())),
        ("level".to_owned(), Value::from(level)),
        ("message".to_owned(), Value::from(message)),
    ]);
    line.extend(fields);
    format!("{}\n", Value::Object(line))
}

/// Collects what belongs to one event, and writes it at once.
struct LineWriter {
    display: Display,
    line: Vec<u8>,
}

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        self.display.write(&self.line);
    }
}

struct UtcTime;

impl FormatTime for UtcTime {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        out.write_str(&timestamp())
    }
}

fn timestamp() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
