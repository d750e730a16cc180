//! The run manifest over several runs, processes and accidents.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::Workplace;
use data_root::DataRoot;
use serde_json::{Value, json};

#[test]
fn equal_runs_leave_equal_manifests_but_for_the_history() {
    let workplace = Workplace::new();
    workplace.run(&[], 0);
    let first = workplace.manifest();
    workplace.run(&[], 0);
    let second = workplace.manifest();
    assert_eq!(first["Stages"], second["Stages"]);
    assert_eq!(first["FormatVersion"], 1);
    assert_eq!(second["History"].as_array().unwrap().len(), 2);
    assert_eq!(second["History"][1]["Stage"], "copy_lines");
}

#[test]
fn entries_of_other_stages_stay() {
    let workplace = Workplace::new();
    let others = json!({
        "FormatVersion": 1,
        "Stages": {"coda_get": {"Status": "done", "Later": ["field"]}},
        "History": [],
        "Later": "field",
    });
    write_manifest(&workplace, others.to_string().as_bytes());
    workplace.run(&[], 0);
    let manifest = workplace.manifest();
    assert_eq!(manifest["Stages"]["coda_get"], others["Stages"]["coda_get"]);
    assert_eq!(manifest["Stages"]["copy_lines"]["Status"], "done");
    assert_eq!(manifest["Later"], "field");
}

#[test]
fn the_history_is_bounded() {
    let workplace = Workplace::new();
    let history: Vec<Value> = (0..250).map(|n| json!({"Stage": "earlier", "N": n})).collect();
    let manifest = json!({"FormatVersion": 1, "Stages": {}, "History": history});
    write_manifest(&workplace, manifest.to_string().as_bytes());
    workplace.run(&[], 0);
    let manifest = workplace.manifest();
    let history = manifest["History"].as_array().unwrap();
    assert_eq!(history.len(), 200);
    assert_eq!(history[0]["N"], 51);
    assert_eq!(history[199]["Stage"], "copy_lines");
}

#[test]
fn a_manifest_that_cannot_be_read_is_put_aside() {
    for unreadable in ["{\"FormatVersion\": 1, \"Stages\"", "[]", "{\"FormatVersion\": 2}"] {
        let workplace = Workplace::new();
        write_manifest(&workplace, unreadable.as_bytes());
        let run = workplace.run(&[], 0);
        assert!(run.messages.contains("run_manifest.unreadable.json"), "{}", run.messages);
        let aside = fs::read_to_string(workplace.path("data/run_manifest.unreadable.json"));
        assert_eq!(aside.unwrap(), unreadable);
        assert_eq!(workplace.entry()["Status"], "done");
    }
}

#[test]
fn a_run_that_finds_the_data_root_in_use_is_recorded() {
    let workplace = Workplace::new();
    let _user = DataRoot::open(&workplace.path("data")).unwrap();
    let run = workplace.run(&[], 1);
    assert!(run.messages.contains("error: data root `data` is in use by "), "{}", run.messages);
    assert!(run.messages.contains("\nhint: wait"), "{}", run.messages);
    assert_eq!(workplace.entry()["Status"], "failed");
}

#[test]
fn processes_at_the_same_moment_lose_no_entry() {
    const N_PROCESSES: usize = 12;
    let workplace = Workplace::new();
    std::thread::scope(|scope| {
        for _ in 0..N_PROCESSES {
            // Some are first, the others find the data root in use; all are recorded.
            scope.spawn(|| {
                let mut command = workplace.stage();
                command.args(["me@example.com", "data"]).output().unwrap()
            });
        }
    });
    assert_eq!(workplace.manifest()["History"].as_array().unwrap().len(), N_PROCESSES);
}

#[cfg(unix)]
#[test]
fn a_stage_that_is_stopped_says_so_and_ends_by_the_signal() {
    use std::os::unix::process::ExitStatusExt;
    let workplace = Workplace::new();
    let mut child = waiting_stage(&workplace);
    let kill = format!("kill -TERM {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    let messages = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15), "{messages}");
    assert!(messages.contains("error: stopped by SIGTERM\nhint: "), "{messages}");
    let entry = workplace.entry();
    assert_eq!(entry["Error"], "stopped by SIGTERM");
    assert_eq!(entry["FailedStep"], "have a mishap");

    workplace.run(&[], 0);
}

/// A stage that has begun, and goes on until it is stopped.
#[cfg(unix)]
fn waiting_stage(workplace: &Workplace) -> Child {
    let mut child = Command::new(workplace.stage().get_program())
        .current_dir(workplace.path("."))
        .args(["-v", "--mishap", "wait", "me@example.com", "data"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "waiting\n");
    child
}

fn write_manifest(workplace: &Workplace, bytes: &[u8]) {
    fs::write(workplace.path("data/run_manifest.json"), bytes).unwrap();
}
