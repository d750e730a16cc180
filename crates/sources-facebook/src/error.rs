//! What can go wrong on the way to raw data.
//!
//! No variant holds anything that the server said, but for the numbers of its errors: the message of
//! an error can quote the token.

use data_root::FileError;
use fetching::{Misread, RawFileError};
use uuid_table::UuidTableError;

/// Something kept comments from becoming raw data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FacebookError {
    /// The address of the Graph API is none.
    #[error("`{address}` is not the address of a Graph API")]
    BadAddress {
        /// The address.
        address: String,
    },
    /// The text in the token file cannot be a token.
    #[error("the token file `{token_file}` does not hold a token")]
    BadToken {
        /// Where it came from.
        token_file: String,
    },
    /// Nobody answered: no network, no such host, a time-out, a connection that broke.
    #[error("{server} does not answer when asked for {what}")]
    NoAnswer {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// What happened; it never names the URL.
        source: reqwest::Error,
    },
    /// The Graph API answered with an error.
    #[error("{server} {kind}{} when asked for {what}", numbers(.code, .subcode))]
    Graph {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// What the numbers mean.
        kind: GraphErrorKind,
        /// The number of the error.
        code: Option<i64>,
        /// The number that says more.
        subcode: Option<i64>,
        /// How long the server wants to be left alone.
        wait_secs: Option<u64>,
    },
    /// The answer cannot be understood.
    #[error("{server} gave an odd answer when asked for {what}")]
    Misread {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// What is odd.
        source: Misread,
    },
    /// The pages of a list lead in a circle.
    #[error("{server} gives the same page of {what} again and again")]
    RepeatedPage {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
    },
    /// Comments came without their ids.
    #[error("{server} does not give the ids of {what}")]
    NoCommentIds {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
    },
    /// There are comments, of which there were some before, and the server shows none.
    #[error("{server} shows none of the {n_there} {what}, of which there were {n_before} before")]
    HiddenComments {
        /// The server.
        server: String,
        /// Which comments.
        what: String,
        /// How many there are, as the post says.
        n_there: u64,
        /// How many an earlier fetch had.
        n_before: usize,
    },
    /// A raw file cannot be read or written.
    #[error(transparent)]
    RawFile(#[from] RawFileError),
    /// The table of ids cannot be used.
    #[error(transparent)]
    UuidTable(#[from] UuidTableError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be written to.
    #[error("could not write raw data")]
    Write(#[from] std::io::Error),
}

/// What an error of the Graph API means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphErrorKind {
    /// The token is none, or was taken back.
    WrongToken,
    /// The token was good for some time, which is over.
    ExpiredToken,
    /// The token does not allow this.
    NoPermission,
    /// There is no such thing, or the token does not allow to see it.
    Missing,
    /// There is no such metric in this version.
    UnknownMetric,
    /// The request is wrong.
    BadRequest,
    /// The server was asked too often.
    Throttled,
    /// The server has a problem that passes.
    Temporary,
    /// Something else.
    Other,
}

impl GraphErrorKind {
    /// What the numbers of an error mean; `status` is that of HTTP.
    ///
    /// From <https://developers.facebook.com/docs/graph-api/guides/error-handling>.
    pub fn of(status: u16, code: Option<i64>, subcode: Option<i64>) -> Self {
        match (code, subcode) {
            (Some(4 | 17 | 32 | 341 | 368 | 613 | 80_000..=80_014), _) => Self::Throttled,
            (Some(190), Some(463)) => Self::ExpiredToken,
            (Some(102 | 104 | 190), _) => Self::WrongToken,
            (Some(3 | 10 | 200..=299), _) => Self::NoPermission,
            (Some(1 | 2), _) => Self::Temporary,
            (Some(803), _) | (Some(100), Some(33)) => Self::Missing,
            (Some(12 | 100), _) => Self::BadRequest,
            _ if status == 429 => Self::Throttled,
            _ if status == 408 || 500 <= status => Self::Temporary,
            (None, _) if status == 401 => Self::WrongToken,
            _ => Self::Other,
        }
    }
}

impl std::fmt::Display for GraphErrorKind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::WrongToken => "refuses the token",
            Self::ExpiredToken => "refuses the token, which is no longer valid",
            Self::NoPermission => "says that the token does not allow it",
            Self::Missing => "says that it is not there, or not for this token",
            Self::UnknownMetric => "says that there is no such metric",
            Self::BadRequest => "says that the request is wrong",
            Self::Throttled => "was asked too often",
            Self::Temporary => "has a problem",
            Self::Other => "answered with an error",
        })
    }
}

impl FacebookError {
    /// What the Graph API's error means, if this is one.
    pub fn kind(&self) -> Option<GraphErrorKind> {
        match self {
            Self::Graph { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    /// Whether asking again later can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::Misread { .. } | Self::RepeatedPage { .. } => true,
            Self::Graph { kind, .. } => {
                matches!(kind, GraphErrorKind::Temporary | GraphErrorKind::Throttled)
            }
            Self::UuidTable(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadAddress { .. } => {
                "write a URL such as `http://127.0.0.1:8000` as `ApiUrl` of the source, or leave it \
                 out"
            }
            Self::BadToken { .. } => "the file must hold the token and nothing else, on one line",
            Self::NoAnswer { .. } => {
                "check the network, and `ApiUrl` of the source if there is one, then run this \
                 again: it continues where it stopped"
            }
            Self::Graph { kind, .. } => return kind.hint().map(str::to_owned),
            Self::Misread { .. } | Self::RepeatedPage { .. } => {
                "run this again later: it continues where it stopped"
            }
            Self::NoCommentIds { .. } => {
                "make the token as somebody who may moderate the page (the task MODERATE)"
            }
            Self::HiddenComments { .. } => {
                return GraphErrorKind::NoPermission.hint().map(str::to_owned);
            }
            Self::RawFile(error) => return error.hint(),
            Self::UuidTable(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::Write(error) => return FileError::of(error).and_then(FileError::hint),
        };
        Some(hint.to_owned())
    }
}

impl GraphErrorKind {
    fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::WrongToken | Self::ExpiredToken => {
                "make a new token of the page: in the Graph API Explorer of \
                 https://developers.facebook.com choose the app and the page, tick \
                 pages_read_engagement, pages_read_user_content and read_insights, make a \
                 long-lived user token of what it gives and get the page's token with \
                 `me/accounts`, which then does not expire; replace the token file by it"
            }
            Self::NoPermission => {
                "the token needs the permissions pages_read_engagement and \
                 pages_read_user_content, for metrics read_insights, and must be that of the page \
                 whose `PageID` the source has"
            }
            Self::Missing => {
                "check the id: posts are `<page id>_<post id>`; a post that was deleted has to \
                 leave `PostIDs`; check also that the token is that of the page"
            }
            Self::BadRequest => {
                "check `PostIDs` (`<page id>_<post id>`), `PageID` and `GraphVersion` of the source"
            }
            Self::Throttled | Self::Temporary => {
                "run this again later: it continues where it stopped"
            }
            Self::UnknownMetric | Self::Other => return None,
        })
    }
}

fn numbers(code: &Option<i64>, subcode: &Option<i64>) -> String {
    match (code, subcode) {
        (None, _) => String::new(),
        (Some(code), None) => format!(" (error {code})"),
        (Some(code), Some(subcode)) => format!(" (error {code}, {subcode})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GraphErrorKind::{
        BadRequest, ExpiredToken, Missing, NoPermission, Other, Temporary, Throttled, WrongToken,
    };

    #[test]
    fn errors_mean_what_facebook_says() {
        for code in [4, 17, 32, 341, 368, 613, 80_001, 80_002] {
            check(400, Some(code), None, Throttled);
        }
        check(400, Some(1), Some(99), Temporary);
        check(500, Some(2), None, Temporary);
        check(400, Some(190), None, WrongToken);
        check(401, Some(190), Some(463), ExpiredToken);
        check(400, Some(190), Some(460), WrongToken);
        check(400, Some(102), None, WrongToken);
        check(403, Some(10), None, NoPermission);
        check(403, Some(200), None, NoPermission);
        check(403, Some(299), None, NoPermission);
        check(400, Some(100), Some(33), Missing);
        check(404, Some(803), None, Missing);
        check(400, Some(100), None, BadRequest);
        check(400, Some(2500), None, Other);
    }

    #[test]
    fn answers_without_a_number_mean_what_http_says() {
        check(429, None, None, Throttled);
        check(502, None, None, Temporary);
        check(401, None, None, WrongToken);
        check(404, None, None, Other);
    }

    #[test]
    fn asking_again_helps_only_against_what_passes() {
        for (kind, expected) in
            [(Throttled, true), (Temporary, true), (WrongToken, false), (BadRequest, false)]
        {
            let error = FacebookError::Graph {
                server: "graph".to_owned(),
                what: "post `1_2`".to_owned(),
                kind,
                code: Some(1),
                subcode: None,
                wait_secs: None,
            };
            assert_eq!(error.is_retryable(), expected, "{kind:?}");
        }
    }

    #[track_caller]
    fn check(status: u16, code: Option<i64>, subcode: Option<i64>, expected: GraphErrorKind) {
        let kind = GraphErrorKind::of(status, code, subcode);
        assert_eq!(kind, expected, "{status}, {code:?}, {subcode:?}");
    }
}
