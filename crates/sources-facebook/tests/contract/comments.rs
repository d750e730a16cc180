//! Which comments are fetched, and what becomes of them.

use std::collections::BTreeSet;

use serde_json::json;
use service_emulator::graph::Attachment;
use sources_facebook::HashedId;
use traced_data::{TracedData, Value};

use crate::world::{DATASET, PAGE, POSTS, World, at, post, source};

#[test]
fn every_comment_and_reply_is_there_once_oldest_first() {
    let world = World::new(250);
    world.page.lock().posts[0].comments[7].parent = Some("1_7770007770003".to_owned());
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new, fetched.n_comments, fetched.n_gone), (500, 500, 0));
    let objects = world.objects();
    assert_eq!(objects.len(), 500);
    let ids: BTreeSet<String> = objects.iter().map(|object| text(object, "id")).collect();
    assert_eq!(ids.len(), 500);
    let times: Vec<String> = objects.iter().map(|object| text(object, "created_time")).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times[0], "2021-06-01T08:01:00+00:00");
    let replies: Vec<&TracedData> =
        objects.iter().filter(|object| text(object, "parent") != "{}").collect();
    assert_eq!(replies.len(), 1);
    let parent = format!(r#"{{"id": "{}"}}"#, HashedId::of("1_7770007770003").shared());
    assert_eq!(text(replies[0], "parent"), parent);
}

#[test]
fn a_person_has_one_id_whatever_the_post() {
    let world = World::new(20);
    world.fetch_all();
    let people: BTreeSet<String> =
        world.objects().iter().map(|object| person(object).to_owned()).collect();
    assert_eq!(people.len(), 7);
    assert!(people.iter().all(|id| id.starts_with("demo-uuid-")), "{people:?}");
}

#[test]
fn people_that_the_original_knew_keep_their_ids() {
    let known = ["1015712345678901230", "1015712345678901231"];
    let world = World::new(4);
    for (number, comment) in world.page.lock().posts[0].comments.iter_mut().enumerate() {
        comment.from = Some((format!("101571234567890123{number}"), "Somebody".to_owned()));
    }
    for (number, id) in known.iter().enumerate() {
        world.map(id, &format!("avf-facebook-uuid-{number}"));
    }
    world.fetch_all();
    let people: BTreeSet<String> =
        world.objects().iter().map(|object| person(object).to_owned()).collect();
    let of_original: Vec<&String> =
        people.iter().filter(|id| id.starts_with("avf-facebook-uuid-")).collect();
    assert_eq!(of_original, ["avf-facebook-uuid-0", "avf-facebook-uuid-1"]);
    assert_eq!(people.len(), 2 + 2 + 4);
}

#[test]
fn pages_can_be_short_and_empty_and_the_last_without_paging() {
    let world = World::new(33);
    {
        let mut page = world.page.lock();
        page.page_size = 7;
        page.has_empty_pages = true;
    }
    world.fetch_all();
    assert_eq!(world.objects().len(), 66);
}

#[test]
fn who_is_not_named_is_somebody_who_wrote_nothing_else() {
    let world = World::new(4);
    world.page.lock().posts.iter_mut().for_each(|post| post.comments[1].from = None);
    let fetched = world.fetch_all();
    assert_eq!(fetched.n_by_unknown, 2);
    let people: BTreeSet<String> =
        world.objects().iter().map(|object| person(object).to_owned()).collect();
    assert_eq!(people.len(), 3 + 2);
    let before = world.files();
    world.fetch_all();
    assert_eq!(world.files(), before, "they keep their ids");
}

#[test]
fn stickers_and_any_attachment_are_kept_by_type() {
    let world = World::new(3);
    {
        let comments = &mut world.page.lock().posts[1].comments;
        comments[0].message = String::new();
        comments[0].attachment = Some(Attachment::new("sticker", "70009"));
        comments[1].attachment = Some(Attachment::new("animated_image_share", "70010"));
    }
    world.fetch_all();
    let kinds: Vec<String> = world
        .raw()
        .iter()
        .flat_map(|comment| comment.attachments.iter().map(|it| it.kind.clone()))
        .collect();
    assert_eq!(kinds, ["sticker", "animated_image_share"]);
    let objects = world.objects();
    let sticker = objects.iter().find(|object| text(object, "message").is_empty()).unwrap();
    let target = HashedId::of("70009").shared();
    let expected =
        format!(r#"{{"data": [{{"target": {{"id": "{target}"}}, "type": "sticker"}}]}}"#);
    assert_eq!(text(sticker, "attachments"), expected);
}

#[test]
fn a_comment_knows_its_post() {
    let world = World::new(1);
    world.fetch_all();
    let posts: Vec<String> = world.objects().iter().map(|object| text(object, "post")).collect();
    let target = HashedId::of("70001").shared();
    let with_photo = format!(
        r#"{{"attachments": {{"data": [{{"target": {{"id": "{target}"}}, "type": "photo"}}]}}, "id": "1000_1"}}"#
    );
    let mut posts = posts;
    posts.sort();
    assert_eq!(posts, [with_photo, r#"{"id": "1000_2"}"#.to_owned()]);
}

#[test]
fn comments_of_the_page_itself_are_marked() {
    let world = World::new(2);
    world.page.lock().posts[0].comments[1].from = Some((PAGE.to_owned(), "Page".to_owned()));
    world.fetch_all();
    let marked: Vec<bool> =
        world.objects().iter().map(|object| value(object, "from_page").is_some()).collect();
    assert_eq!(marked.iter().filter(|is_marked| **is_marked).count(), 1);
}

#[test]
fn posts_are_found_by_text_and_time_and_named_ones_come_once() {
    let mut world = World::new(1);
    {
        let mut page = world.page.lock();
        for (number, minute) in [(3, 60), (4, 120), (5, 180)] {
            let mut post = post(&format!("1000_{number}"), 1);
            post.created_time = at(minute);
            page.posts.push(post);
        }
        page.posts[3].message = Some("About something else".to_owned());
        page.posts[4].message = None;
        page.page_size = 2;
    }
    let search = json!({
        "Match": "#gardens",
        "StartDate": "2021-06-01T08:00:00Z",
        "EndDate": "2021-06-01T09:00:00Z",
    });
    let dataset = |search| json!([{"Name": DATASET, "PostIDs": [POSTS[1]], "Search": search}]);
    world.source = source(&dataset(search.clone()));
    assert_eq!(posts_of(&world), ["1000_1", "1000_2"], "the end is outside");
    let mut search = search;
    search["EndDate"] = "2021-06-01T11:00:01Z".into();
    world.source = source(&dataset(search));
    assert_eq!(posts_of(&world), ["1000_1", "1000_2", "1000_3"]);
}

#[test]
fn a_dataset_without_posts_is_an_empty_flow() {
    let mut world = World::new(1);
    world.source = source(&json!([{"Name": DATASET, "PostIDs": []}]));
    world.fetch_all();
    assert!(world.objects().is_empty());
}

fn posts_of(world: &World) -> Vec<String> {
    world.fetch_all();
    let posts: BTreeSet<String> = world.raw().into_iter().map(|comment| comment.post).collect();
    posts.into_iter().collect()
}

fn person(object: &TracedData) -> &str {
    object.get("avf_facebook_id".into()).unwrap().as_str().unwrap()
}

fn value<'a>(object: &'a TracedData, key: &str) -> Option<&'a Value> {
    object.get((&*format!("{DATASET}.{key}")).into())
}

#[track_caller]
fn text(object: &TracedData, key: &str) -> String {
    value(object, key).unwrap_or_else(|| panic!("no `{key}`")).to_cell().into_owned()
}
