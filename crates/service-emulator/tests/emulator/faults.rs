//! What goes wrong on request, from this process and from another.

use serde_json::json;
use service_emulator::Fault;

use crate::client::{get, post, send};
use crate::world::{TOKEN, World};

#[test]
fn a_fault_hits_the_request_that_it_was_planned_for() {
    let world = World::with_runs(1);
    let traffic = &world.emulator.services.traffic;
    traffic.plan_nth(2, Fault::Status(503));
    traffic.plan("runs.json", 1, 2, Fault::Html);
    let statuses: Vec<u16> = (0..3).map(|_| world.get("flows.json").status).collect();
    assert_eq!(statuses, [200, 503, 200]);
    let is_html = || world.get("runs.json").text().starts_with("<!doctype html>");
    assert_eq!([is_html(), is_html(), is_html()], [true, true, false]);
    traffic.plan_from(1, Fault::Status(403));
    assert_eq!(world.get("flows.json").status, 403);
    assert_eq!(world.get("flows.json").status, 403);
    traffic.heal();
    assert_eq!(world.get("flows.json").status, 200);
    assert_eq!(traffic.requests(), ["/api/v2/flows.json"]);
}

#[test]
fn a_cut_body_is_shorter_than_it_was_said_to_be() {
    let world = World::with_runs(5);
    let whole = world.get("runs.json").body.len();
    world.emulator.services.traffic.plan_nth(1, Fault::CutBody);
    let cut = world.get("runs.json");
    assert_eq!(cut.header("content-length"), Some(&*whole.to_string()));
    assert!(cut.body.len() < whole, "{} of {whole} bytes", cut.body.len());
}

#[test]
fn a_repeated_page_links_to_itself() {
    let world = World::with_runs(300);
    world.emulator.services.traffic.plan_nth(1, Fault::RepeatNext);
    let next = world.get("runs.json?reverse=true").json()["next"].clone();
    assert_eq!(next, world.url("runs.json?reverse=true").as_str());
}

#[test]
fn all_can_be_steered_from_another_process() {
    let world = World::with_runs(10);
    let control = |path: &str| format!("{}/control/{path}", world.emulator.url());
    let planned = json!({"fault": {"rate_limit": {"retry_after_secs": 19}}, "part": "runs.json"});
    assert_eq!(post(&control("faults"), &planned).status, 200);
    let throttled = world.get("runs.json");
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("19")));
    let state = post(&control("time"), &json!({"until": "2021-06-01T04:30:00Z"})).json();
    assert_eq!(state["rapidpro"][0]["n_runs_shown"], 5);
    let state = post(&control("rapidpro"), &json!({"archive_before": "2021-06-02"})).json();
    assert_eq!(state["rapidpro"][0]["n_archives"], 1);
    assert_eq!(get(&control("requests"), None).json(), json!(["/api/v2/runs.json"]));
    assert_eq!(send("DELETE", &control("faults"), "", "").status, 200);
    assert_eq!(get(&control("requests"), None).json(), json!([]));
    let misspelled = post(&control("rapidpro"), &json!({"archive_befor": "2021-06-02"}));
    assert_eq!(misspelled.status, 422);
    assert!(misspelled.text().contains("unknown field `archive_befor`"), "{}", misspelled.text());
    assert_eq!(get(&world.url("flows.json"), Some(TOKEN)).status, 200);
}
