//! What people are told when Coda cannot be used.

use coda_io::{CodaError, Dataset, Doing};
use google_services::ServiceError;
use google_services::documents::DatabaseError;

#[test]
fn a_missing_role_names_the_dataset_and_the_role() {
    check(
        refused(403, "PERMISSION_DENIED"),
        Doing::Reading,
        "could not read dataset `age` in Coda",
        "Cloud Datastore Viewer",
    );
    check(
        refused(403, "PERMISSION_DENIED"),
        Doing::Writing,
        "could not write to dataset `age` in Coda",
        "Cloud Datastore User",
    );
}

#[test]
fn a_used_up_quota_says_that_nothing_is_lost() {
    check(
        refused(429, "RESOURCE_EXHAUSTED"),
        Doing::Writing,
        "could not write to dataset `age` in Coda",
        "running this again continues where it stopped",
    );
}

fn check(source: DatabaseError, doing: Doing, expected: &str, expected_hint: &str) {
    let dataset = Dataset::new("age").expect("a good name");
    let error = CodaError::Database { doing, dataset, source: Box::new(source) };
    assert_eq!(error.to_string(), expected);
    let hint = error.hint().expect("there is something to try");
    assert!(hint.contains(expected_hint), "{hint}");
    assert!(error.is_about_all_datasets());
}

fn refused(code: u16, status: &str) -> DatabaseError {
    let (status, message) = (status.to_owned(), "no".to_owned());
    ServiceError::Refused { service: "Firestore", code, status, message, retry_after: None }.into()
}
