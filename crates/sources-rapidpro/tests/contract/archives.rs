//! Runs that are only in archives.

use chrono::NaiveDate;
use service_emulator::Fault;
use service_emulator::rapidpro::{Archive, Run};
use sources_rapidpro::{ArchiveProblem, RapidProError};
use traced_data::Key;

use crate::world::{ACTIVATION, SURVEY, World, run};

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
    world.traffic().heal();
    world.fetch_all();
    let requests = world.traffic().requests();
    assert!(!requests.iter().any(|request| request.contains("/archives/")), "{requests:?}");
    assert_eq!(world.files(), files);
}

#[test]
fn archives_that_are_newer_than_the_raw_file_are_filled_in() {
    let world = World::with_runs(3);
    world.fetch_all();
    // Nobody fetched for months: the run came and was archived meanwhile.
    let mut april = archived(4);
    april.modified_on = "2021-04-03T00:00:00.5Z".parse().unwrap();
    add_archive(&world, "2021-04-01", "monthly", &[april]);
    let mut july = archived(5);
    july.modified_on = "2021-07-03T00:00:00.5Z".parse().unwrap();
    add_archive(&world, "2021-07-01", "monthly", &[july]);
    world.traffic().heal();
    assert_eq!(world.fetch_all().n_runs, 7);
    let requests = world.traffic().requests();
    let n_downloads = requests.iter().filter(|request| request.contains("/archives/")).count();
    assert_eq!(n_downloads, 1, "{requests:?}");
}

#[test]
fn empty_archives_are_left_out() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-04-01", "daily", &[]);
    assert_eq!(world.fetch_all().n_runs, 2);
}

#[test]
fn an_archive_that_is_damaged_stops_the_flows_that_need_it() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    let whole = world.workspace.lock().archives[0].packed.clone();
    world.workspace.lock().archives[0].packed.truncate(20);
    let fetched = world.fetch().unwrap();
    assert_eq!(fetched.failures.len(), 2);
    let RapidProError::Archive { problem, .. } = &fetched.failures[0].source else {
        panic!("{:?}", fetched.failures)
    };
    assert_eq!(*problem, ArchiveProblem::WrongHash);
    assert!(!world.raw_data(&format!("{SURVEY}.jsonl")).exists());
    world.workspace.lock().archives[0].packed = whole;
    assert_eq!(world.fetch_all().n_runs, 2);
}

#[test]
fn an_archive_with_missing_runs_is_refused() {
    let world = World::with_runs(1);
    add_archive(&world, "2021-06-01", "daily", &[archived(0)]);
    world.workspace.lock().archives[0].record_count = 2;
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
    world.traffic().plan("/archives/", 1, 1, Fault::Status(403));
    assert_eq!(world.fetch_all().n_runs, 2);
    let requests = world.traffic().requests();
    let n_lists = requests.iter().filter(|request| request.contains("archives.json")).count();
    assert_eq!(n_lists, 2, "{requests:?}");
}

/// Run `n`, with what was typed.
pub fn archived(n: usize) -> Run {
    let mut run = run(ACTIVATION, n, 0);
    run.values[0].1.input = Some(format!("typed {n}"));
    run
}

pub fn add_archive(world: &World, start_date: &str, period: &'static str, runs: &[Run]) {
    let mut workspace = world.workspace.lock();
    let start_date: NaiveDate = start_date.parse().unwrap();
    let lines: Vec<_> = runs.iter().map(|run| workspace.archive_line(run)).collect();
    workspace.archives.push(Archive::new(period, start_date, &lines));
}
