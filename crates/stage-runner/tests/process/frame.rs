//! The frame around a stage, seen from outside: arguments, messages, record, exit status.

use std::fs;

use crate::support::{Run, Workplace};
use serde_json::{Value, json};

#[test]
fn help_teaches_and_goes_to_standard_output() {
    let run = Run::of(&Workplace::new().stage().arg("--help").output().unwrap(), 0);
    for text in [
        "Copies the lines of a flow.",
        "Reads `<data-root>/Raw Data/flow.jsonl`",
        "Example:",
        "--profile-cpu <HTML>",
        "--profile-memory <FILE>",
        "--log-format <FORMAT>",
        "--threads <N>",
        "Exit status:",
        "PCVE_RUN_ID",
    ] {
        assert!(run.out.contains(text), "no {text:?} in {}", run.out);
    }
    assert_eq!(run.messages, "");
}

#[test]
fn the_version_names_the_commit() {
    let run = Run::of(&Workplace::new().stage().arg("--version").output().unwrap(), 0);
    let expected = format!("copy-lines {} (", env!("CARGO_PKG_VERSION"));
    assert!(run.out.starts_with(&expected), "{}", run.out);
}

#[test]
fn a_shell_can_ask_how_to_complete_options() {
    let workplace = Workplace::new();
    let run = Run::of(&workplace.stage().args(["--completions", "bash"]).output().unwrap(), 0);
    assert!(run.out.contains("--profile-memory") && run.out.contains("copy_lines"), "{}", run.out);
    assert_eq!(run.messages, "");
    let run = Run::of(&workplace.stage().args(["--completions", "dos"]).output().unwrap(), 2);
    assert!(run.messages.contains("fish"), "{}", run.messages);
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    let workplace = Workplace::new();
    for arguments in [&["me@example.com"][..], &["--no-such-option", "me", "data"]] {
        let run = Run::of(&workplace.stage().args(arguments).output().unwrap(), 2);
        assert!(run.messages.contains("Usage:"), "{}", run.messages);
    }
    workplace.run(&["--threads", "0"], 2);
    workplace.run(&["--verbose", "--quiet"], 2);
    workplace.run(&["--mishap", "contradiction"], 2);
    let mut command = workplace.stage();
    command.env("SOURCE_DATE_EPOCH", "today").args(["me@example.com", "data"]);
    let run = Run::of(&command.output().unwrap(), 2);
    assert!(run.messages.contains("`today`"), "{}", run.messages);
}

#[test]
fn a_run_that_is_done_is_recorded() {
    let workplace = Workplace::new();
    let run = workplace.run(&["--threads", "2"], 0);
    assert_eq!(run.out, "");
    for line in [
        "copy-lines: done in ",
        "  in       3 lines\n",
        "  out      2 lines\n",
        "  dropped  1 empty lines\n",
        "  outputs  data/Outputs/messages.csv\n",
    ] {
        assert!(run.messages.contains(line), "no {line:?} in {}", run.messages);
    }

    let mut entry = workplace.entry();
    let git_hash = entry["GitHash"].take();
    let expected = json!({
        "RunId": format!("2021-10-20T15:28:18Z-{}", git_hash.as_str().unwrap()),
        "Start": "2021-10-20T15:28:18Z",
        "End": "2021-10-20T15:28:18Z",
        "DurationSecs": 0.0,
        "Status": "done",
        "Error": null,
        "Hint": null,
        "Version": env!("CARGO_PKG_VERSION"),
        "GitHash": null,
        "ConfigurationHash": "c0ffee",
        "User": "me@example.com",
        "In": {"lines": 3},
        "Out": {"lines": 2},
        "Dropped": {"empty lines": 1},
        "Outputs": ["Outputs/messages.csv"],
        "Steps": [
            {"Name": "read raw data", "DurationSecs": 0.0},
            {"Name": "count primes", "DurationSecs": 0.0},
            {"Name": "write outputs", "DurationSecs": 0.0},
        ],
        "FailedStep": null,
        "PeakMemoryBytes": null,
    });
    assert_eq!(entry, expected);
}

#[test]
fn the_run_id_can_be_given() {
    let workplace = Workplace::new();
    let mut command = workplace.stage();
    command.env("PCVE_RUN_ID", "2021-10-20T15:28:18Z-abc").args(["me@example.com", "data"]);
    Run::of(&command.output().unwrap(), 0);
    assert_eq!(workplace.entry()["RunId"], "2021-10-20T15:28:18Z-abc");
}

#[test]
fn a_failure_is_explained_once_and_recorded() {
    let workplace = Workplace::new();
    let run = workplace.run(&["--mishap", "error"], 1);
    let last_words = "error: line 3 is no line\n  \
                      caused by: invalid digit found in string\n\
                      hint: write a number on line 3\n";
    assert!(run.messages.ends_with(last_words), "{}", run.messages);
    assert_eq!(run.messages.matches("hint:").count(), 1, "{}", run.messages);

    let entry = workplace.entry();
    assert_eq!(entry["Status"], "failed");
    assert_eq!(entry["Error"], "line 3 is no line: invalid digit found in string");
    assert_eq!(entry["Hint"], "write a number on line 3");
    assert_eq!(entry["In"], json!({"lines": 3}));
}

#[test]
fn errors_about_files_bring_their_hint() {
    let workplace = Workplace::new();
    fs::remove_file(workplace.path("data/Raw Data/flow.jsonl")).unwrap();
    let run = workplace.run(&[], 1);
    let hint = "hint: run `2_fetch_raw_data.sh` first, it writes this file\n";
    assert!(run.messages.ends_with(hint), "{}", run.messages);
}

#[test]
fn a_panic_is_a_failure_that_quotes_nobody() {
    let workplace = Workplace::new();
    let run = workplace.run(&["--mishap", "panic"], 1);
    assert!(run.messages.contains("error: the stage was stopped by a bug at "), "{}", run.messages);
    assert!(run.messages.contains("copy_lines.rs:"), "{}", run.messages);
    assert!(run.messages.contains("/issues"), "{}", run.messages);
    assert!(!run.messages.contains("gue"), "{}", run.messages);

    let entry = workplace.entry();
    assert_eq!(entry["Status"], "failed");
    assert_eq!(entry["FailedStep"], "have a mishap");
    assert!(!entry.to_string().contains("gue"), "{entry}");
}

#[test]
fn a_missing_data_root_is_said_and_not_made() {
    let workplace = Workplace::new();
    let output = workplace.stage().args(["me@example.com", "nowhere"]).output().unwrap();
    let run = Run::of(&output, 1);
    assert!(
        run.messages.contains("error: could not open data root `nowhere`\n"),
        "{}",
        run.messages
    );
    assert!(run.messages.contains("\nhint: check the path"), "{}", run.messages);
    assert!(!workplace.path("nowhere").exists());
}

#[test]
fn every_line_of_a_json_log_is_an_object() {
    let workplace = Workplace::new();
    for (options, status, last_message) in [
        (&["--log-format", "json"][..], 0, "Done."),
        (&["--log-format", "json", "-vv"], 0, "Done."),
        (&["--log-format", "json", "--mishap", "error"], 1, "Failed."),
        (&["--log-format", "json", "--mishap", "panic"], 1, "Failed."),
    ] {
        let run = workplace.run(options, status);
        let lines: Vec<Value> =
            run.messages.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            let [timestamp, level, message] =
                ["timestamp", "level", "message"].map(|key| line[key].as_str());
            assert!(timestamp.is_some() && level.is_some() && message.is_some(), "{line}");
        }
        assert_eq!(lines.last().unwrap()["message"], last_message);
    }
}

#[test]
fn a_json_log_says_what_a_person_would_be_told() {
    let workplace = Workplace::new();
    let last = |run: &Run| serde_json::from_str::<Value>(run.messages.lines().last().unwrap());
    let done = last(&workplace.run(&["--log-format", "json"], 0)).unwrap();
    assert_eq!(done["dropped"], json!({"empty lines": 1}));
    assert_eq!(done["outputs"], json!(["data/Outputs/messages.csv"]));
    let run = workplace.run(&["--log-format", "json", "--mishap", "error"], 1);
    let failed = last(&run).unwrap();
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(failed["error"], json!(["line 3 is no line", "invalid digit found in string"]));
    assert_eq!(failed["hint"], "write a number on line 3");
}

#[test]
fn a_quiet_run_says_nothing_unless_it_fails() {
    let workplace = Workplace::new();
    assert_eq!(workplace.run(&["--quiet"], 0).messages, "");
    let run = workplace.run(&["--quiet", "--mishap", "error"], 1);
    assert!(run.messages.starts_with("error: line 3"), "{}", run.messages);
}

#[test]
fn warnings_about_a_configuration_are_said_once_in_a_run() {
    let workplace = Workplace::new();
    let run = |run_id: &str, options: &[&str]| {
        let mut command = workplace.stage();
        command.env("PCVE_RUN_ID", run_id).args(["--warning", "two ranges overlap"]);
        let output = command.args(options).args(["me@example.com", "data"]).output().unwrap();
        Run::of(&output, 0).messages.matches("two ranges overlap").count()
    };
    assert_eq!(run("first", &[]), 1);
    assert_eq!(run("first", &[]), 0);
    assert_eq!(run("first", &["-v"]), 1);
    assert_eq!(run("second", &[]), 1);
}

#[test]
fn a_stage_without_a_terminal_logs_a_line_per_step() {
    let run = Workplace::new().run(&[], 0);
    for step in ["read raw data", "count primes", "write outputs"] {
        let lines = run.messages.lines().filter(|line| line.contains(&format!("step={step:?}")));
        assert_eq!(lines.count(), 1, "{}", run.messages);
    }
    assert!(!run.messages.contains('\x1b'), "{}", run.messages);
}
