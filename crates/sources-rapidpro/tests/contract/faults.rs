//! Servers and networks fail; a fetch ends as if they had not, or leaves what was there.

use std::time::Duration;

use sources_rapidpro::RapidProError;

use crate::server::Fault;
use crate::world::{ACTIVATION, SURVEY, World, at, run, source};

#[test]
fn passing_faults_leave_no_trace() {
    let expected = contents(&world());
    for fault in [
        Fault::RateLimit { retry_after_secs: 3559 },
        Fault::RateLimit { retry_after_secs: 0 },
        Fault::Status(500),
        Fault::Status(503),
        Fault::CutBody,
        Fault::Html,
        Fault::RepeatNext,
    ] {
        let world = world();
        world.server.state().faults = (1..60).step_by(3).map(|n| (n, fault)).collect();
        assert_eq!(contents(&world), expected, "{fault:?}");
    }
}

#[test]
fn the_server_is_left_alone_for_as_long_as_it_asks() {
    let world = world();
    world.server.state().faults = [
        (5, Fault::RateLimit { retry_after_secs: 3559 }),
        (9, Fault::RateLimit { retry_after_secs: 19 }),
    ]
    .into();
    world.fetch_all();
    let waited = sources_rapidpro::Clock::now(&*world.clock);
    assert!(Duration::from_secs(3559) <= waited, "{waited:?}");
}

#[test]
fn a_server_that_asks_for_more_than_an_hour_is_given_up_for_now() {
    let world = world();
    world.server.state().faults = [(1, Fault::RateLimit { retry_after_secs: 90_000 })].into();
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::RateLimited { wait_secs: 90_000, .. }), "{error}");
}

#[test]
fn killed_at_any_page_and_resumed_it_ends_as_if_never_killed() {
    let expected = contents(&world());
    for dead_from in 1..40 {
        let world = world();
        world.server.state().dead_from = Some(dead_from);
        let first = world.fetch();
        let is_cut_off = first.map_or(true, |fetched| !fetched.failures.is_empty());
        world.server.heal();
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
    world.source = source(&world.server.address, &[ACTIVATION], &[]);
    world.server.state().dead_from = Some(8);
    world.fetch().unwrap_err();
    world.server.heal();
    world.fetch_all();
    let requests = world.server.state().requests.clone();
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
        world.server.heal();
        {
            let mut state = world.server.state();
            state.runs.push(run(ACTIVATION, 600 + dead_from, 0));
            state.dead_from = Some(dead_from);
        }
        let failed = world.fetch().map_or(true, |fetched| !fetched.failures.is_empty());
        assert!(failed, "dead from request {dead_from}");
        if dead_from < 4 {
            assert_eq!((read(ACTIVATION), read(SURVEY)), before, "dead from request {dead_from}");
        }
    }
    world.server.heal();
    assert_eq!(world.fetch_all().n_runs, 127);
}

#[test]
fn a_wrong_token_is_said_at_once_with_a_way_to_get_one() {
    let world = world();
    world.server.state().dead_from = Some(1);
    let error = world.fetch().unwrap_err();
    assert!(matches!(error, RapidProError::WrongToken { status: 403, .. }), "{error}");
    assert!(error.hint().unwrap().contains("API Tokens"));
    assert_eq!(world.server.state().requests.len(), 1);
}

#[test]
fn a_domain_without_rapidpro_is_said_to_be_one() {
    let mut world = world();
    world.source = source(&format!("{}/elsewhere", world.server.address), &[ACTIVATION], &[]);
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
    let world = world();
    world.fetch_all();
    let requests = world.server.state().requests.clone();
    let pages = requests.iter().filter(|request| request.contains("cursor="));
    assert!(pages.clone().count() > 5);
    for page in pages {
        assert!(page.contains("reverse=true"), "{page}");
    }
}

/// A small world with several pages of everything.
fn world() -> World {
    let world = World::with_runs(60);
    let mut state = world.server.state();
    state.page_size = 13;
    let mut deleted = crate::world::contact(90, &[]);
    deleted["modified_on"] = at(90).into();
    state.deleted_contacts.push(deleted);
    drop(state);
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
