//! The programs of stages 1 and 4, as people and cron jobs run them: stopped at any point, two at
//! once, with bad input.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod google_client;
mod place;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use assert_cmd::cargo::cargo_bin;
use firestore_emulator::FirestoreEmulator;
use serde_json::{Value as Json, json};

use place::{DATASET, Place, assert_success, demo_configuration, messages, scripts, text};

/// More than fit into one segment.
const N_MESSAGES: usize = 2_700;
/// Enough for several transactions; the emulator is slow.
const N_MESSAGES_AT_EMULATOR: usize = 900;

#[test]
fn labels_travel_to_coda_and_back() {
    let place = Place::local();
    place.write_messages(&messages(3));
    let output = place.run("coda-add", &["--coda-user", "labeller@example.org"]);
    assert_success(&output);
    let manifest = place.manifest();
    let counts = &manifest["stages"][0]["out"];
    assert!(text(&output.stderr).contains("Made a new dataset."), "{}", text(&output.stderr));
    assert!(manifest.to_string().contains("messages added"), "{counts}");

    let given = json!([{"MessageID": "message-00001", "Labels": [{
        "SchemeID": "Scheme-of-nobody", "CodeID": "code-a", "Checked": true,
        "DateTimeUTC": "2021-06-01T08:00:00Z",
        "Origin": {"OriginID": "a", "Name": "A", "OriginType": "Manual"}}]}]);
    let labels = place.path("labels.json");
    std::fs::write(&labels, given.to_string()).unwrap();
    let output = place.datasets(&["label", DATASET, labels.to_str().unwrap()]);
    assert_success(&output);

    let output = place.run("coda-get", &[]);
    assert_success(&output);
    let warnings = text(&output.stderr);
    assert!(
        warnings.contains("message `message-00001`: scheme `Scheme-of-nobody`, code `code-a`"),
        "{warnings}"
    );
    assert!(warnings.contains("Not in Coda yet"), "{warnings}");
    let coded = place.coded();
    assert_eq!(coded[1]["Labels"], given[0]["Labels"]);

    let output = place.datasets(&["list"]);
    assert!(
        text(&output.stdout).starts_with(&format!("{DATASET}: 3 messages, 1 labelled")),
        "{}",
        text(&output.stdout)
    );
    let backup = place.path("backup.json");
    assert_success(&place.datasets(&["export", DATASET, backup.to_str().unwrap()]));
    assert_success(&place.datasets(&["import", "COPY", backup.to_str().unwrap()]));
    let listed = place.datasets(&["list", "--json", "COPY"]);
    let listed: Json = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["n_messages"], 3);
}

#[test]
fn a_killed_add_is_completed_by_the_next_run() {
    check_killed_adds(N_MESSAGES, &Place::local);
}

#[test]
fn a_killed_add_to_firestore_is_completed_by_the_next_run() {
    if FirestoreEmulator::get().is_some() {
        check_killed_adds(N_MESSAGES_AT_EMULATOR, &Place::firestore);
    }
}

/// Kills programs at ten points spread at random over what a whole run takes.
fn check_killed_adds(n_messages: usize, new_place: &dyn Fn() -> Place) {
    let whole = new_place();
    whole.write_messages(&messages(n_messages));
    let began = Instant::now();
    assert_success(&whole.run("coda-add", &[]));
    let takes = began.elapsed();
    let mut seed = u64::from(std::process::id()) | 1;
    let mut n_killed_in_the_middle = 0;
    for point in 0..10 {
        // xorshift: a different point of each tenth in each run of the tests.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let permille = point * 100 + u32::try_from(seed % 100).unwrap();
        let place = new_place();
        place.write_messages(&messages(n_messages));
        let mut child = place.command("coda-add", &[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(takes * permille / 1000);
        child.kill().unwrap();
        child.wait().unwrap();
        place.kill_left_nothing_half_done();
        assert_success(&place.run("coda-add", &[]));
        let output = place.run("coda-get", &[]);
        assert_success(&output);
        check_all_there(n_messages, &place.coded());
        n_killed_in_the_middle += usize::from((1..n_messages).contains(&place.n_at_kill.get()));
    }
    assert!(0 < n_killed_in_the_middle, "the points were badly chosen");
}

#[test]
fn two_programs_at_once_add_each_message_once() {
    let place = Place::local();
    check_two_at_once(&place, &place.sibling());
}

#[test]
fn two_programs_at_once_add_each_message_to_firestore_once() {
    if FirestoreEmulator::get().is_some() {
        let place = Place::firestore();
        check_two_at_once(&place, &place.sibling());
    }
}

/// Two machines, each with a data root of its own, and one Coda.
fn check_two_at_once(place: &Place, sibling: &Place) {
    let mut children = Vec::new();
    for place in [place, sibling] {
        place.write_messages(&messages(N_MESSAGES));
        children.push(place.command("coda-add", &[]).stderr(Stdio::piped()).spawn().unwrap());
    }
    let mut n_added = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_success(&output);
        let log = text(&output.stderr);
        let (_, after) = log.split_once("n_added=").unwrap();
        n_added += after.split_whitespace().next().unwrap().parse::<usize>().unwrap();
    }
    assert_eq!(n_added, N_MESSAGES);
    assert_success(&place.run("coda-get", &[]));
    check_all_there(N_MESSAGES, &place.coded());
}

fn check_all_there(n_messages: usize, coded: &[Json]) {
    let ids: BTreeSet<&str> =
        coded.iter().map(|message| message["MessageID"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), coded.len()), (n_messages, n_messages));
    let numbers = coded.iter().map(|message| message["SequenceNumber"].as_u64().unwrap());
    assert!(numbers.eq(0..n_messages as u64), "each number once");
}

#[test]
fn bad_messages_stop_the_run_before_anything_is_added() {
    let place = Place::local();
    place.write_messages(&messages(3));
    let mut bad = messages(3);
    bad[2].as_object_mut().unwrap().remove("Text");
    let other = place.data_root().join("Outputs/Coda Files/SCHOOL_GARDENS_age.json");
    std::fs::write(&other, json!(bad).to_string()).unwrap();
    let output = place.run("coda-add", &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    for expected in ["SCHOOL_GARDENS_age.json", "[2]", "Text", "nothing was added to Coda"] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert_eq!(text(&place.datasets(&["list"]).stdout), "");
}

#[test]
fn ids_that_coda_cannot_have_and_twins_are_refused() {
    for (change, expected) in [
        (json!({"MessageID": "a/b"}), "`a/b` cannot be the id of a document"),
        (
            json!({"MessageID": "message-00000"}),
            "messages 0 and 1 have the `MessageID` `message-00000` and differ",
        ),
    ] {
        let place = Place::local();
        let mut bad = messages(2);
        bad[1].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        place.write_messages(&bad);
        let output = place.run("coda-add", &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

#[test]
fn credentials_that_cannot_be_used_say_so() {
    for (credentials, expected) in [
        (None, "could not read"),
        (Some("{"), "not JSON"),
        (Some(r#"{"type": "authorized_user"}"#), "expected `service_account` or `local`"),
        (Some(r#"{"type": "local", "root": "data/coda"}"#), "inside the data root"),
    ] {
        let place = Place::local();
        std::fs::remove_file(&place.credentials).unwrap();
        if let Some(credentials) = credentials {
            std::fs::write(&place.credentials, credentials).unwrap();
        }
        let output = place.run("coda-get", &[]);
        assert_eq!(output.status.code(), Some(1));
        let message = text(&output.stderr);
        assert!(message.contains(expected) && message.contains("hint: "), "{message}");
        assert!(!place.data_root().join("Coded Coda Files").exists());
    }
}

#[test]
fn labels_are_not_made_up_in_a_real_coda() {
    let place = Place::firestore_credentials("127.0.0.1:9");
    let labels = place.path("labels.json");
    std::fs::write(&labels, "[]").unwrap();
    let output = place.datasets(&["label", DATASET, labels.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("local Coda only"), "{}", text(&output.stderr));
}

#[test]
fn the_scripts_take_the_arguments_of_the_contract() {
    let place = Place::local();
    let script = |name: &str, options: &[&str], arguments: &[&Path]| {
        let mut command = Command::new("bash");
        command.arg(name).args(options).args(arguments).current_dir(scripts());
        let binaries = cargo_bin("coda-get");
        command.env("PCVE_BIN_DIR", binaries.parent().unwrap()).output().unwrap()
    };
    let data_root = place.data_root();
    let arguments = [&*place.credentials, Path::new("/nowhere"), &*data_root];
    // Without options, the datasets are those of EU-PCVE.
    assert_success(&script("1_coda_get.sh", &[], &arguments));
    place.write_messages(&messages(2));
    let directory = data_root.join("Outputs/Coda Files");
    std::fs::rename(directory.join(format!("{DATASET}.json")), directory.join("CSAP_age.json"))
        .unwrap();
    assert_success(&script("4_coda_add.sh", &["--coda-user", "a@example.org"], &arguments));
    assert_success(&script("1_coda_get.sh", &["--full", "-q"], &arguments));
    assert!(data_root.join("Coded Coda Files/CSAP_age.json").exists());
    // With the option, those of another project.
    let demo = demo_configuration().canonicalize().unwrap();
    place.write_messages(&messages(1));
    let options = ["--pipeline-configuration", demo.to_str().unwrap()];
    assert_success(&script("4_coda_add.sh", &options, &arguments));
    assert_success(&script("1_coda_get.sh", &options, &arguments));
    assert_eq!(place.coded().len(), 1);

    for name in ["1_coda_get.sh", "4_coda_add.sh"] {
        for (options, n_arguments) in [(&[][..], 2), (&["--unknown"], 3), (&["--dataset"], 0)] {
            let output = script(name, options, &arguments[..n_arguments]);
            assert_eq!(output.status.code(), Some(2), "{name} {options:?}");
            assert!(text(&output.stderr).contains("Usage: "));
        }
        assert_success(&script(name, &["--help"], &[]));
    }
}

#[test]
fn places_are_apart() {
    // A wrong helper would make the tests above mean nothing.
    let (one, other) = (Place::local(), Place::local());
    one.write_messages(&messages(1));
    assert_success(&one.run("coda-add", &[]));
    std::fs::create_dir(other.data_root()).unwrap();
    assert_success(&other.run("coda-get", &[]));
    assert!(!other.data_root().join(format!("Coded Coda Files/{DATASET}.json")).exists());
}
