//! Runs that are only in archives.

use std::io::Write as _;

use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use sources_rapidpro::{ArchiveProblem, RapidProError};
use traced_data::Key;

use crate::world::{ACTIVATION, SURVEY, World, at, run};

#[test]
fn archived_runs_come_first_and_once() {
    let world = World::with_runs(3);
    add_archive(&world, "2021-06-01", "daily", &[archived(0), archived(90)]);
    let fetched = world.fetch_all();
    assert_eq!(fetched.n_runs, 7);
    let texts: Vec<String> = world
        .objects(ACTIVATION)
        .iter()
        .map(|run| run.get(Key::new(&format!("Q (Text) - {ACTIVATION}"))).unwrap().to_cell().into())
        .collect();
    // What was typed is known of those that were archived.
    assert_eq!(texts, ["typed 0", "answer 1", "answer 2", "typed 90"]);
}

#[test]
fn an_archive_is_downloaded_once() {
    let world = World::with_runs(3);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    world.fetch_all();
    let files = world.files();
    world.server.heal();
    world.fetch_all();
    let requests = world.server.state().requests.clone();
    assert!(!requests.iter().any(|request| request.contains("/archive-")), "{requests:?}");
    assert_eq!(world.files(), files);
}

#[test]
fn archives_that_are_newer_than_the_raw_file_are_filled_in() {
    let world = World::with_runs(3);
    world.fetch_all();
    // Nobody fetched for months: the run came and was archived meanwhile.
    let mut april = archived(4);
    april["modified_on"] = "2021-04-03T00:00:00.5+00:00".into();
    add_archive(&world, "2021-04-01", "monthly", &[april]);
    let mut july = archived(5);
    july["modified_on"] = "2021-07-03T00:00:00.5+00:00".into();
    add_archive(&world, "2021-07-01", "monthly", &[july]);
    world.server.heal();
    assert_eq!(world.fetch_all().n_runs, 7);
    let requests = world.server.state().requests.clone();
    let n_downloads = requests.iter().filter(|request| request.contains("/archive-")).count();
    assert_eq!(n_downloads, 1, "{requests:?}");
}

#[test]
fn empty_archives_are_left_out() {
    let world = World::with_runs(1);
    for nothing in [Value::Null, "".into()] {
        world.server.state().archives.push(json!({
            "type": "run", "archive_type": "run", "start_date": "2021-04-01", "period": "daily",
            "record_count": 0, "size": 0, "hash": nothing, "download_url": nothing,
        }));
    }
    assert_eq!(world.fetch_all().n_runs, 2);
}

#[test]
fn an_archive_that_is_damaged_stops_the_flows_that_need_it() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    let path = world.server.state().files.keys().next().unwrap().clone();
    let whole = world.server.state().files[&path].clone();
    world.server.state().files.insert(path.clone(), whole[..20].to_vec());
    let fetched = world.fetch().unwrap();
    assert_eq!(fetched.failures.len(), 2);
    let RapidProError::Archive { problem, .. } = &fetched.failures[0].source else {
        panic!("{:?}", fetched.failures)
    };
    assert_eq!(*problem, ArchiveProblem::WrongHash);
    assert!(!world.raw_data(&format!("{SURVEY}.jsonl")).exists());
    world.server.state().files.insert(path, whole);
    assert_eq!(world.fetch_all().n_runs, 2);
}

#[test]
fn an_archive_with_missing_runs_is_refused() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    world.server.state().archives[0]["record_count"] = 2.into();
    let fetched = world.fetch().unwrap();
    assert_eq!(
        fetched.failures[0].source.to_string(),
        "the daily archive of runs of 2021-06-01 has 1 runs, expected 2"
    );
}

#[test]
fn a_link_that_expired_is_renewed() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    // The first download is refused; the link of the second list works.
    world.server.state().faults = [(4, crate::server::Fault::Status(403))].into();
    assert_eq!(world.fetch_all().n_runs, 2);
    let requests = world.server.state().requests.clone();
    let n_lists = requests.iter().filter(|request| request.contains("archives.json")).count();
    assert_eq!(n_lists, 2, "{requests:?}");
}

/// Run `n` as archives have it.
fn archived(n: usize) -> Value {
    let mut run = run(ACTIVATION, n, 0);
    run["values"]["q"]["input"] = format!("typed {n}").into();
    run["contact"]["name"] = "Sentinel Name".into();
    run["modified_on"] = at(n).replace('Z', "+00:00").into();
    run
}

pub fn add_archive(world: &World, start_date: &str, period: &str, runs: &[Value]) {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
    for run in runs {
        writeln!(packed, "{run}").unwrap();
    }
    let packed = packed.finish().unwrap();
    let hash: String = Md5::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/archive-{start_date}-{period}");
    let mut state = world.server.state();
    state.archives.push(json!({
        "type": "run", "archive_type": "run", "start_date": start_date, "period": period,
        "record_count": runs.len(), "size": packed.len(), "hash": hash,
        "download_url": format!("{}{path}?Signature=s3cr3t", world.server.address),
    }));
    state.files.insert(path, packed);
}
