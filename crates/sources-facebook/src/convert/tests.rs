//! Comments as raw data: keys, order, attachments.

use std::collections::BTreeMap;

use fetching::{RunIdentity, Time};
use traced_data::{TracedData, Value};
use uuid_table::ParticipantUuid;

use crate::{Converter, HashedId, RawAttachment, RawComment};

#[test]
fn a_comment_has_the_keys_of_the_original() {
    check(
        &comment(),
        &[
            ("avf_facebook_id", "demo-uuid-1"),
            ("e01.created_time", "2021-06-01T08:00:00+00:00"),
            ("e01.from", r#"{"id": "demo-uuid-1"}"#),
            ("e01.id", &id("1_2")),
            ("e01.message", "haa"),
            ("e01.parent", "{}"),
            ("e01.post", r#"{"attachments": {"data": [{"type": "photo"}]}, "id": "1_1"}"#),
        ],
    );
}

#[test]
fn a_reply_by_nobody_known_with_a_sticker() {
    let sticker = RawAttachment { kind: "sticker".to_owned(), target: Some(HashedId::of("9")) };
    let comment = RawComment {
        parent: Some(HashedId::of("1_1")),
        is_author_known: false,
        message: String::new(),
        attachments: vec![sticker],
        post: "1_7".to_owned(),
        ..comment()
    };
    let sticker =
        format!(r#"{{"data": [{{"target": {{"id": "{}"}}, "type": "sticker"}}]}}"#, id("9"));
    check(
        &comment,
        &[
            ("avf_facebook_id", "demo-uuid-1"),
            ("e01.attachments", &sticker),
            ("e01.created_time", "2021-06-01T08:00:00+00:00"),
            ("e01.from", "{}"),
            ("e01.id", &id("1_2")),
            ("e01.message", ""),
            ("e01.parent", &format!(r#"{{"id": "{}"}}"#, id("1_1"))),
            ("e01.post", r#"{"id": "1_7"}"#),
        ],
    );
}

#[test]
fn comments_of_the_page_itself_are_marked() {
    let object = convert(&RawComment { is_from_page: true, ..comment() });
    assert_eq!(object.get("e01.from_page".into()), Some(&Value::Bool(true)));
}

fn comment() -> RawComment {
    RawComment {
        id: HashedId::of("1_2"),
        post: "1_1".to_owned(),
        parent: None,
        participant: ParticipantUuid::from("demo-uuid-1"),
        is_author_known: true,
        is_from_page: false,
        created_time: Time(iso_time::parse("2021-06-01T08:00:00+0000").unwrap()),
        message: "haa".to_owned(),
        attachments: Vec::new(),
    }
}

fn id(text: &str) -> String {
    HashedId::of(text).shared().to_string()
}

fn convert(comment: &RawComment) -> TracedData {
    let photo = RawAttachment { kind: "photo".to_owned(), target: None };
    let posts = BTreeMap::from([("1_1".to_owned(), vec![photo])]);
    let run = RunIdentity {
        user: "test@example.org".to_owned(),
        started_at: "2021-07-01T00:00:00+00:00".to_owned(),
    };
    Converter::new("e01", &posts, &run).convert(comment)
}

#[track_caller]
fn check(comment: &RawComment, expected: &[(&str, &str)]) {
    let object = convert(comment);
    let items: Vec<(String, String)> = object
        .sorted_items()
        .into_iter()
        .map(|(key, value)| (key.to_string(), value.to_cell().into_owned()))
        .collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(items, expected);
}
