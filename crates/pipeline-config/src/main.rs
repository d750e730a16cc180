//! `check-config`: reads and checks a project, and says what was found.

mod summary;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use pipeline_config::{Problem, load_project};

/// Checks a pipeline configuration with its coding plans and code schemes.
///
/// Says on stdout what was found, and on stderr all that is wrong (`error`) and all that is odd
/// but harmless (`warning`). Exit status: 0 when the project can be used, 1 when it cannot, 2 for
/// wrong arguments. Nothing is fetched, and no credentials are read.
#[derive(Parser)]
#[command(version, after_help = "Example: check-config pipeline_configs/demo/pipeline_config.json")]
struct Arguments {
    /// The project's `pipeline_config.json`; plans and schemes are found from it
    #[arg(value_name = "FILE")]
    pipeline_configuration_file_path: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Arguments = shell_completions::parse();
    match check_config(&arguments) {
        Ok(exit_code) => exit_code,
        // Whoever reads the output has gone, so there is nobody to tell.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn check_config(arguments: &Arguments) -> io::Result<ExitCode> {
    match load_project(&arguments.pipeline_configuration_file_path) {
        Ok(project) => {
            write!(io::stdout().lock(), "{}", summary::Summary(&project))?;
            report(&[], &project.warnings)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            report(&error.problems, &error.warnings)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn report(errors: &[Problem], warnings: &[Problem]) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let kinds = [("error", errors), ("warning", warnings)];
    for (kind, problems) in kinds {
        for problem in problems {
            writeln!(stderr, "{kind}: {problem}")?;
            if let Some(hint) = &problem.hint {
                writeln!(stderr, "  hint: {hint}")?;
            }
        }
    }
    let counts = kinds.map(|(kind, problems)| match problems.len() {
        1 => format!("1 {kind}"),
        n_problems => format!("{n_problems} {kind}s"),
    });
    writeln!(stderr, "{}", counts.join(", "))
}
