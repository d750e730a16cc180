//! Google's own client for Python reads what we write to Firestore, and we read what it writes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

use crate::place::{DATASET, Place, assert_success, messages};
use firestore_emulator::FirestoreEmulator;

#[test]
fn googles_client_finds_the_types_that_coda_expects() {
    let Some(client) = Client::new("googles_client_finds_the_types_that_coda_expects") else {
        return;
    };
    client.place.write_messages(&messages(2));
    assert_success(&client.place.run("coda-add", &["--coda-user", "labeller@example.org"]));

    let documents: Json = serde_json::from_slice(&client.run("read").stdout).unwrap();
    assert_eq!(documents[""], json!({"users": ["labeller@example.org"]}));
    let message = &documents["messages/message-00001"];
    assert!(message["LastUpdated"]["timestamp"].is_string(), "{message}");
    assert!(message["SequenceNumber"].is_i64(), "{message}");
    assert!(message["CreationDateTimeUTC"].is_string(), "{message}");
    assert_eq!(message["Labels"], json!([]));
    assert_eq!(documents["metrics/messages"]["messages_count"], 2);
    let schemes: Vec<&Json> = documents
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| path.starts_with("code_schemes/"))
        .map(|(_, scheme)| scheme)
        .collect();
    assert!(!schemes.is_empty());
    for scheme in schemes {
        for code in scheme["Codes"].as_array().unwrap() {
            assert!(code["NumericValue"].is_i64() && code["VisibleInCoda"].is_boolean(), "{code}");
        }
    }
}

#[test]
fn what_googles_client_wrote_is_read_and_left_alone() {
    let Some(client) = Client::new("what_googles_client_wrote_is_read_and_left_alone") else {
        return;
    };
    client.run("write");
    let before = client.run("read").stdout;

    client.place.write_messages(&messages(2));
    assert_success(&client.place.run("coda-get", &[]));
    let coded = client.place.coded();
    let ids: Vec<&Json> = coded.iter().map(|message| &message["MessageID"]).collect();
    assert_eq!(ids, ["message-00001", "message-00000"], "not by sequence number");
    assert_eq!(coded[1]["Labels"][0]["Confidence"], 0.5);
    assert_eq!(coded[1]["Extra"], json!({"kept": true}));

    assert_success(&client.place.run("coda-add", &[]));
    let before: Json = serde_json::from_slice(&before).unwrap();
    let after: Json = serde_json::from_slice(&client.run("read").stdout).unwrap();
    for message in ["messages/message-00000", "messages/message-00001"] {
        assert_eq!(after[message], before[message]);
    }
}

/// The client, and a place whose Coda is in the emulator.
struct Client {
    place: Place,
    project: String,
}

impl Client {
    /// `None`, with a line that no test harness swallows, where the emulator or the client is
    /// missing; `PCVE_REQUIRE_GOOGLE_CLIENT` makes a missing client a failure.
    fn new(test: &str) -> Option<Self> {
        FirestoreEmulator::get()?;
        let has_client =
            Command::new("python3").args(["-c", "import google.cloud.firestore"]).output();
        if !has_client.is_ok_and(|output| output.status.success()) {
            let required = std::env::var_os("PCVE_REQUIRE_GOOGLE_CLIENT").is_some();
            assert!(!required, "`python3` has no google-cloud-firestore");
            let _ = writeln!(
                std::io::stderr().lock(),
                "SKIPPED {test}: `python3` has no google-cloud-firestore; install it with pip"
            );
            return None;
        }
        let place = Place::firestore();
        let credentials = std::fs::read(&place.credentials).unwrap();
        let credentials: Json = serde_json::from_slice(&credentials).unwrap();
        let project = credentials["project_id"].as_str().unwrap().to_owned();
        Some(Self { place, project })
    }

    fn run(&self, action: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/google_client.py");
        let output = Command::new("python3")
            .arg(script)
            .args([action, &self.project, DATASET])
            .env("FIRESTORE_EMULATOR_HOST", self.place.emulator.as_ref().unwrap())
            .output()
            .unwrap();
        assert_success(&output);
        output
    }
}
