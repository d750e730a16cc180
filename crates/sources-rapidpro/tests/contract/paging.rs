//! Everything once, however it is paged and whatever changes meanwhile.

use std::collections::BTreeSet;

use serde_json::json;
use service_emulator::Fault;
use sources_rapidpro::Clock as _;
use traced_data::Key;

use crate::world::{ACTIVATION, SURVEY, World, at, contact_uuid, run, source};

#[test]
fn fetching_again_changes_nothing_and_asks_little() {
    let world = World::with_runs(600);
    world.fetch_all();
    let files = world.files();
    world.traffic().heal();
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (0, 1200));
    assert_eq!(world.files(), files);
    let n_requests = world.traffic().requests().len();
    assert!(n_requests <= 8, "{n_requests} requests");
}

#[test]
fn only_what_is_new_is_asked_for_and_nothing_is_missed_that_came_late() {
    let world = World::with_runs(300);
    world.fetch_all();
    {
        let mut workspace = world.workspace.lock();
        // The server shows a row late: others with a later time were there before.
        let mut late = run(ACTIVATION, 700, 0);
        late.modified_on = at(299 - 50);
        workspace.runs.push(late);
        workspace.runs.push(run(ACTIVATION, 701, 0));
        // At the very time of the newest row that was there.
        let mut same_time = run(ACTIVATION, 702, 0);
        same_time.modified_on = at(299);
        workspace.runs.push(same_time);
    }
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (3, 603));
}

#[test]
fn rows_that_change_while_pages_are_read_are_all_there() {
    let world = World::with_runs(800);
    {
        let mut workspace = world.workspace.lock();
        workspace.page_size = 50;
        workspace.n_touches = 50;
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
    for flow in [ACTIVATION, SURVEY] {
        world.workspace.lock().set_modified_on(flow, at(500));
    }
    world.workspace.lock().page_size = 100;
    assert_eq!(world.fetch_all().n_runs, 800);
    assert_eq!(world.fetch_all().n_new_runs, 0);
}

#[test]
fn a_newer_version_of_a_run_replaces_the_older() {
    let world = World::with_runs(3);
    world.fetch_all();
    {
        let mut workspace = world.workspace.lock();
        workspace.runs[0].values[0].1.value = Some("second thoughts".to_owned());
        workspace.runs[0].modified_on = at(60);
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
    let began = at(0).to_rfc3339();
    let old_run = json!([{
        "id": 1000,
        "flow": {"uuid": crate::world::flow_uuid(ACTIVATION), "name": ACTIVATION},
        "contact": {"uuid": contact_uuid(0), "name": "Sentinel Name"},
        "start": null, "responded": true, "path": [],
        "values": {"q": {
            "value": "answer 0", "category": "All", "node": "n", "time": began, "name": "Q",
            "input": null,
        }},
        "created_on": began, "modified_on": began, "exited_on": null, "exit_type": null,
    }]);
    let raw_file = world.raw_data(&format!("{ACTIVATION}_raw.json"));
    std::fs::write(&raw_file, old_run.to_string()).unwrap();
    let old_contact = json!({
        "uuid": contact_uuid(0), "name": "Sentinel Name", "urns": ["tel:+252610000000"],
        "fields": {"nickname": "Sentinel Name"}, "modified_on": began,
    });
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

#[test]
fn sources_of_one_workspace_are_fetched_together() {
    let world = World::with_runs(20);
    let sources = [[ACTIVATION].as_slice(), [SURVEY].as_slice()];
    let sources = sources.map(|flows| source(world.emulator.url(), flows, &[]));
    world.traffic().plan("runs.json", 1, 1, Fault::RateLimit { retry_after_secs: Some(600) });
    assert_eq!(world.fetch_of(&[&sources[0], &sources[1]]).unwrap().n_runs, 40);
    let requests = world.traffic().requests();
    let n_requests = |part: &str| requests.iter().filter(|it| it.contains(part)).count();
    assert_eq!((n_requests("contacts.json?reverse=true"), n_requests("deleted=true")), (2, 1));
    // The wait that the server asked for was one wait for all.
    assert!(world.clock.now().as_secs() < 2 * 600, "{:?}", world.clock.now());
}
