//! `--profile-memory`: memory over time, in the format of Python's memory_profiler.
//!
//! The file is written line by line and not at the end, so that a process that the system killed
//! for its memory still leaves its profile:
//!
//! - `CMDLINE <command line>`;
//! - `MEM <MiB> <unix time>`, every 0.1 s;
//! - `FUNC <step> <MiB at its start> <unix time> <MiB at its end> <unix time> <depth>`, which
//!   `mprof plot` draws as brackets.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_root::FileError;

const SAMPLE_EVERY: Duration = Duration::from_millis(100);
const BYTES_PER_MIB: f64 = 1024.0 * 1024.0;

/// Memory of this process at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    mib: f64,
    unix_time_secs: f64,
}

/// A memory profile that is being taken; it ends when this is dropped.
pub(crate) struct MemoryProfile {
    file: Arc<ProfileFile>,
    stop: Option<Sender<()>>,
    sampler: Option<JoinHandle<()>>,
}

struct ProfileFile {
    file: Mutex<File>,
}

impl MemoryProfile {
    /// Begins the profile at `path`, for the owner only.
    pub(crate) fn start(path: &Path) -> Result<Self, FileError> {
        let file = Arc::new(ProfileFile { file: Mutex::new(data_root::create_log(path)?) });
        file.write_line(&command_line(std::env::args_os()));
        let (stop, stopped) = channel();
        let sampled = Arc::clone(&file);
        let sampler =
            std::thread::Builder::new().name("memory-profile".to_owned()).spawn(move || {
                loop {
                    sampled.write_line(&Sample::now().line());
                    match stopped.recv_timeout(SAMPLE_EVERY) {
                        Err(RecvTimeoutError::Timeout) => {}
                        Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
            });
        Ok(Self { file, stop: Some(stop), sampler: sampler.ok() })
    }

    /// Notes that the step `name` ran since `began`.
    pub(crate) fn step(&self, name: &str, began: Sample, depth: usize) {
        self.file.write_line(&step_line(name, began, Sample::now(), depth));
    }
}

impl Drop for MemoryProfile {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(sampler) = self.sampler.take() {
            let _ = sampler.join();
        }
        self.file.write_line(&Sample::now().line());
    }
}

impl Sample {
    pub(crate) fn now() -> Self {
        let n_bytes = memory_stats::memory_stats().map_or(0, |memory| memory.physical_mem);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { mib: n_bytes as f64 / BYTES_PER_MIB, unix_time_secs: since_1970.as_secs_f64() }
    }

    fn line(self) -> String {
        format!("MEM {:.6} {:.4}", self.mib, self.unix_time_secs)
    }
}

impl ProfileFile {
    /// Writes a whole line at once. A profile is no reason for a stage to fail.
    fn write_line(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

fn command_line(arguments: impl Iterator<Item = OsString>) -> String {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().replace(char::is_control, " "))
        .collect();
    format!("CMDLINE {}", arguments.join(" "))
}

/// A name has no blanks in this format, and what stands before its last dot is not shown.
fn step_line(name: &str, began: Sample, ended: Sample, depth: usize) -> String {
    let name = name.replace(|c: char| c.is_whitespace() || c == '.', "_");
    format!(
        "FUNC {name} {:.4} {:.4} {:.4} {:.4} {depth}",
        began.mib, began.unix_time_secs, ended.mib, ended.unix_time_secs
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_lines_as_memory_profiler_does() {
        let began = Sample { mib: 1.25, unix_time_secs: 1634743698.125 };
        let ended = Sample { mib: 101.5, unix_time_secs: 1634743700.0 };
        assert_eq!(began.line(), "MEM 1.250000 1634743698.1250");
        assert_eq!(
            step_line("read raw data", began, ended, 0),
            "FUNC read_raw_data 1.2500 1634743698.1250 101.5000 1634743700.0000 0"
        );
    }

    #[test]
    fn keeps_the_command_line_on_one_line() {
        let arguments = ["generate-outputs", "a\nb"].map(OsString::from);
        assert_eq!(command_line(arguments.into_iter()), "CMDLINE generate-outputs a b");
    }
}
