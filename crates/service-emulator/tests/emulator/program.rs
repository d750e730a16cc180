//! The program: it says where it is, and leaves when it is told to.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use pipeline_tests::workspace;
use serde_json::json;

use crate::client::{get, post};

#[test]
fn it_gives_the_demo_project_and_ends_with_its_standard_input() {
    let services = tempfile::tempdir().unwrap();
    let data_root = workspace().join("pipeline_configs/demo/data_root");
    let mut child = start(&[
        "--raw-data".as_ref(),
        data_root.as_os_str(),
        "--until-stdin-closes".as_ref(),
        "--services-root".as_ref(),
        services.path().as_os_str(),
    ]);
    let url = url(&mut child);
    let bucket = services.path().join("buckets/school-gardens-credentials");
    let token = std::fs::read_to_string(bucket.join("rapidpro-token.txt")).unwrap();
    let flows = get(&format!("{url}/api/v2/flows.json"), Some(token.trim())).results();
    assert_eq!(flows.len(), 3);
    let state = post(&format!("{url}/control/time"), &json!({"until": null})).json();
    assert_eq!(state["rapidpro"][0]["n_runs"], 73);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_makes_up_messages_and_ends_when_told_to() {
    let options = ["--messages", "50", "--people", "9", "--until", "2024-02-10T00:00:00Z"];
    let mut child = start(&options.map(std::ffi::OsStr::new));
    let url = url(&mut child);
    let state = get(&format!("{url}/control/state"), None).json();
    let workspace = &state["rapidpro"][0];
    assert!(50 < workspace["n_runs"].as_u64().unwrap(), "{state}");
    assert!(workspace["n_runs_shown"].as_u64() < workspace["n_runs"].as_u64(), "{state}");
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_port_that_is_taken_is_said_to_be() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let child = start(&["--port".as_ref(), port.as_ref()]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&format!("could not listen on port {port}")), "{error}");
    assert!(error.contains("hint: choose another `--port`"), "{error}");
}

fn start(options: &[&std::ffi::OsStr]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_service-emulator"))
        .arg("--configuration")
        .arg(workspace().join("pipeline_configs/demo/pipeline_config.json"))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn url(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
