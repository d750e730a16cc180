//! Servers and networks that fail, and fetches that are cut off.

use std::time::Duration;

use fetching::Clock as _;
use service_emulator::Fault;
use service_emulator::graph::GraphError;
use sources_facebook::{FacebookError, GraphErrorKind};

use crate::world::{World, at, comment};

#[test]
fn what_passes_is_asked_again() {
    for fault in [Fault::Status(502), Fault::CutBody, Fault::Html, Fault::RepeatNext] {
        let world = World::new(250);
        world.emulator.services.traffic.plan("/comments", 2, 1, fault);
        world.fetch_all();
        assert_eq!(world.objects().len(), 500, "{fault:?}");
    }
    let world = World::new(250);
    world.emulator.services.graph.fail("/comments", 2, 3, GraphError::TEMPORARY);
    world.fetch_all();
    assert_eq!(world.objects().len(), 500);
    assert_eq!(world.clock.now(), Duration::from_secs(1 + 2 + 4));
}

#[test]
fn a_server_that_was_asked_too_often_is_left_alone_as_long_as_it_says() {
    let world = World::new(10);
    world.emulator.services.graph.fail("/comments", 1, 2, GraphError::THROTTLED);
    world.fetch_all();
    assert_eq!(world.clock.now(), Duration::from_secs(2 * 120));

    let world = World::new(10);
    let throttled = GraphError { minutes_to_regain_access: None, ..GraphError::THROTTLED };
    world.emulator.services.graph.fail("/comments", 1, 3, throttled);
    world.fetch_all();
    assert_eq!(world.clock.now(), Duration::from_secs(60 + 120 + 240));

    let world = World::new(10);
    let throttled = GraphError { minutes_to_regain_access: Some(600), ..GraphError::THROTTLED };
    world.emulator.services.graph.fail("/comments", 1, 1, throttled);
    let error = world.fetch_fails();
    assert_eq!(error.kind(), Some(GraphErrorKind::Throttled));
    assert_eq!(world.clock.now(), Duration::ZERO, "ten hours are for the next run");
}

#[test]
fn smaller_pages_are_asked_for_when_the_server_says_so() {
    let world = World::new(250);
    world.emulator.services.graph.fail("limit=100", 1, 2, GraphError::TOO_MUCH_DATA);
    world.emulator.services.graph.fail("limit=50", 1, 2, GraphError::TOO_MUCH_DATA);
    world.fetch_all();
    assert_eq!(world.objects().len(), 500);
    assert!(0 < world.n_requests("limit=25"));
}

#[test]
fn errors_that_stay_are_not_asked_again_and_have_hints() {
    for (planned, kind, hint) in [
        (GraphError::MALFORMED_TOKEN, GraphErrorKind::WrongToken, "Graph API Explorer"),
        (GraphError::EXPIRED_TOKEN, GraphErrorKind::ExpiredToken, "me/accounts"),
        (GraphError::NO_PERMISSION, GraphErrorKind::NoPermission, "pages_read_user_content"),
        (GraphError::MISSING, GraphErrorKind::Missing, "PostIDs"),
        (GraphError::BAD_PARAMETER, GraphErrorKind::BadRequest, "GraphVersion"),
    ] {
        let world = World::new(10);
        world.emulator.services.graph.fail("1000_2/comments", 1, 1, planned);
        let error = world.fetch_fails();
        assert_eq!(error.kind(), Some(kind));
        assert!(error.to_string().contains("comments on post `1000_2`"), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        assert_eq!(world.n_requests("1000_2/comments"), 1);
        assert_eq!(world.clock.now(), Duration::ZERO);
    }
}

#[test]
fn a_post_that_is_not_there_fails_its_dataset_alone() {
    let mut world = World::new(10);
    world.source = crate::world::source(&serde_json::json!([
        {"Name": "facebook_e00", "PostIDs": ["1000_9"]},
        {"Name": "facebook_e01", "PostIDs": ["1000_1"]},
    ]));
    let fetched = world.fetch();
    assert_eq!(fetched.failures.len(), 1);
    let failure = fetched.failures[0].to_string();
    assert_eq!(failure, "could not fetch the comments of dataset `facebook_e00`");
    assert_eq!(world.objects().len(), 10);
}

#[test]
fn comments_without_ids_are_refused() {
    let world = World::new(3);
    world.page.lock().gives_comment_ids = false;
    let error = world.fetch_fails();
    assert!(matches!(error, FacebookError::NoCommentIds { .. }), "{error}");
    assert!(error.hint().unwrap().contains("MODERATE"));
}

#[test]
fn a_fetch_that_is_cut_off_anywhere_goes_on_there() {
    let undisturbed = World::new(60);
    undisturbed.page.lock().page_size = 10;
    undisturbed.fetch_all();
    let expected = known(&undisturbed);
    let n_pages = undisturbed.n_requests("/comments");
    for cut_off_at in 1..=14 {
        let world = World::new(60);
        world.page.lock().page_size = 10;
        world.emulator.services.graph.fail("", cut_off_at, usize::MAX, GraphError::MISSING);
        world.fetch_fails();
        let n_before = world.n_requests("/comments").saturating_sub(1);
        world.heal();
        world.fetch_all();
        assert_eq!(known(&world), expected, "cut off at request {cut_off_at}");
        let n_after = world.n_requests("/comments");
        assert!(n_before + n_after <= n_pages + 2, "{cut_off_at}: {n_before} and {n_after} pages");
        let n_left =
            world.files().iter().filter(|(path, _)| path.ends_with("00000001.json")).count();
        assert_eq!(n_left, 0);
    }
}

#[test]
fn what_was_saved_long_ago_is_fetched_anew() {
    let mut world = World::new(60);
    world.page.lock().page_size = 10;
    world.emulator.services.graph.fail("1000_2/comments", 3, usize::MAX, GraphError::MISSING);
    world.fetch_fails();
    world.heal();
    world.page.lock().posts[0].comments.remove(3);
    world.now = at(10_000 + 25 * 60);
    world.fetch_all();
    assert_eq!(world.objects().len(), 119);
}

#[test]
fn comments_that_come_meanwhile_are_there_after_a_break() {
    let world = World::new(60);
    world.page.lock().page_size = 10;
    world.emulator.services.graph.fail("1000_1/comments", 4, usize::MAX, GraphError::MISSING);
    world.fetch_fails();
    world.heal();
    world.page.lock().posts[0].comments.push(comment("1000_1", 100));
    world.fetch_all();
    assert_eq!(world.objects().len(), 121);
}

#[test]
fn a_failure_keeps_the_old_files() {
    let world = World::new(30);
    world.fetch_all();
    let before = world.files();
    world.page.lock().posts[1].comments.push(comment("1000_2", 100));
    world.emulator.services.traffic.plan("1000_2/comments", 1, usize::MAX, Fault::Status(503));
    let error = world.fetch_fails();
    assert_eq!(error.kind(), Some(GraphErrorKind::Temporary));
    let after = world.files();
    assert!(before.iter().all(|file| after.contains(file)));
}

#[test]
fn a_list_that_leads_in_a_circle_ends() {
    let world = World::new(250);
    world.emulator.services.traffic.plan("/comments", 1, usize::MAX, Fault::RepeatNext);
    let error = world.fetch_fails();
    assert!(matches!(error, FacebookError::RepeatedPage { .. }), "{error}");
}

/// The comments with their texts: ids of people are random.
fn known(world: &World) -> Vec<String> {
    let raw = world.raw().into_iter();
    raw.map(|comment| format!("{:?} {} {:?}", comment.id, comment.message, comment.created_time))
        .collect()
}
