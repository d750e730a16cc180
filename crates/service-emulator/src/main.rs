//! `service-emulator`: stands in for RapidPro, Facebook and Google Drive on this machine.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::Context as _;
use sample_data::Options;
use service_emulator::{Arguments, Emulator, Services, SyntheticProject, write_credentials};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> ExitCode {
    match run(&shell_completions::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(hint) = hint_of(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let project = pipeline_config::load_project(&arguments.configuration)?;
    let synthetic = match &arguments.raw_data {
        Some(data_root) => SyntheticProject::of_raw_data(&project, data_root)?,
        None => {
            let Arguments { messages, people, seed, .. } = *arguments;
            let options =
                Options { n_messages: messages, n_people: people, seed, ..Options::default() };
            SyntheticProject::made(&project, &options)?
        }
    };
    let services = Services::of(&synthetic);
    if let Some(until) = arguments.until {
        services.timeline.show_until(until);
    }
    for workspace in services.rapidpro.workspaces() {
        let mut workspace = workspace.lock();
        workspace.gives_input = arguments.gives_input;
        if let Some(day) = arguments.archive_before {
            workspace.archive_before(day);
        }
    }
    if let Some(root) = &arguments.services_root {
        write_credentials(&project, root)
            .with_context(|| format!("could not write credentials below `{}`", root.display()))?;
    }
    let emulator = Emulator::start_on(services, arguments.port)
        .with_context(|| format!("could not listen on port {}", arguments.port))?;
    writeln!(io::stdout(), "{}", emulator.url())?;
    wait(arguments.until_stdin_closes)
}

/// Waits for a signal to stop, or the end of the standard input.
fn wait(until_stdin_closes: bool) -> anyhow::Result<()> {
    let (stop, stopped) = mpsc::channel();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let on_signal = stop.clone();
    std::thread::spawn(move || signals.forever().next().map(|_| on_signal.send(())));
    if until_stdin_closes {
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            stop.send(())
        });
        return Ok(stopped.recv()?);
    }
    Ok(stopped.recv()?)
}

fn hint_of(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<pipeline_config::ConfigurationError>() {
        return error.hint();
    }
    let io = error.downcast_ref::<io::Error>()?;
    (io.kind() == io::ErrorKind::AddrInUse)
        .then(|| "choose another `--port`, or none for a free one".to_owned())
}
