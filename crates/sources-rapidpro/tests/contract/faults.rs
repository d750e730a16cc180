//! Servers and networks fail; a fetch ends as if they had not, or leaves what was there.

use std::time::Duration;

use service_emulator::{Fault, Recorded};
use sources_rapidpro::RapidProError;

use crate::world::{ACTIVATION, SURVEY, World, at, run, source};

#[test]
fn passing_faults_leave_no_trace() {
    let expected = contents(&world());
    for fault in [
        Fault::RateLimit { retry_after_secs: Some(3559) },
        Fault::RateLimit { retry_after_secs: Some(0) },
        Fault::RateLimit { retry_after_secs: None },
        Fault::Status(500),
        Fault::Status(503),
        Fault::CutBody,
        Fault::Html,
        Fault::RepeatNext,
    ] {
        let world = world();
        (1..60).step_by(3).for_each(|n| world.traffic().plan_nth(n, fault));
        assert_eq!(contents(&world), expected, "{fault:?}");
    }
}

#[test]
fn the_server_is_left_alone_for_as_long_as_it_asks() {
    let world = world();
    world.traffic().plan_nth(5, Fault::RateLimit { retry_after_secs: Some(3559) });
    world.traffic().plan_nth(9, Fault::RateLimit { retry_after_secs: Some(19) });
    world.fetch_all();
    let waited = sources_rapidpro::Clock::now(&*world.clock);
    assert!(Duration::from_secs(3559) <= waited, "{waited:?}");
}

#[test]
fn a_server_that_asks_for_more_than_an_hour_is_given_up_for_now() {
    let world = world();
    world.traffic().plan_nth(1, Fault::RateLimit { retry_after_secs: Some(90_000) });
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::RateLimited { wait_secs: 90_000, .. }), "{error}");
}

#[test]
fn killed_at_any_page_and_resumed_it_ends_as_if_never_killed() {
    let expected = contents(&world());
    for dead_from in 1..40 {
        let world = world();
        world.traffic().plan_from(dead_from, Fault::Status(403));
        let first = world.fetch();
        let is_cut_off = first.map_or(true, |fetched| !fetched.failures.is_empty());
        world.traffic().heal();
        assert_eq!(contents(&world), expected, "dead from request {dead_from}");
        if !is_cut_off {
            assert!(15 < dead_from, "the fetch ended after {dead_from} requests");
            return;
        }
    }
    panic!("the fetch never ended");
}

#[test]
fn what_was_fetched_before_a_kill_is_not_asked_for_again() {
    let mut world = world();
    world.source = source(world.emulator.url(), &[ACTIVATION], &[]);
    world.traffic().plan_from(8, Fault::Status(403));
    world.fetch().unwrap_err();
    world.traffic().heal();
    world.fetch_all();
    let requests = world.traffic().requests();
    let first = requests.iter().find(|request| request.contains("runs.json")).unwrap();
    assert!(first.contains("after="), "{first}");
}

#[test]
fn a_failure_keeps_the_old_files() {
    let world = world();
    world.fetch_all();
    let read = |flow: &str| {
        let path = world.raw_data(&format!("{flow}.jsonl"));
        let raw = world.raw_data(&format!("{flow}_raw.json"));
        (std::fs::read(path).unwrap(), std::fs::read(raw).unwrap())
    };
    let before = (read(ACTIVATION), read(SURVEY));
    for dead_from in 1..8 {
        world.traffic().heal();
        world.workspace.lock().runs.push(run(ACTIVATION, 600 + dead_from, 0));
        world.traffic().plan_from(dead_from, Fault::Status(403));
        let failed = world.fetch().map_or(true, |fetched| !fetched.failures.is_empty());
        assert!(failed, "dead from request {dead_from}");
        if dead_from < 4 {
            assert_eq!((read(ACTIVATION), read(SURVEY)), before, "dead from request {dead_from}");
        }
    }
    world.traffic().heal();
    assert_eq!(world.fetch_all().n_runs, 127);
}

#[test]
fn a_wrong_token_is_said_at_once_with_a_way_to_get_one() {
    let world = world();
    world.traffic().plan_from(1, Fault::Status(403));
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::WrongToken { status: 403, .. }), "{error}");
    assert!(error.hint().unwrap().contains("API Tokens"));
    assert_eq!(world.traffic().requests().len(), 1);
}

#[test]
fn a_domain_without_rapidpro_is_said_to_be_one() {
    let mut world = world();
    world.source = source(&format!("{}/elsewhere", world.emulator.url()), &[ACTIVATION], &[]);
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::NotRapidPro { status: 404, .. }), "{error}");
}

#[test]
fn nobody_at_the_domain_is_said_too() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut world = world();
    world.source = source(&address, &[ACTIVATION], &[]);
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::NoAnswer { .. }), "{error}");
}

#[test]
fn the_link_to_the_next_page_cannot_lead_the_token_elsewhere() {
    let mut world = world();
    world.source = source(world.emulator.url(), &[ACTIVATION], &[]);
    // The second page, on a host that the token is not for.
    let elsewhere = "http://127.0.0.1:1/api/v2/runs.json?cursor=bz0xMw%3D%3D";
    let body = format!(r#"{{"next": "{elsewhere}", "results": []}}"#);
    let (status, times) = (200, Some(1));
    world.traffic().replay_nth(4, Recorded { status, times, body, ..Recorded::default() });
    world.fetch_all();
    let requests = world.traffic().requests();
    let page = requests.iter().find(|request| request.contains("cursor=bz0xMw%3D%3D")).unwrap();
    assert!(page.contains("reverse=true") && page.contains("flow="), "{page}");
}

/// A small world with several pages of everything.
fn world() -> World {
    let world = World::with_runs(60);
    let mut workspace = world.workspace.lock();
    workspace.page_size = 13;
    workspace.contacts.push(crate::world::contact(90, &[]));
    workspace.delete_contact(&crate::world::contact_uuid(90), at(91));
    drop(workspace);
    world
}

/// What a fetch leaves, but for the random ids of people: those are told apart by number.
fn contents(world: &World) -> Vec<(String, String)> {
    world.fetch_all();
    let mut names: Vec<String> = Vec::new();
    let files = world.files().into_iter().map(|(path, bytes)| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = String::from_utf8(bytes).unwrap();
        let mut normalised = String::new();
        let mut rest = text.as_str();
        const PREFIX: &str = "demo-phone-uuid-";
        while let Some(at) = rest.find(PREFIX) {
            let end = at + PREFIX.len() + 36;
            let id = rest[at..end].to_owned();
            let number = names.iter().position(|name| *name == id).unwrap_or_else(|| {
                names.push(id);
                names.len() - 1
            });
            normalised.push_str(&rest[..at]);
            normalised.push_str(&format!("person {number}"));
            rest = &rest[end..];
        }
        normalised.push_str(rest);
        (name, without_sha(&normalised))
    });
    files.collect()
}

/// SHAs depend on random ids.
fn without_sha(text: &str) -> String {
    let mut parts = text.split("\"SHA\": \"");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| kept.push_str(&part[64..]));
    kept
}
