//! The frame around every stage.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use tracing::warn;

use crate::arguments::{self, CommonArguments};
use crate::cpu_profile::CpuProfile;
use crate::failure::{Failure, FailureKind};
use crate::progress::Display;
use crate::stage_run::StageRun;
use crate::{interrupt, logs, panics, summary};

/// What a binary says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The key in `run_manifest.json`, e.g. `generate_outputs`; the binary is called the same,
    /// with `-` for `_`.
    pub name: &'static str,
    /// What the stage does, in one sentence without a full stop: the first line of `--help`.
    pub about: &'static str,
    /// What `--help` says next: what the stage reads and writes, and an example.
    pub details: &'static str,
}

impl Stage {
    /// The name of the binary.
    pub fn program(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// Runs `body` as the stage `stage` of this process, with arguments of the type `A`.
///
/// `main` returns what this gives: 0 done, 1 failed and said why, 2 wrong arguments. A panic in
/// `body` is a failure.
pub fn run_stage<A: Args>(
    stage: Stage,
    body: impl FnOnce(&A, &StageRun) -> Result<(), Failure>,
) -> ExitCode {
    if let Some(status) = shell_completions::answer(&arguments::command::<A>(&stage)) {
        return status;
    }
    let (own, common) = match arguments::parse::<A>(&stage, std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(help_or_error) => {
            let _ = help_or_error.print();
            return if help_or_error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let display = Display::new(&common);
    logs::start(&common, &display);
    match run(stage, &common, display.clone(), |run| body(&own, run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            summary::print_failure(&display, common.log_format, &failure);
            match failure.kind {
                FailureKind::Failed => ExitCode::from(1),
                FailureKind::WrongArguments => ExitCode::from(2),
            }
        }
    }
}

fn run(
    stage: Stage,
    common: &CommonArguments,
    display: Display,
    body: impl FnOnce(&StageRun) -> Result<(), Failure>,
) -> Result<(), Failure> {
    rayon::ThreadPoolBuilder::new()
        // Zero means one per processor.
        .num_threads(common.threads.map_or(0, NonZeroUsize::get))
        .thread_name(|_number| "worker".to_owned())
        .build_global()
        .context("could not start the threads that work at once")?;
    let cpu_profile = common.profile_cpu.as_deref().map(CpuProfile::start).transpose()?;
    let run = StageRun::start(stage, common, display)?;
    interrupt::watch(&run);

    let result = panics::catch(|| body(&run)).unwrap_or_else(|panicked| {
        Err(Failure::from(panicked).with_hint(panics::Panicked::hint()))
    });
    run.end_memory_profile();
    let profiled = match cpu_profile {
        Some(profile) => profile.finish(&stage.program(), &run.info().started_at),
        None => Ok(()),
    };
    let result = match (result, profiled) {
        (Err(failure), Err(profile_error)) => {
            warn!(error = %profile_error, "Could not write the CPU profile.");
            Err(failure)
        }
        (result, profiled) => result.and(profiled.map_err(Failure::from)),
    };
    run.finish(result)
}
