//! Made-up posts and comments for the Facebook sources of a configuration.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pipeline_config::{FacebookDataset, FacebookSource};
use sha2::{Digest as _, Sha256};

use super::page::{Attachment, Comment, Page, Post};

/// How many posts a search finds.
const N_FOUND_POSTS: usize = 3;
/// How many comments are under each post.
const N_COMMENTS: usize = 40;
/// How many people comment.
const N_PEOPLE: usize = 15;
/// How long after a comment the next one is written.
const BETWEEN_COMMENTS: TimeDelta = TimeDelta::minutes(7);

/// What people write.
const TEXTS: [&str; 8] = [
    "haa",
    "maya",
    "waa fikrad fiican",
    "school gardens are good for children",
    "biyo ma jiraan",
    "teachers need help first",
    "👍🏾",
    "wax fikrad ah ma hayo",
];

/// How a post can look.
const POST_TYPES: [&[&str]; 5] = [&["photo"], &["video_inline"], &[], &["album"], &["share"]];

impl Page {
    /// The page of a source, with the posts of its datasets from `start` on and comments under them.
    /// The same source gives the same page.
    pub fn made(source: &FacebookSource, token: &str, start: DateTime<Utc>) -> Self {
        let mut page = Self::new(&source.page_id, token);
        for dataset in &source.datasets {
            for (id, created_time, message) in posts_of(source, dataset, start) {
                if page.post(&id).is_none() {
                    let number = page.posts.len();
                    page.posts.push(post(&page, &id, created_time, &message, number));
                }
            }
        }
        page
    }
}

/// The id, time and text of each post that a dataset needs, and of one that it must not find.
fn posts_of(
    source: &FacebookSource,
    dataset: &FacebookDataset,
    start: DateTime<Utc>,
) -> Vec<(String, DateTime<Utc>, String)> {
    let named = dataset.post_ids.iter().flatten();
    let mut posts: Vec<(String, DateTime<Utc>, String)> =
        named.map(|id| (id.clone(), start, format!("A post of {}", dataset.name))).collect();
    let Some(search) = &dataset.search else { return posts };
    let (begin, end) = (search.start_date.to_utc(), search.end_date.to_utc());
    let steps = i32::try_from(N_FOUND_POSTS + 1).unwrap_or(i32::MAX);
    for number in 0..=N_FOUND_POSTS {
        let steps_done = i32::try_from(number).unwrap_or(i32::MAX);
        let created_time = begin + (end - begin) / steps * steps_done;
        let text = match number {
            N_FOUND_POSTS => "About something else".to_owned(),
            _ => format!("What do you think? {}", search.match_text),
        };
        let name = format!("{} {} {number}", source.page_id, dataset.name);
        posts.push((format!("{}_{}", source.page_id, digits(&name, 15)), created_time, text));
    }
    posts
}

fn post(page: &Page, id: &str, created_time: DateTime<Utc>, message: &str, number: usize) -> Post {
    let kinds = POST_TYPES[number % POST_TYPES.len()];
    let mut post = Post::new(id, created_time, message);
    post.attachments = kinds.iter().map(|kind| Attachment::new(kind, &digits(id, 16))).collect();
    post.n_hidden_comments = 3;
    post.reactions = BTreeMap::from([("like".to_owned(), 12), ("love".to_owned(), 3)]);
    post.n_shares = number as u64;
    // Others that once were are gone in the newest version.
    post.metrics = BTreeMap::from([
        ("post_media_view".to_owned(), 900 + number as u64),
        ("post_total_media_view_unique".to_owned(), 600 + number as u64),
    ]);
    let mut time = created_time;
    for n in 0..N_COMMENTS {
        time += BETWEEN_COMMENTS;
        let comment = comment(page, &post, n, time);
        post.comments.push(comment);
    }
    post
}

fn comment(page: &Page, post: &Post, n: usize, created_time: DateTime<Utc>) -> Comment {
    let post_number = post.id.rsplit('_').next().unwrap_or(&post.id);
    let id =
        |n: usize| format!("{post_number}_{}", digits(&format!("{} comment {n}", post.id), 16));
    let person = n * 7 % N_PEOPLE;
    let from = digits(&format!("{} person {person}", page.id), 17);
    let name = format!("Made-up Person {person}");
    let text = TEXTS[n % TEXTS.len()];
    let mut comment = Comment::new(&id(n), (&from, &name), created_time, text);
    match n {
        _ if n % 23 == 11 => {
            comment.from = Some((page.id.clone(), page.name.clone()));
            comment.message = "Mahadsanid!".to_owned();
        }
        _ if n % 13 == 5 => comment.from = None,
        _ if n % 17 == 6 => {
            comment.message = String::new();
            comment.attachment = Some(Attachment::new("sticker", &digits(&comment.id, 15)));
        }
        _ if n % 19 == 7 => {
            comment.attachment = Some(Attachment::new("photo", &digits(&comment.id, 15)));
        }
        _ => {}
    }
    if n % 10 == 3 {
        comment.parent = Some(id(n - 3));
    }
    comment
}

/// So many digits, always the same for the same name, the first of which is no zero.
fn digits(name: &str, n_digits: usize) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let digits = digest.iter().map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('1').chain(digits).take(n_digits).collect()
}
