//! The door: comments come in with people's ids and go on with ids of the table.

use uuid_table::{NoIdentity, Urn, UuidTable, UuidTableError};

use crate::answers::ServerComment;
use crate::records::{HashedId, RawComment};

/// The comments of a page without ids of Facebook's, in the same order; `None` when a comment has
/// no id, so that nobody could say which it is.
///
/// Who wrote several comments is one person. Where Facebook does not say who it was, each comment
/// is by somebody who wrote nothing else.
pub(crate) fn deidentify(
    table: &UuidTable,
    page_id: &str,
    post_id: &str,
    comments: &[ServerComment],
) -> Result<Option<Vec<RawComment>>, UuidTableError> {
    let Some(authors) = comments.iter().map(Author::of).collect::<Option<Vec<Author>>>() else {
        return Ok(None);
    };
    let urns: Vec<Urn> = authors.iter().map(|author| author.urn.clone()).collect();
    let participants = table.uuids(&urns)?;
    let of_page = Urn::parse(&format!("facebook:{page_id}")).ok();
    let comments = comments.iter().zip(authors).zip(participants);
    let comments = comments.map(|((comment, author), participant)| RawComment {
        id: HashedId::of(author.comment_id),
        post: post_id.to_owned(),
        parent: comment.parent.as_ref().and_then(|it| it.id.as_deref()).map(HashedId::of),
        participant,
        is_author_known: author.is_known,
        is_from_page: author.is_known && Some(&author.urn) == of_page.as_ref(),
        created_time: comment.created_time,
        message: comment.message.clone().unwrap_or_default(),
        attachments: comment.attachments(),
    });
    Ok(Some(comments.collect()))
}

/// Who wrote a comment. No `Debug`: it has the id of the comment.
struct Author<'a> {
    comment_id: &'a str,
    urn: Urn,
    is_known: bool,
}

impl<'a> Author<'a> {
    fn of(comment: &'a ServerComment) -> Option<Self> {
        let comment_id = comment.id.as_deref()?;
        let named = comment.from.as_ref().and_then(|from| from.id.as_deref());
        let (urn, is_known) = match named.map(of_person) {
            Some(Ok(urn)) => (urn, true),
            _ => (of_unknown(comment_id).ok()?, false),
        };
        Some(Self { comment_id, urn, is_known })
    }
}

/// The URN of a person, as RapidPro has it for who writes to the page in Messenger.
fn of_person(id: &str) -> Result<Urn, NoIdentity> {
    Urn::parse(&format!("facebook:{id}"))
}

/// The URN of who wrote this comment, and nothing else.
fn of_unknown(comment_id: &str) -> Result<Urn, NoIdentity> {
    Urn::parse(&format!("facebook-comment:{comment_id}"))
}
