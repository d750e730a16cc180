//! Summaries of two made-up runs.

use serde_json::{Value, json};

use super::*;

const FIRST: &str = "2024-02-11T06:00:00Z-abc";
const SECOND: &str = "2024-02-12T06:00:00Z-abc";

#[test]
fn a_first_run_has_nothing_to_compare_with() {
    let text = summary_text(&[outputs(FIRST, 57)], FIRST);
    assert!(
        text.starts_with("Run 2024-02-11T06:00:00Z-abc: done at 2024-02-11T06:00:09Z\n"),
        "{text}"
    );
    assert!(text.contains("went out      57 messages\n"), "{text}");
    assert!(!text.contains("compared with"), "{text}");
}

#[test]
fn a_later_run_says_what_changed() {
    let text = summary_text(&[outputs(FIRST, 57), fetch(SECOND, 4), outputs(SECOND, 60)], SECOND);
    assert!(text.contains("compared with 2024-02-11T06:00:00Z-abc\n"), "{text}");
    assert!(text.contains("came in       RapidPro: 4 new or changed runs\n"), "{text}");
    assert!(text.contains("went out      60 messages (+3)\n"), "{text}");
    assert!(text.contains("dropped       2 without a radio show message (as before)\n"), "{text}");
}

#[test]
fn what_an_upload_did_is_not_compared() {
    let [mut first, mut second] = [outputs(FIRST, 57), outputs(SECOND, 57)];
    first["Out"]["files made in Drive"] = 3.into();
    second["Out"]["files updated in Drive"] = 2.into();
    let text = summary_text(&[first, second], SECOND);
    assert!(text.contains(" 2 files updated in Drive\n"), "{text}");
    assert!(!text.contains("made in Drive"), "{text}");
}

#[test]
fn only_the_latest_try_of_a_stage_counts() {
    let mut first_try = outputs(SECOND, 0);
    first_try["Status"] = "failed".into();
    first_try["Error"] = "the disk is full".into();
    let failed = summary_text(&[outputs(FIRST, 57), first_try.clone()], SECOND);
    assert!(failed.starts_with("Run 2024-02-12T06:00:00Z-abc: failed"), "{failed}");
    assert!(failed.contains("failed        generate_outputs: the disk is full\n"), "{failed}");
    let done = summary_text(&[outputs(FIRST, 57), first_try, outputs(SECOND, 57)], SECOND);
    assert!(done.starts_with("Run 2024-02-12T06:00:00Z-abc: done"), "{done}");
    assert!(done.contains("57 messages (as before)\n"), "{done}");
}

#[test]
fn a_run_that_fetched_nothing_new_says_so() {
    let text = summary_text(&[fetch(FIRST, 0), outputs(FIRST, 57)], FIRST);
    assert!(text.contains("came in       RapidPro: nothing new\n"), "{text}");
}

#[test]
fn an_unknown_run_is_no_error() {
    let text = summary_text(&[outputs(FIRST, 57)], SECOND);
    assert!(text.contains("no stage of it is known"), "{text}");
}

/// Stage 3 of a run, with so many messages.
fn outputs(run_id: &str, n_messages: u64) -> Value {
    json!({
        "Stage": "generate_outputs", "RunId": run_id, "Status": "done",
        "Start": &run_id[..20], "End": format!("{}9Z", &run_id[..18]),
        "In": {"raw objects": n_messages + 2}, "Out": {"messages": n_messages},
        "Dropped": {"without a radio show message": 2}, "Outputs": ["Outputs"],
    })
}

/// Stage 2 of a run, with so many new runs of flows.
fn fetch(run_id: &str, n_runs: u64) -> Value {
    json!({
        "Stage": "fetch_rapidpro", "RunId": run_id, "Status": "done",
        "Start": &run_id[..20], "End": &run_id[..20], "In": {"new or changed runs": n_runs},
    })
}

fn summary_text(history: &[Value], run_id: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let manifest = json!({"FormatVersion": 1, "Stages": {}, "History": history});
    std::fs::write(directory.path().join("run_manifest.json"), manifest.to_string()).unwrap();
    let data_root = DataRoot::open_to_read(directory.path()).unwrap();
    summarize(&data_root, run_id).unwrap().to_string()
}
