//! Comments on Facebook.

use serde_json::{Value, json};
use service_emulator::graph::{Attachment, Comment, Page, Post};
use service_emulator::{Fault, Services, token_of};

use crate::rapidpro::at;
use crate::sentinels::{NAME, PERSON_ID};
use crate::source::Source;
use crate::world::World;

const PAGE: &str = "1000200030004000";
const POST: &str = "1000200030004000_5000600070008000";
const TOKEN_FILE: &str = "gs://school-gardens-credentials/facebook-token.txt";

pub struct Facebook;

impl Source for Facebook {
    fn program(&self) -> (&'static str, &'static str) {
        ("sources-facebook", "fetch-facebook")
    }

    fn configure(&self, configuration: &mut Value, url: &str) {
        configuration["RawDataSources"] = json!([{
            "SourceType": "Facebook",
            "PageID": PAGE,
            "TokenFileURL": TOKEN_FILE,
            "ApiUrl": url,
            "Datasets": [{"Name": "facebook_e01", "PostIDs": [POST]}],
        }]);
    }

    fn prepare(&self, services: &Services) {
        let mut page = Page::new(PAGE, &token_of(TOKEN_FILE));
        page.page_size = 10;
        page.posts.push(Post::new(POST, at(0), "What do you think of school gardens?"));
        services.graph.add(page);
    }

    fn add_message(&self, world: &World, n: usize, minute: usize) {
        let page = world.services().graph.pages().remove(0);
        let (id, person) = (format!("5000600070008000_{:09}", n + 1), format!("7{n:016}"));
        let text = format!("message {n}");
        let comment = Comment::new(&id, (&person, "Somebody"), at(minute), &text);
        page.lock().post_mut(POST).unwrap().comments.push(comment);
    }

    fn plant_sentinels(&self, world: &World) -> bool {
        let page = world.services().graph.pages().remove(0);
        let mut page = page.lock();
        let comments = &mut page.post_mut(POST).unwrap().comments;
        for (n, comment) in comments.iter_mut().enumerate() {
            comment.from = Some((format!("{PERSON_ID}{n:06}"), NAME.to_owned()));
            comment.id = format!("5000600070008000_{PERSON_ID}{n:03}");
            comment.attachment = Some(Attachment::new("photo", PERSON_ID));
        }
        comments[1].parent = Some(comments[0].id.clone());
        true
    }

    fn is_text(&self, key: &str) -> bool {
        key == "facebook_e01.message"
    }

    fn break_in_way(&self, world: &World, nth: usize) {
        // A fetch goes on after the last page that came: the second request asks for comments, also
        // when others were there before.
        world.services().traffic.plan_from(nth.min(2), Fault::Status(403));
    }

    fn most_requests_without_news(&self) -> usize {
        // All comments are read each time, and each metric is asked for on its own.
        40
    }
}
