//! What the operations dashboard is told.

use archive::{PipelineEvent, log_event};
use firestore_emulator::FirestoreEmulator;
use google_services::RetryPolicy;
use google_services::documents::{
    CollectionPath, DocumentDatabase, Firestore, LocalDatabase, Selection,
};
use serde_json::json;

use crate::project::{Project, RUN_ID, run};
use crate::server::{Reply, Server};

#[test]
fn events_are_documents_of_their_time_in_the_local_database() {
    let directory = tempfile::tempdir().unwrap();
    let database = LocalDatabase::open(&directory.path().join("dashboard.sqlite")).unwrap();
    check_events(&database);
}

#[test]
fn events_are_documents_of_their_time_in_firestore() {
    let Some(emulator) = FirestoreEmulator::get() else { return };
    let project = FirestoreEmulator::new_project();
    let database = Firestore::at_emulator(&emulator.host, &project, RetryPolicy::default());
    check_events(&database.unwrap());
}

fn check_events(database: &dyn DocumentDatabase) {
    let at = chrono::DateTime::from_timestamp_micros(1_634_743_698_000_009).unwrap();
    let log = |pipeline: &str, event| log_event(database, pipeline, "run-1", event, at).unwrap();
    log("EU-PCVE", PipelineEvent::PipelineRunStart);
    // Doing it again adds nothing; another pipeline at the same moment comes right after.
    log("EU-PCVE", PipelineEvent::PipelineRunStart);
    log("Other", PipelineEvent::CodaGet);
    assert_eq!(
        events(database),
        [
            [
                "2021-10-20T15:28:18.000009+00:00",
                "2021-10-20T15:28:18.000009+00:00",
                "EU-PCVE",
                "run-1",
                "PipelineRunStart"
            ],
            [
                "2021-10-20T15:28:18.000010+00:00",
                "2021-10-20T15:28:18.000010+00:00",
                "Other",
                "run-1",
                "CodaGet"
            ],
        ]
    );
}

#[test]
fn the_program_tells_the_dashboard_of_the_configuration() {
    let project = project_with_dashboard(r#"{"type": "local", "root": "dashboard"}"#);
    let mut command = project.log_event(&[], "local.json", "GeneratingAutomatedAnalysisFiles");
    run(command.env("SOURCE_DATE_EPOCH", "1634743698"), 0);
    let path = project.path("services/dashboard/operations_dashboard.sqlite");
    let database = LocalDatabase::open(&path).unwrap();
    let time = "2021-10-20T15:28:18.000000+00:00";
    let event = "GeneratingAutomatedAnalysisFiles";
    assert_eq!(events(&database), [[time, time, "School-Gardens", RUN_ID, event]]);
}

#[test]
fn without_a_dashboard_nothing_is_told_and_no_credentials_are_read() {
    let project = Project::new();
    run(&mut project.log_event(&["--strict"], "none.json", "PipelineRunStart"), 0);
    assert!(!project.path("services").exists());
}

#[test]
fn a_dashboard_that_cannot_be_told_never_fails_a_run() {
    for (name, credentials, message) in [
        ("no credentials", None, "there is no `gs://bucket/dashboard.json`"),
        ("broken credentials", Some(r#"{"type": "s3cr3t""#), "not JSON"),
        ("a root that is a file", Some(r#"{"type": "local", "root": "../local.json"}"#), "local"),
    ] {
        let project = project_with_dashboard(credentials.unwrap_or_default());
        if credentials.is_none() {
            std::fs::remove_dir_all(project.path("services/buckets")).unwrap();
        }
        let said = run(&mut project.log_event(&[], "local.json", "CodaAdd"), 0);
        assert!(said.contains("was not told") && said.contains(message), "{name}: {said}");
        assert!(!said.contains("s3cr3t"), "{name}: {said}");
        run(&mut project.log_event(&["--strict"], "local.json", "CodaAdd"), 1);
    }
}

#[test]
fn a_firestore_that_refuses_never_fails_a_run_and_no_key_is_shown() {
    let server = Server::new(|_| {
        Reply::json(403, &json!({"error": {"status": "PERMISSION_DENIED", "message": "no"}}))
    });
    let account = include_str!("../../../google-services/tests/data/made_up_service_account.json");
    let project = project_with_dashboard(account);
    let mut command = project.log_event(&["-vv"], "local.json", "PipelineRunEnd");
    let said = run(command.env("FIRESTORE_EMULATOR_HOST", &server.url), 0);
    assert!(said.contains("PERMISSION_DENIED"), "{said}");
    assert!(!said.contains("PRIVATE KEY") && !said.contains("MIIEvgIBADAN"), "{said}");
}

#[test]
fn an_event_that_nobody_knows_is_a_wrong_argument() {
    let project = Project::new();
    let said = run(&mut project.log_event(&[], "local.json", "Lunch"), 2);
    assert!(said.contains("PipelineRunStart") && said.contains("UploadingLogFiles"), "{said}");
}

/// With a dashboard whose credentials are these.
fn project_with_dashboard(credentials: &str) -> Project {
    let project = Project::new();
    let url = "gs://bucket/dashboard.json";
    project.configure("OperationsDashboard", json!({ "FirebaseCredentialsFileURL": url }));
    project.write("services/buckets/bucket/dashboard.json", credentials.as_bytes());
    project
}

/// Id and fields of all events.
fn events(database: &dyn DocumentDatabase) -> Vec<[String; 5]> {
    let events = CollectionPath::top("metrics").document("pipelines").unwrap();
    let events = events.collection("pipeline_logs");
    let found = database.snapshot().unwrap().all(&events, Selection::AllFields).unwrap();
    let event = |document: google_services::documents::Document| {
        assert_eq!(document.fields.len(), 4);
        let text = |key: &str| document.fields[key].as_str().unwrap().to_owned();
        let id = document.path.id().to_owned();
        [id, text("timestamp"), text("pipeline_name"), text("run_id"), text("event")]
    };
    found.into_iter().map(event).collect()
}
