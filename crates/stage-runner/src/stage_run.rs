//! What a stage knows about its run, and tells about its work.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use chrono::{DateTime, FixedOffset};
use data_root::{DataRoot, FileError};
use tracing::{debug, info, warn};

use crate::arguments::CommonArguments;
use crate::build::{GIT_HASH, VERSION};
use crate::clock::{Clock, format_utc};
use crate::failure::Failure;
use crate::interrupt::Interrupted;
use crate::manifest::{self, Entry, Status, StepEntry};
use crate::memory_profile::{MemoryProfile, Sample};
use crate::progress::{Display, Progress};
use crate::stage::Stage;
use crate::summary;

/// Who runs the stage, and when: what enters the metadata of TracedData.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// The identifier of the person, empty for a stage without `<user>`.
    pub user: String,
    /// When the run began, UTC, whole seconds; `SOURCE_DATE_EPOCH` wins over the clock.
    pub started_at: DateTime<FixedOffset>,
    /// `<started_at>-<git hash>`, or what `PCVE_RUN_ID` says.
    pub run_id: String,
    /// The version of the pipeline.
    pub version: String,
}

/// A running stage: information in, progress and counts out.
///
/// It can be shared between threads.
pub struct StageRun {
    stage: Stage,
    display: Display,
    common: CommonArguments,
    clock: Clock,
    began: Instant,
    started_at: DateTime<FixedOffset>,
    run_id: String,
    info: OnceLock<RunInfo>,
    memory_profile: Mutex<Option<MemoryProfile>>,
    state: Mutex<State>,
    /// Taken, and never given back, by whoever writes the record.
    record: Mutex<Recorded>,
}

/// What was told so far.
#[derive(Default)]
struct State {
    entry: Entry,
    /// Where the manifest is; known also when the data root could not be taken.
    data_root_path: Option<PathBuf>,
    /// Keeps the data root for this process until the record is written.
    data_root: Option<DataRoot>,
    outputs: Vec<PathBuf>,
    /// Names of the steps that run now, the outermost first.
    active_steps: Vec<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Recorded {
    No,
    Yes,
}

impl StageRun {
    pub(crate) fn start(
        stage: Stage,
        common: &CommonArguments,
        display: Display,
    ) -> Result<Arc<Self>, Failure> {
        let clock = Clock::from_environment().map_err(Failure::wrong_arguments)?;
        let memory_profile =
            common.profile_memory.as_deref().map(MemoryProfile::start).transpose()?;
        let started_at = clock.now();
        let run_id = given_or_new_run_id(&started_at, GIT_HASH);
        info!(stage = stage.name, %run_id, version = VERSION, "Started.");
        Ok(Arc::new(Self {
            stage,
            display,
            common: common.clone(),
            clock,
            began: Instant::now(),
            started_at,
            run_id,
            info: OnceLock::new(),
            memory_profile: Mutex::new(memory_profile),
            state: Mutex::default(),
            record: Mutex::new(Recorded::No),
        }))
    }

    /// Who runs this, when. Tell [`StageRun::set_user`] first.
    pub fn info(&self) -> &RunInfo {
        self.info.get_or_init(|| RunInfo {
            user: self.state().entry.user.clone().unwrap_or_default(),
            started_at: self.started_at,
            run_id: self.run_id.clone(),
            version: VERSION.to_owned(),
        })
    }

    /// The stage is run by `user`, the argument `<user>`.
    pub fn set_user(&self, user: &str) {
        debug_assert!(self.info.get().is_none(), "the user is told before anyone asks for it");
        self.state().entry.user = Some(user.to_owned());
    }

    /// The run will be recorded in the data root at `path`, if that is a directory at its end.
    ///
    /// For a stage that can fail before it opens the data root; the others need not say it.
    pub fn record_in(&self, path: &Path) {
        self.state().data_root_path = Some(path.to_path_buf());
    }

    /// Opens the data root at `path` ([`DataRoot::open`]); from here on the run will be recorded
    /// there, also when it cannot be opened because another process has it.
    ///
    /// # Errors
    ///
    /// Those of [`DataRoot::open`].
    pub fn open_data_root(&self, path: &Path) -> Result<DataRoot, FileError> {
        self.record_in(path);
        let data_root = DataRoot::open(path)?;
        self.set_data_root(&data_root);
        Ok(data_root)
    }

    /// As [`StageRun::open_data_root`], together with other jobs ([`DataRoot::open_shared`]).
    ///
    /// # Errors
    ///
    /// Those of [`DataRoot::open_shared`].
    pub fn open_shared_data_root(&self, path: &Path) -> Result<DataRoot, FileError> {
        self.record_in(path);
        let data_root = DataRoot::open_shared(path)?;
        self.set_data_root(&data_root);
        Ok(data_root)
    }

    /// As [`StageRun::open_data_root`]; the directory is made unless it is there.
    ///
    /// # Errors
    ///
    /// Those of [`DataRoot::create`].
    pub fn create_data_root(&self, path: &Path) -> Result<DataRoot, FileError> {
        data_root::create_directory(path)?;
        self.open_data_root(path)
    }

    /// The run will be recorded in `data_root`, which stays open until then.
    pub fn set_data_root(&self, data_root: &DataRoot) {
        let mut state = self.state();
        state.data_root_path = Some(data_root.path().to_path_buf());
        state.data_root = Some(data_root.clone());
    }

    /// The SHA-256 (hex) of the configuration that the stage works with.
    pub fn set_configuration_hash(&self, hash: &str) {
        self.state().entry.configuration_hash = Some(hash.to_owned());
    }

    /// As [`StageRun::set_configuration_hash`], and logs `warnings` about the configuration, unless
    /// an earlier stage of the same run did: then with `-v` only.
    ///
    /// Tell the data root first, for there stands what earlier stages had.
    pub fn set_configuration<T: fmt::Display>(&self, hash: &str, warnings: &[T]) {
        self.set_configuration_hash(hash);
        let data_root_path = self.state().data_root_path.clone();
        let is_known = data_root_path.is_some_and(|it| manifest::knows(&it, &self.run_id, hash));
        for warning in warnings {
            match is_known {
                true => debug!("{warning}"),
                false => warn!("{warning}"),
            }
        }
    }

    /// Runs `work` as the step `name`, e.g. "read raw data": shown while it runs, timed, and
    /// marked in the memory profile.
    pub fn step<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let _step = Step::begin(self, name);
        work()
    }

    /// Shows how far a long piece of work is, e.g. `progress("messages", 600)`; `None` when
    /// nobody knows how many there will be.
    pub fn progress(&self, what: &'static str, total: impl Into<Option<u64>>) -> Progress {
        self.display.progress(what, total.into())
    }

    /// `n` (more) of `what` came in, e.g. "messages".
    pub fn count_in(&self, what: &str, n: u64) {
        *self.state().entry.counts_in.entry(what.to_owned()).or_default() += n;
    }

    /// `n` (more) of `what` went out.
    pub fn count_out(&self, what: &str, n: u64) {
        *self.state().entry.counts_out.entry(what.to_owned()).or_default() += n;
    }

    /// `n` (more) were dropped because of `reason`, e.g. "messages before the project start".
    pub fn count_dropped(&self, reason: &str, n: u64) {
        *self.state().entry.dropped.entry(reason.to_owned()).or_default() += n;
    }

    /// The file or directory at `path` was written; the summary says where outputs are.
    pub fn wrote(&self, path: &Path) {
        self.state().outputs.push(path.to_path_buf());
    }

    /// What comes now is not the stage's own use of memory.
    pub(crate) fn end_memory_profile(&self) {
        drop(self.memory_profile.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Records how the run ended, and says so.
    pub(crate) fn finish(&self, result: Result<(), Failure>) -> Result<(), Failure> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        *record = Recorded::Yes;
        self.write_record(result)
    }

    /// Records that the run was stopped, unless it was at its end anyway. The main thread gets no
    /// chance to say something else.
    pub(crate) fn finish_interrupted(&self, interrupted: Interrupted) {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if *record == Recorded::Yes {
            return;
        }
        let failure = Failure::from(interrupted).with_hint(Interrupted::hint());
        if let Err(failure) = self.write_record(Err(failure)) {
            summary::print_failure(&self.display, self.common.log_format, &failure);
        }
        std::mem::forget(record);
    }

    fn write_record(&self, result: Result<(), Failure>) -> Result<(), Failure> {
        self.end_memory_profile();
        let duration = self.began.elapsed();
        let (entry, data_root_path) = self.entry(&result);
        let recorded = match &data_root_path {
            Some(path) if path.is_dir() => manifest::record(path, self.stage.name, &entry),
            _ => Ok(()),
        };
        let result = match (result, recorded) {
            (Err(failure), Err(error)) => {
                warn!(error = %error, "Could not record this run in the run manifest.");
                Err(failure)
            }
            (result, recorded) => result.and(recorded.map_err(Failure::from)),
        };
        self.state().data_root = None;
        if result.is_ok() {
            let outputs = self.state().outputs.clone();
            summary::print_done(
                &self.display,
                &self.common,
                &self.stage,
                &summary::Done { entry: &entry, duration, outputs: &outputs },
            );
        }
        result
    }

    fn entry(&self, result: &Result<(), Failure>) -> (Entry, Option<PathBuf>) {
        let failure = result.as_ref().err();
        let ended_at = self.clock.now();
        let state = self.state();
        let mut entry = state.entry.clone();
        entry.run_id.clone_from(&self.run_id);
        entry.start = format_utc(&self.started_at);
        entry.end = format_utc(&ended_at);
        entry.status = if failure.is_some() { Status::Failed } else { Status::Done };
        entry.error = failure.map(|failure| failure.chain().join(": "));
        entry.hint = failure.and_then(Failure::hint);
        entry.version = VERSION.to_owned();
        entry.git_hash = GIT_HASH.to_owned();
        entry.outputs =
            state.outputs.iter().map(|path| state.relative_to_data_root(path)).collect();
        if failure.is_some() && entry.failed_step.is_none() {
            entry.failed_step = state.active_steps.last().map(|name| (*name).to_owned());
        }
        entry.duration_secs = self.recorded_secs(self.began);
        entry.peak_memory_bytes =
            if self.clock.is_fixed() { None } else { summary::peak_memory_bytes() };
        (entry, state.data_root_path.clone())
    }

    /// Seconds since `began`, in milliseconds; none while time stands still.
    fn recorded_secs(&self, began: Instant) -> f64 {
        match self.clock.is_fixed() {
            true => 0.0,
            false => (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn relative_to_data_root(&self, path: &Path) -> PathBuf {
        let inside = self.data_root_path.as_deref().and_then(|root| path.strip_prefix(root).ok());
        inside.unwrap_or(path).to_path_buf()
    }
}

/// The id of a run of several stages that begins now: what `PCVE_RUN_ID` says, else `<UTC
/// now>-<git hash>`, with the commit of this build unless another `git_hash` is given.
///
/// # Errors
///
/// When `SOURCE_DATE_EPOCH` is not a number of seconds.
pub fn new_run_id(git_hash: Option<&str>) -> Result<String, Failure> {
    let clock = Clock::from_environment().map_err(Failure::wrong_arguments)?;
    Ok(given_or_new_run_id(&clock.now(), git_hash.unwrap_or(GIT_HASH)))
}

fn given_or_new_run_id(started_at: &DateTime<FixedOffset>, git_hash: &str) -> String {
    std::env::var("PCVE_RUN_ID")
        .ok()
        .filter(|run_id| !run_id.is_empty())
        .unwrap_or_else(|| format!("{}-{git_hash}", format_utc(started_at)))
}

/// A step that runs; it ends when this is dropped, also by a panic.
struct Step<'a> {
    run: &'a StageRun,
    name: &'static str,
    began: Instant,
    memory: Sample,
    depth: usize,
    bar: Option<indicatif::ProgressBar>,
}

impl<'a> Step<'a> {
    fn begin(run: &'a StageRun, name: &'static str) -> Self {
        let mut state = run.state();
        let depth = state.active_steps.len();
        state.active_steps.push(name);
        drop(state);
        let bar = run.display.step(name);
        Self { run, name, began: Instant::now(), memory: Sample::now(), depth, bar }
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        let Self { run, name, .. } = *self;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if let Some(profile) = &*run.memory_profile.lock().unwrap_or_else(PoisonError::into_inner) {
            profile.step(name, self.memory, self.depth);
        }
        let duration_secs = run.recorded_secs(self.began);
        let mut state = run.state();
        // Steps of several threads end in any order.
        if let Some(place) = state.active_steps.iter().rposition(|active| *active == name) {
            state.active_steps.remove(place);
        }
        if std::thread::panicking() {
            state.entry.failed_step.get_or_insert_with(|| name.to_owned());
            return;
        }
        state.entry.steps.push(StepEntry { name: name.to_owned(), duration_secs });
        drop(state);
        summary::print_step(&run.display, name, self.began.elapsed());
    }
}
