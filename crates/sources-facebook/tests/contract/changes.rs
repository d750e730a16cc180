//! What a fetch makes of what was fetched before.

use sources_facebook::FacebookError;

use crate::world::{DATASET, FLOW, World, comment, source};

#[test]
fn fetching_again_without_news_changes_no_byte() {
    let world = World::new(130);
    world.fetch_all();
    let before = world.files();
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new, fetched.n_changed, fetched.n_gone), (0, 0, 0));
    assert_eq!(world.files(), before);
}

#[test]
fn new_edited_and_deleted_comments_are_noticed() {
    let world = World::new(10);
    world.fetch_all();
    {
        let post = &mut world.page.lock().posts[0];
        post.comments[3].message = "edited".to_owned();
        post.comments.remove(5);
        post.comments.push(comment("1000_1", 40));
        post.comments.push(comment("1000_1", 41));
    }
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new, fetched.n_changed, fetched.n_gone), (2, 1, 1));
    let messages: Vec<String> = world.raw().into_iter().map(|comment| comment.message).collect();
    assert_eq!(messages.len(), 21);
    assert!(messages.contains(&"edited".to_owned()));
    assert!(!messages.contains(&"answer 5 on 1000_1".to_owned()));
    assert!(!messages.contains(&"answer 3 on 1000_1".to_owned()));
}

#[test]
fn comments_under_a_post_that_is_no_longer_fetched_leave() {
    let mut world = World::new(5);
    world.fetch_all();
    world.source = source(&serde_json::json!([{"Name": DATASET, "PostIDs": ["1000_2"]}]));
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_comments, fetched.n_gone), (5, 5));
}

#[test]
fn a_token_that_may_see_no_comments_any_more_does_not_empty_the_flow() {
    let world = World::new(5);
    world.fetch_all();
    let before = world.files();
    world.page.lock().shows_comments = false;
    let error = world.fetch_fails();
    assert!(matches!(error, FacebookError::HiddenComments { n_before: 5, .. }), "{error}");
    assert!(error.hint().unwrap().contains("pages_read_user_content"));
    let after = world.files();
    for file in &before {
        assert!(after.contains(file), "{:?} changed", file.0);
    }
}

#[test]
fn a_post_whose_comments_were_all_deleted_is_empty() {
    let world = World::new(5);
    world.fetch_all();
    world.page.lock().posts[0].comments.clear();
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_comments, fetched.n_gone), (5, 5));
}

#[test]
fn a_raw_file_of_the_original_is_replaced() {
    let world = World::new(5);
    let raw = world.data_root().join(format!("Raw Data/{FLOW}_raw.json"));
    std::fs::create_dir_all(raw.parent().unwrap()).unwrap();
    let original = r#"[{"id": "1_7770007770000", "from": {"id": "615550000"}, "parent": {},
        "created_time": "2021-06-01T08:01:00+00:00", "message": "hi", "post": {"id": "1000_1"}}]"#;
    std::fs::write(&raw, original).unwrap();
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new, fetched.n_gone), (10, 0));
    assert!(!std::fs::read_to_string(&raw).unwrap().contains("615550000"));
}
