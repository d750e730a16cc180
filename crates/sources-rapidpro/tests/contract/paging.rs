//! Everything once, however it is paged and whatever changes meanwhile.

use std::collections::BTreeSet;

use serde_json::json;
use traced_data::Key;

use crate::world::{ACTIVATION, SURVEY, World, at, contact, contact_uuid, run};

#[test]
fn fetching_again_changes_nothing_and_asks_little() {
    let world = World::with_runs(600);
    world.fetch_all();
    let files = world.files();
    world.server.heal();
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (0, 1200));
    assert_eq!(world.files(), files);
    let n_requests = world.server.state().requests.len();
    assert!(n_requests <= 8, "{n_requests} requests");
}

#[test]
fn only_what_is_new_is_asked_for_and_nothing_is_missed_that_came_late() {
    let world = World::with_runs(300);
    world.fetch_all();
    {
        let mut state = world.server.state();
        // The server shows a row late: others with a later time were there before.
        let mut late = run(ACTIVATION, 700, 0);
        late["modified_on"] = at(299 - 50).into();
        state.runs.push(late);
        state.runs.push(run(ACTIVATION, 701, 0));
        // At the very time of the newest row that was there.
        let mut same_time = run(ACTIVATION, 702, 0);
        same_time["modified_on"] = at(299).into();
        state.runs.push(same_time);
    }
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (3, 603));
}

#[test]
fn rows_that_change_while_pages_are_read_are_all_there() {
    let world = World::with_runs(800);
    {
        let mut state = world.server.state();
        state.page_size = 50;
        state.touches = true;
    }
    world.fetch_all();
    for flow in [ACTIVATION, SURVEY] {
        let ids: BTreeSet<String> = world
            .objects(flow)
            .iter()
            .map(|run| run.get(Key::new(&format!("run_id - {flow}"))).unwrap().to_cell().into())
            .collect();
        assert_eq!(ids.len(), 800);
        assert_eq!(world.objects(flow).len(), 800);
    }
}

#[test]
fn more_rows_than_a_page_can_share_a_time() {
    let world = World::with_runs(400);
    for row in &mut world.server.state().runs {
        row["modified_on"] = at(500).into();
    }
    world.server.state().page_size = 100;
    assert_eq!(world.fetch_all().n_runs, 800);
    assert_eq!(world.fetch_all().n_new_runs, 0);
}

#[test]
fn a_newer_version_of_a_run_replaces_the_older() {
    let world = World::with_runs(3);
    world.fetch_all();
    {
        let mut state = world.server.state();
        state.runs[0]["values"]["q"]["value"] = "second thoughts".into();
        state.runs[0]["modified_on"] = at(60).into();
    }
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (1, 6));
    let texts: Vec<String> = world
        .objects(ACTIVATION)
        .iter()
        .map(|run| run.get(Key::new(&format!("Q (Text) - {ACTIVATION}"))).unwrap().to_cell().into())
        .collect();
    assert_eq!(texts, ["answer 1", "answer 2", "second thoughts"]);
}

#[test]
fn raw_files_of_the_original_are_continued() {
    let world = World::with_runs(2);
    let raw_data = world.data_root().join("Raw Data");
    std::fs::create_dir_all(&raw_data).unwrap();
    // No UUID, a null where the server no longer says what was typed, six digits always.
    let old_run = json!([{
        "id": 1000,
        "flow": {"uuid": crate::world::flow_uuid(ACTIVATION), "name": ACTIVATION},
        "contact": {"uuid": contact_uuid(0), "name": "Sentinel Name"},
        "start": null, "responded": true, "path": [],
        "values": {"q": {
            "value": "answer 0", "category": "All", "node": "n", "time": at(0), "name": "Q",
            "input": null,
        }},
        "created_on": at(0), "modified_on": at(0), "exited_on": null, "exit_type": null,
    }]);
    let raw_file = world.raw_data(&format!("{ACTIVATION}_raw.json"));
    std::fs::write(&raw_file, old_run.to_string()).unwrap();
    let mut old_contact = contact(0, &["tel:+252610000000"]);
    old_contact["name"] = "Sentinel Name".into();
    old_contact["fields"] = json!({"nickname": "Sentinel Name"});
    let contacts_file = world.raw_data("Test Workspace_contacts_raw.json");
    std::fs::write(&contacts_file, json!([old_contact]).to_string()).unwrap();

    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (4, 4));
    assert_eq!(world.objects(ACTIVATION).len(), 2);
    let text =
        world.objects(ACTIVATION)[0].get(Key::new(&format!("Q (Text) - {ACTIVATION}"))).cloned();
    assert_eq!(text.unwrap().to_cell(), "answer 0");
    for (path, bytes) in world.files() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("Sentinel"), "{}: {text}", path.display());
        assert!(!text.contains("252610000000"), "{}: {text}", path.display());
    }
}
