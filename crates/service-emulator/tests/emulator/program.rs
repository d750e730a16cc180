//! The program: it says where it is, and leaves when it is told to.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pipeline_tests::{copy_directory, workspace};
use serde_json::{Value, json};
use service_emulator::token_of;

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

#[test]
fn it_has_completions_as_the_installation_wants() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_service-emulator"));
    let output = program.args(["--completions", "bash"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("--until-stdin-closes"));
}

#[test]
fn a_project_can_be_on_facebook_only() {
    let demo = workspace().join("pipeline_configs/demo");
    let directory = tempfile::tempdir().unwrap();
    copy_directory(&demo.join("code_schemes"), &directory.path().join("code_schemes")).unwrap();
    std::fs::copy(demo.join("coding_plans.json"), directory.path().join("coding_plans.json"))
        .unwrap();
    let text = std::fs::read_to_string(demo.join("pipeline_config.json")).unwrap();
    let mut configuration: Value = serde_json::from_str(&text).unwrap();
    configuration["RawDataSources"] = json!([{
        "SourceType": "Facebook",
        "PageID": "1000200030004000",
        "TokenFileURL": "gs://credentials/facebook-token.txt",
        "Datasets": [
            {"Name": "facebook_e01", "PostIDs": ["1000200030004000_5000600070008000"]},
        ],
    }]);
    let path = directory.path().join("pipeline_config.json");
    std::fs::write(&path, configuration.to_string()).unwrap();
    let mut child = start_with(&path, &["--until-stdin-closes".as_ref()]);
    let url = url(&mut child);
    let token = token_of("gs://credentials/facebook-token.txt");
    let comments =
        format!("{url}/v25.0/1000200030004000_5000600070008000/comments?access_token={token}");
    assert!(!get(&comments, None).json()["data"].as_array().unwrap().is_empty());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

fn start(options: &[&std::ffi::OsStr]) -> Child {
    start_with(&workspace().join("pipeline_configs/demo/pipeline_config.json"), options)
}

fn start_with(configuration: &Path, options: &[&std::ffi::OsStr]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_service-emulator"))
        .arg("--configuration")
        .arg(configuration)
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
