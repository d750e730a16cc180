//! Answers that break off in the middle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;

/// Some bytes, then an error, at which the connection is closed.
enum CutBody {
    Begins(Bytes),
    /// The bytes are not yet on their way; an error now would keep them here.
    IsSent,
    Ends,
}

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match std::mem::replace(&mut *self, Self::Ends) {
            Self::Begins(bytes) => {
                *self = Self::IsSent;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::IsSent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Ends => Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into()))),
        }
    }
}

/// The first half of an answer that says how long the whole is.
pub(super) async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    Response::from_parts(parts, Body::new(CutBody::Begins(half)))
}
