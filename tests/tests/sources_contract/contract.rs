//! What holds for every source.

use std::collections::BTreeSet;
use std::path::PathBuf;

use pipeline_tests::text;
use serde_json::json;
use service_emulator::{Fault, Recorded};

use crate::sentinels;
use crate::source::Source;
use crate::world::{NOW, World, expected_texts};

/// A fetch has several pages of everything.
const N_MESSAGES: usize = 25;

pub fn a_second_fetch_changes_nothing_and_asks_little(source: &'static dyn Source) {
    let world = World::new(source, N_MESSAGES);
    world.fetch();
    assert_eq!(world.texts(), expected_texts(N_MESSAGES));
    let files = world.files();
    let written_at = world.written_at();
    world.services().traffic.heal();
    world.fetch();
    if !source.asks_a_server() {
        assert_eq!(world.written_at(), written_at, "files of buckets are taken when they changed");
    }
    let n_requests = world.services().traffic.requests().len();
    assert!(n_requests <= source.most_requests_without_news(), "{n_requests} requests");
    let names = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(names(&world.files()), names(&files));
    // Histories say when they were fetched.
    assert_eq!(world.texts(), expected_texts(N_MESSAGES));
    let contents = world.contents();
    world.fetch();
    assert_eq!(world.contents(), contents);
}

pub fn what_came_late_or_at_the_same_time_is_not_missed(source: &'static dyn Source) {
    let world = World::new(source, N_MESSAGES);
    world.fetch();
    // At the very time of the newest that is there.
    world.add_message(N_MESSAGES, NOW);
    // Before it: servers can show rows late.
    world.add_message(N_MESSAGES + 1, NOW - 10);
    world.add_message(N_MESSAGES + 2, NOW + 1);
    world.fetch();
    assert_eq!(world.texts(), expected_texts(N_MESSAGES + 3));
}

pub fn killed_at_any_page_and_resumed_it_ends_as_if_never_killed(source: &'static dyn Source) {
    let untouched = World::new(source, N_MESSAGES);
    untouched.fetch();
    let expected = untouched.contents();
    // Each time anew, and one that is killed again and again.
    let stubborn = World::new(source, N_MESSAGES);
    for n_steps in 1..=untouched.n_steps() {
        let world = World::new(source, N_MESSAGES);
        let is_killed = world.fetch_until_killed(n_steps);
        assert!(is_killed || !source.asks_a_server(), "it ended before request {n_steps}");
        stubborn.fetch_until_killed(n_steps);
        for world in [&world, &stubborn] {
            assert_whole(world);
        }
        world.fetch();
        assert_eq!(world.contents(), expected, "killed at step {n_steps}");
    }
    stubborn.fetch();
    assert_eq!(stubborn.contents(), expected);
}

/// Files are whole, or called as those that are still being written.
fn assert_whole(world: &World) {
    if !world.data_root().join("Raw Data").is_dir() {
        return;
    }
    for (path, bytes) in world.files() {
        let name = path.display().to_string();
        let mut lines = text(&bytes);
        if name.ends_with(".jsonl") {
            lines = format!("[{}]", lines.trim_end().replace('\n', ","));
        }
        let is_whole = serde_json::from_str::<serde_json::Value>(&lines).is_ok();
        assert!(is_whole || name.ends_with("pcve-tmp") || name.ends_with(".csv"), "{name}");
    }
}

pub fn passing_faults_leave_no_trace(source: &'static dyn Source) {
    if !source.asks_a_server() {
        return;
    }
    let untouched = World::new(source, N_MESSAGES);
    untouched.fetch();
    let world = World::new(source, N_MESSAGES);
    let traffic = &world.services().traffic;
    let faults = [
        Fault::Status(503),
        Fault::CutBody,
        Fault::Html,
        Fault::RateLimit { retry_after_secs: Some(0) },
        Fault::RepeatNext,
    ];
    for (n, fault) in (1..).step_by(3).zip(faults) {
        traffic.plan_nth(n, fault);
    }
    world.fetch();
    assert_eq!(world.contents(), untouched.contents());
}

pub fn a_failure_keeps_the_old_files(source: &'static dyn Source) {
    let world = World::new(source, N_MESSAGES);
    world.fetch();
    let raw_data = |world: &World| -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = world.files();
        files.retain(|(path, _)| path.extension().is_some_and(|it| it == "jsonl" || it == "csv"));
        files
    };
    let before = raw_data(&world);
    for (n, nth) in (N_MESSAGES..).zip([1, 2, 3, 4]) {
        world.add_message(n, NOW + n);
        source.break_in_way(&world, nth);
        let output = world.try_fetch(&["--quiet"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("error:"), "{}", text(&output.stderr));
        assert_eq!(raw_data(&world), before, "broken in way {nth}");
        source.mend(&world);
    }
    world.fetch();
    assert_eq!(world.texts(), expected_texts(N_MESSAGES + 4));
}

pub fn nobody_is_named_in_any_file_log_or_error(source: &'static dyn Source) {
    let world = World::new(source, N_MESSAGES);
    let succeeds = source.plant_sentinels(&world);
    let secrets = world.secrets();
    let search = |options: &[&str]| {
        let output = world.try_fetch(options);
        sentinels::search_output(&output, &secrets);
        sentinels::search_files(&world.data_root(), &secrets);
        output
    };
    let fetched = search(&["--verbose"]);
    assert_eq!(fetched.status.success(), succeeds, "{}", text(&fetched.stderr));
    assert!(world.texts().contains(&"message 0".to_owned()));
    if !source.asks_a_server() {
        return;
    }
    assert!(!secrets.is_empty());
    let mut n_failures = 0;
    for odd in odd_answers() {
        for nth in 1..=4 {
            std::fs::remove_dir_all(world.data_root()).unwrap();
            std::fs::create_dir(world.data_root()).unwrap();
            world.services().traffic.heal();
            world.services().traffic.replay_nth(nth, odd.clone());
            n_failures +=
                usize::from(!search(&["--verbose", "--log-format", "json"]).status.success());
        }
    }
    assert!(4 <= n_failures, "{n_failures}");
}

/// Answers that say who somebody is, in places where nobody expects it.
fn odd_answers() -> Vec<Recorded> {
    let said = format!("{} {} {}", sentinels::NAME, sentinels::PHONE, sentinels::PERSON_ID);
    let answer = |status: u16, body: String| Recorded {
        times: Some(1),
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
        ..Recorded::default()
    };
    let rows = json!([{"uuid": said, "id": said, "modified_on": said, "message": {"text": said}}]);
    vec![
        answer(400, json!({"detail": said, "error": {"message": said, "code": 100}}).to_string()),
        answer(404, format!("<html>{said}</html>")),
        answer(200, json!({"next": said, "results": rows, "data": rows, "name": said}).to_string()),
    ]
}

pub fn two_fetches_at_once_give_a_person_one_id(source: &'static dyn Source) {
    let world = World::new(source, N_MESSAGES * 4);
    let data_roots = ["data", "other"].map(|name| world.directory.path().join(name));
    let fetches = data_roots.each_ref().map(|data_root| {
        std::fs::create_dir_all(data_root).unwrap();
        world.command(&["--quiet"], data_root).spawn().unwrap()
    });
    for fetch in fetches {
        let output = fetch.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let [one, other] = data_roots.each_ref().map(|data_root| world.senders(data_root));
    assert_eq!(one.len(), N_MESSAGES * 4);
    assert_eq!(one, other);
    let ids: BTreeSet<&String> = one.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), N_MESSAGES * 4);
}
