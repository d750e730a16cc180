//! Completion scripts for shells: every program prints its own.
//!
//! `<program> --completions bash` writes to standard output what Bash needs to complete the
//! options of `<program>`; `docs/install.md` says where the script belongs. `--help` does not
//! mention it, because it is for whoever installs the programs, not for whoever runs them.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, Parser};
use clap_complete::Shell;

/// The option, which only the first argument can be: the rest of a command line is the program's.
const OPTION: &str = "--completions";

/// Parses the command line of this process, as [`Parser::parse`] does, unless it asks for a
/// completion script: then it is written, and the process ends.
pub fn parse<A: Parser>() -> A {
    match status_of_answer(&A::command()) {
        Some(status) => std::process::exit(status.into()),
        None => A::parse(),
    }
}

/// Writes the completion script of `command` when the command line of this process asks for one.
///
/// Gives the exit status of the process then, and `None` when there is other work to do.
pub fn answer(command: &Command) -> Option<ExitCode> {
    status_of_answer(command).map(ExitCode::from)
}

fn status_of_answer(command: &Command) -> Option<u8> {
    let written = match script(command, std::env::args_os())? {
        Ok(script) => io::stdout().lock().write_all(&script),
        Err(help_or_error) => {
            let status = if help_or_error.use_stderr() { 2 } else { 0 };
            return Some(help_or_error.print().map_or(1, |()| status));
        }
    };
    Some(match written {
        // Whoever reads the script has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => 1,
        _ => 0,
    })
}

/// The completion script that `command_line` asks for, if it does.
///
/// # Errors
///
/// What clap wants to show when the shell is missing or unknown.
fn script(
    command: &Command,
    command_line: impl IntoIterator<Item = OsString>,
) -> Option<Result<Vec<u8>, clap::Error>> {
    let command_line: Vec<OsString> = command_line.into_iter().collect();
    let [program, option, ..] = &command_line[..] else { return None };
    if option != OPTION {
        return None;
    }
    let program = Path::new(program).file_name()?.to_str()?.to_owned();
    let asked = request(&program).try_get_matches_from(&command_line);
    Some(asked.map(|matches| generate(command, shell(&matches), program)))
}

/// The command line on which nothing but [`OPTION`] can stand.
fn request(program: &str) -> Command {
    let shell = Arg::new("shell").long("completions").value_name("SHELL").required(true);
    Command::new(program.to_owned()).arg(shell.value_parser(clap::value_parser!(Shell)))
}

fn shell(matches: &ArgMatches) -> Shell {
    *matches.get_one("shell").expect("the argument is required")
}

fn generate(command: &Command, shell: Shell, program: String) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command.clone(), program, &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn other_command_lines_are_left_to_the_program() {
        for command_line in [&["copy"][..], &["copy", "data"], &["copy", "data", "--completions"]] {
            assert!(script(&copy(), words(command_line)).is_none(), "{command_line:?}");
        }
    }

    #[test]
    fn the_script_knows_the_options_whatever_directory_the_program_is_in() {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let script = ask(&["/usr/bin/copy-lines", "--completions", shell]).unwrap();
            assert!(script.contains("copy-lines") && script.contains("threads"), "{script}");
            assert!(!script.contains("/usr/bin"), "{script}");
        }
    }

    #[test]
    fn required_arguments_of_the_program_are_not_asked_for() {
        assert!(ask(&["copy", "--completions", "bash"]).is_ok());
    }

    #[test]
    fn a_shell_that_nobody_knows_is_an_error() {
        check_error(&["copy", "--completions"], ErrorKind::InvalidValue);
        check_error(&["copy", "--completions", "dos"], ErrorKind::InvalidValue);
        check_error(&["copy", "--completions", "bash", "data"], ErrorKind::UnknownArgument);
    }

    #[track_caller]
    fn check_error(command_line: &[&str], expected: ErrorKind) {
        assert_eq!(ask(command_line).unwrap_err().kind(), expected);
    }

    fn ask(command_line: &[&str]) -> Result<String, clap::Error> {
        let script = script(&copy(), words(command_line)).unwrap()?;
        Ok(String::from_utf8(script).unwrap())
    }

    /// A program with a required argument, called otherwise than its file.
    fn copy() -> Command {
        let threads = Arg::new("threads").long("threads");
        Command::new("copy").arg(Arg::new("data").required(true)).arg(threads)
    }

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }
}
