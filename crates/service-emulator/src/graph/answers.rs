//! Posts and comments as the Graph API gives them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fields::Field;
use super::page::{Attachment, Comment, Page, Post};

/// A post, with the fields that are asked for and its id; `None` when there is no such field.
pub(super) fn post(page: &Page, post: &Post, fields: &[Field]) -> Option<Value> {
    let mut answer = Map::from_iter([("id".to_owned(), json!(post.id))]);
    for field in fields {
        let value = match &*field.name {
            "id" => Some(json!(post.id)),
            "created_time" => Some(json!(time(post.created_time))),
            "message" => post.message.as_ref().map(|text| json!(text)),
            "from" => Some(json!({"id": page.id, "name": page.name})),
            "attachments" => attachments(&post.attachments),
            "shares" => (0 < post.n_shares).then(|| json!({"count": post.n_shares})),
            "comments" => Some(summarized(field, n_comments(post))),
            "reactions" => Some(summarized(field, post.reactions.values().sum())),
            _ => return None,
        };
        answer.extend(value.map(|value| (field.name.clone(), value)));
    }
    Some(Value::Object(answer))
}

/// A comment, with the fields that are asked for and its id; `None` when there is no such field.
pub(super) fn comment(
    page: &Page,
    post: &Post,
    comment: &Comment,
    fields: &[Field],
) -> Option<Value> {
    let mut answer = Map::new();
    if page.gives_comment_ids {
        answer.insert("id".to_owned(), json!(comment.id));
    }
    for field in fields {
        let value = match &*field.name {
            "id" => None,
            "created_time" => Some(json!(time(comment.created_time))),
            "message" => Some(json!(comment.message)),
            "from" => comment
                .from
                .as_ref()
                .filter(|_| page.names_people)
                .map(|(id, name)| only(field, [("id", json!(id)), ("name", json!(name))])),
            "parent" => parent(page, post, comment, field),
            "attachment" => comment.attachment.as_ref().map(attachment),
            "attachments" => {
                comment.attachment.as_ref().and_then(|it| attachments(std::slice::from_ref(it)))
            }
            _ => return None,
        };
        answer.extend(value.map(|value| (field.name.clone(), value)));
    }
    Some(Value::Object(answer))
}

/// `2021-06-01T08:00:00+0000`
fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// The parent with all that Facebook says of it unless asked for less: who wrote it, and what.
fn parent(page: &Page, post: &Post, comment: &Comment, field: &Field) -> Option<Value> {
    let id = comment.parent.as_ref()?;
    let parent = post.comments.iter().find(|other| other.id == *id);
    let mut members = vec![("id", json!(id))];
    if let Some(parent) = parent {
        members.push(("created_time", json!(time(parent.created_time))));
        members.push(("message", json!(parent.message)));
        if let (Some((id, name)), true) = (&parent.from, page.names_people) {
            members.push(("from", json!({"id": id, "name": name})));
        }
    }
    Some(only(field, members))
}

fn only<'a>(field: &Field, members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let members = members.into_iter().filter(|(name, _)| field.wants(name));
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn n_comments(post: &Post) -> u64 {
    post.n_hidden_comments + post.comments.len() as u64
}

/// An edge without its items, as `.limit(0).summary(true)` gives it.
fn summarized(field: &Field, total_count: u64) -> Value {
    let mut edge = json!({"data": []});
    if field.is("summary", "true") || field.is("summary", "total_count") {
        edge["summary"] = json!({"order": "chronological", "total_count": total_count});
    }
    edge
}

fn attachments(attachments: &[Attachment]) -> Option<Value> {
    let items: Vec<Value> = attachments.iter().map(attachment).collect();
    (!items.is_empty()).then(|| json!({"data": items}))
}

/// An attachment with links that lead to whoever put it there.
fn attachment(attachment: &Attachment) -> Value {
    let mut answer = json!({"type": attachment.kind});
    if let Some(id) = &attachment.target {
        let url = format!("https://www.facebook.com/{id}");
        answer["target"] = json!({"id": id, "url": url});
        answer["url"] = json!(url);
        answer["media"] = json!({"image": {
            "height": 320, "width": 320, "src": format!("https://scontent.example/{id}.jpg"),
        }});
    }
    answer
}
