//! Firestore on bad days.

use google_services::documents::{
    Change, CollectionPath, DatabaseError, DocumentDatabase, Fields, Firestore, Selection, Write,
};
use google_services::{Authorization, RetryPolicy};
use serde_json::{Value as Json, json};

use crate::server::{Reply, Server};

const NOW: &str = "2021-06-01T08:00:00.000001Z";

#[test]
fn a_write_whose_answer_was_lost_is_not_done_twice() {
    let server = Server::with_replies(vec![
        missing(),
        // It happens, and the answer is lost.
        Reply::HangUp,
        found(),
    ]);
    let mut n_calls = 0;
    let path = CollectionPath::top("things").document("a").unwrap();
    database(&server)
        .transact(&mut |reads| {
            n_calls += 1;
            let found = reads.documents(std::slice::from_ref(&path), Selection::NoFields)?;
            Ok(match &found[0] {
                Some(_) => vec![],
                None => {
                    let change = Change::Create(Fields::new().into());
                    vec![Write { path: path.clone(), change }]
                }
            })
        })
        .unwrap();
    assert_eq!(n_calls, 2);
    let requests = server.requests();
    assert_eq!(requests.iter().filter(|request| request.line.ends_with(":commit")).count(), 1);
    let commit: Json = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(commit["writes"][0]["currentDocument"], json!({"exists": false}));
}

#[test]
fn what_was_read_must_not_have_changed_when_it_is_written() {
    let server = Server::with_replies(vec![
        found(),
        refusal(400, "FAILED_PRECONDITION", "the stored version does not match"),
        found(),
        Reply::json(200, &json!({"commitTime": NOW})),
    ]);
    replace(&database(&server)).unwrap();
    for index in [1, 3] {
        let commit: Json = serde_json::from_slice(&server.requests()[index].body).unwrap();
        assert_eq!(commit["writes"][0]["currentDocument"], json!({"updateTime": NOW}));
    }
}

#[test]
fn troubles_of_the_service_are_waited_out() {
    let server = Server::with_replies(vec![
        refusal(503, "UNAVAILABLE", "busy"),
        refusal(429, "RESOURCE_EXHAUSTED", "too many"),
        Reply::Answer(502, vec![], b"<html>bad gateway</html>".to_vec()),
        Reply::HangUp,
        Reply::CutAnswer(vec![], b"[{".to_vec(), 1000),
        found(),
        Reply::json(200, &json!({"commitTime": NOW})),
    ]);
    replace(&database(&server)).unwrap();
}

#[test]
fn a_used_up_quota_is_said_so() {
    let server = Server::new(|_| refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded."));
    let error = replace(&database(&server)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Firestore refused with RESOURCE_EXHAUSTED (429): Quota exceeded."
    );
    assert!(error.hint().unwrap().contains("quota"), "{error:?}");
    assert!(error.is_retryable());
    let n_requests = server.requests().len();
    assert!((6..100).contains(&n_requests), "{n_requests}");
}

#[test]
fn a_missing_role_is_not_tried_again() {
    let server = Server::new(|_| refusal(403, "PERMISSION_DENIED", "Missing permissions."));
    let error = replace(&database(&server)).unwrap_err();
    assert!(error.is_permission_denied());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn no_network_is_said_so() {
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let retries = RetryPolicy::WITHOUT_PAUSES;
    let database = Firestore::new(&url, "p", Authorization::Emulator, retries).unwrap();
    let error = replace(&database).unwrap_err();
    assert_eq!(error.to_string(), "Firestore does not answer");
    assert!(error.hint().unwrap().contains("network"));
    assert!(!format!("{error:?}").contains(&url), "{error:?}");
}

#[test]
fn answers_that_make_no_sense_are_errors() {
    for answer in [
        json!({}),
        json!([{"found": {"name": "elsewhere"}, "readTime": NOW}]),
        json!([{"found": {"name": name(), "updateTime": NOW,
                          "fields": {"a": {"futureValue": 1}}}, "readTime": NOW}]),
    ] {
        let server = Server::new(move |_| Reply::json(200, &answer));
        let error = replace(&database(&server)).unwrap_err();
        assert!(!error.is_retryable(), "{error}");
    }
}

/// Reads a document and writes it.
fn replace(database: &Firestore) -> Result<(), DatabaseError> {
    let path = CollectionPath::top("things").document("a").unwrap();
    let replaced = database.transact(&mut |reads| {
        reads.documents(std::slice::from_ref(&path), Selection::AllFields)?;
        let change = Change::Replace(Fields::new().into());
        Ok(vec![Write { path: path.clone(), change }])
    });
    replaced.map(drop)
}

fn database(server: &Server) -> Firestore {
    let retries = RetryPolicy::WITHOUT_PAUSES;
    Firestore::new(&server.url, "p", Authorization::Emulator, retries).unwrap()
}

fn missing() -> Reply {
    Reply::json(200, &json!([{"missing": name(), "readTime": NOW}]))
}

fn found() -> Reply {
    Reply::json(200, &json!([{"found": {"name": name(), "updateTime": NOW}, "readTime": NOW}]))
}

fn name() -> &'static str {
    "projects/p/databases/(default)/documents/things/a"
}

fn refusal(code: u16, status: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"error": {"code": code, "status": status, "message": message}}))
}
