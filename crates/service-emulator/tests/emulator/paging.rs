//! Lists: pages, filters, and what happens to rows that change meanwhile.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{get, send};
use crate::world::{FLOW, World, at, contact_uuid};

#[test]
fn oldest_first_nothing_is_lost_when_a_run_changes_and_newest_first_it_is() {
    for (parameters, expected) in [("&reverse=true", 800), ("", 799)] {
        let world = World::with_runs(800);
        world.workspace.lock().n_touches = 1;
        let rows = world.all(&format!("runs.json?flow={FLOW}{parameters}"));
        let uuids: BTreeSet<&str> = rows.iter().map(|row| row["uuid"].as_str().unwrap()).collect();
        assert_eq!(uuids.len(), expected, "{parameters}");
    }
}

#[test]
fn runs_that_share_a_time_are_all_there() {
    let world = World::with_runs(600);
    world.workspace.lock().set_modified_on("show_s01e01_activation", at(700));
    assert_eq!(world.all(&format!("runs.json?flow={FLOW}")).len(), 600);
    let page = world.get(&format!("runs.json?flow={FLOW}")).json();
    assert!(page["next"].as_str().unwrap().contains("cursor=bz0yNTA%3D&flow="), "{}", page["next"]);
}

#[test]
fn both_ends_of_a_time_range_are_included() {
    let world = World::with_runs(10);
    let n_rows = |query: &str| world.get(&format!("runs.json?flow={FLOW}&{query}")).results().len();
    assert_eq!(n_rows("after=2021-06-01T08:00:00.123456Z"), 2);
    assert_eq!(n_rows("before=2021-06-01T08:00:00.123456Z"), 9);
    assert_eq!(n_rows("after=2021-06-01T11:00:00.123456%2B03:00"), 2);
    assert_eq!(n_rows("after=2021-06-01"), 10);
    assert_eq!(n_rows("after=2021-06-01T08:00:00"), 2);
    // A plus is a space, and what is no time fits nothing.
    assert_eq!(n_rows("after=2021-06-01T00:00:00.123456+03:00"), 0);
    assert_eq!(n_rows("after=notadate"), 0);
}

#[test]
fn runs_are_filtered_by_what_is_asked() {
    let world = World::with_runs(10);
    let rows = |query: &str| world.get(&format!("runs.json?{query}")).results();
    assert_eq!(rows("uuid=d0000000-0000-4000-8000-000000000003")[0]["id"], 4);
    assert_eq!(rows("id=4").len(), 1);
    assert_eq!(rows(&format!("contact={}", contact_uuid(3))).len(), 1);
    assert_eq!(rows("flow=f0000000-0000-4000-8000-000000000002").len(), 0);
    assert_eq!(rows("responded=true").len(), 10);
    assert_eq!(rows("paths=false")[0]["path"], Value::Null);
    assert_eq!(rows("page_size=3&limit=3").len(), 10);
}

#[test]
fn requests_that_make_no_sense_are_refused_as_by_the_real_server() {
    let world = World::with_runs(1);
    let check = |path: &str, status: u16, body: &str| {
        let answer = world.get(path);
        assert_eq!((answer.status, answer.text()), (status, body.to_owned()), "{path}");
    };
    check("runs.json?flow=nope", 400, r#"{"detail":"Param 'flow': nope is not a valid UUID."}"#);
    let both = format!("runs.json?flow={FLOW}&contact={}", contact_uuid(0));
    let refusal = r#"{"detail":"You may only specify one of the contact, flow parameters"}"#;
    check(&both, 400, refusal);
    check("runs.json?cursor=zzzz", 404, r#"{"detail":"Invalid cursor"}"#);
    let posted = send(
        "POST",
        &world.url("runs.json"),
        &format!("Authorization: token {}\r\n", crate::world::TOKEN),
        "",
    );
    assert_eq!(
        (posted.status, posted.text()),
        (405, r#"{"detail":"Method \"POST\" not allowed."}"#.to_owned())
    );
}

#[test]
fn tokens_are_refused_as_by_the_real_server() {
    let world = World::with_runs(1);
    let check = |header: &str, detail: &str| {
        let answer = send("GET", &world.url("runs.json"), header, "");
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (403, Some(detail)));
        assert_eq!(answer.header("x-temba-workspace"), None);
    };
    check("", "Authentication credentials were not provided.");
    check("Authorization: Bearer abc\r\n", "Authentication credentials were not provided.");
    check("Authorization: Token\r\n", "Invalid token header. No credentials provided.");
    check("Authorization: Token abc\r\n", "Invalid token");
}

#[test]
fn who_asks_too_often_is_told_to_wait_and_kinds_are_counted_apart() {
    let world = World::with_runs(1);
    world.workspace.lock().hourly_limit = 2;
    assert_eq!(world.get("flows.json").status, 200);
    assert_eq!(world.get("workspace.json").status, 200);
    let answer = world.get("archives.json");
    assert_eq!(answer.status, 429);
    let secs: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&secs), "{secs}");
    let text = format!("Request was throttled. Expected available in {secs} seconds.");
    assert_eq!(answer.json()["detail"], text.as_str());
    assert_eq!(world.get("runs.json").status, 200);
}

#[test]
fn deleted_contacts_are_a_list_of_their_own_and_their_runs_stay() {
    let world = World::with_runs(3);
    world.workspace.lock().delete_contact(&contact_uuid(1), at(9));
    assert_eq!(world.get("contacts.json").results().len(), 2);
    let deleted = world.get("contacts.json?deleted=true").results();
    assert_eq!(deleted.len(), 1);
    assert_eq!((&deleted[0]["name"], &deleted[0]["urns"]), (&Value::Null, &serde_json::json!([])));
    let run = &world.get("runs.json?reverse=true").results()[1];
    assert_eq!(run["contact"]["uuid"], contact_uuid(1).as_str());
    assert_eq!(run["contact"]["urn"], Value::Null);
}

#[test]
fn an_anonymous_workspace_hides_urns() {
    let world = World::with_runs(2);
    world.workspace.lock().is_anonymous = true;
    let contact = &world.get("contacts.json").results()[0];
    assert_eq!(contact["urns"], serde_json::json!(["tel:********"]));
    assert_eq!(world.get("contacts.json?urn=tel%3A%2B252610000000").status, 400);
    assert!(!world.get("runs.json").text().contains("25261"));
}

#[test]
fn later_messages_come_when_the_time_does() {
    let world = World::with_runs(10);
    let timeline = &world.emulator.services.timeline;
    timeline.show_until(at(4));
    assert_eq!(world.get("runs.json").results().len(), 5);
    assert_eq!(world.get("contacts.json").results().len(), 5);
    timeline.show_all();
    assert_eq!(world.get("runs.json").results().len(), 10);
}

#[test]
fn archives_have_what_the_list_no_longer_has() {
    let world = World::with_runs(24 * 35);
    world.workspace.lock().archive_before("2021-07-03".parse().unwrap());
    assert_eq!(world.all("runs.json").len(), 24 * 3);
    let list = world.get("archives.json?type=run&limit=1").json();
    assert_eq!(list["count"], 3);
    let periods: Vec<(String, u64)> = world
        .all("archives.json?limit=2")
        .iter()
        .map(|it| (it["start_date"].to_string(), it["record_count"].as_u64().unwrap()))
        .collect();
    let expected = [("\"2021-07-02\"", 24), ("\"2021-07-01\"", 24), ("\"2021-06-01\"", 24 * 30)];
    assert_eq!(periods, expected.map(|(day, n)| (day.to_owned(), n)));
    let link = list["results"][0]["download_url"].as_str().unwrap().to_owned();
    let file = get(&link, None);
    assert_eq!((file.status, file.header("content-type")), (200, Some("application/octet")));
    assert_eq!(file.body.len() as u64, list["results"][0]["size"].as_u64().unwrap());
    assert_eq!(get(&link, Some(crate::world::TOKEN)).status, 400);
    assert_eq!(get(&link.replace("Expires=", "Expires=1"), None).status, 403);
    world.workspace.lock().expire_links();
    let expired = get(&link, None);
    assert_eq!(expired.status, 403);
    assert!(expired.text().contains("Request has expired"), "{}", expired.text());
}
