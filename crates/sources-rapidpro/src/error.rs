//! What can go wrong on the way to raw data.
//!
//! No variant holds anything that the server said, but for names of flows and UUIDs: an answer
//! could hold a phone number. Tokens and the links of archives are nowhere either.

use data_root::FileError;
use fetching::{Misread, RawFileError};
use uuid_table::UuidTableError;

/// Something kept runs from becoming raw data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RapidProError {
    /// The domain in the configuration is no address.
    #[error("`{domain}` is not the address of a RapidPro server")]
    BadDomain {
        /// The domain.
        domain: String,
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
    /// The server does not take the token.
    #[error("{server} refuses the token ({status})")]
    WrongToken {
        /// The server.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// Something else than RapidPro is there.
    #[error("{server} does not know {what} ({status}): there seems to be no RapidPro")]
    NotRapidPro {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server does not give what was asked for.
    #[error("{server} answered {status} when asked for {what}")]
    Refused {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server wants to be left alone for too long, or again and again.
    #[error("{server} limits how often it can be asked for {what}: not before {wait_secs} s")]
    RateLimited {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
        /// How long it wants to be left alone.
        wait_secs: u64,
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
    /// The runs of one flow were asked for, and others came.
    #[error("{server} gave runs of other flows when asked for {what}")]
    OtherFlow {
        /// The server.
        server: String,
        /// What was asked for.
        what: String,
    },
    /// The workspace has no flow of this name.
    #[error("workspace `{workspace}` has no flow `{flow}`{}", did_you_mean(.near))]
    UnknownFlow {
        /// The workspace.
        workspace: String,
        /// The name in the configuration.
        flow: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// The workspace has several flows of this name.
    #[error("workspace `{workspace}` has several flows `{flow}`: {}", .uuids.join(", "))]
    AmbiguousFlow {
        /// The workspace.
        workspace: String,
        /// The name in the configuration.
        flow: String,
        /// Which flows.
        uuids: Vec<String>,
    },
    /// An archive is not what its entry in the list says.
    #[error("the {period} archive of runs of {start_date} {problem}")]
    Archive {
        /// `daily` or `monthly`.
        period: String,
        /// Its first day.
        start_date: String,
        /// What is wrong with it.
        problem: ArchiveProblem,
    },
    /// An archive that this flow needs too could not be had.
    #[error("{because}")]
    BrokenOff {
        /// What the other flow's error says.
        because: String,
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

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveProblem {
    /// The bytes are others than those that were archived.
    #[error("was damaged on the way")]
    WrongHash,
    /// There are more or fewer runs than the list says.
    #[error("has {found} runs, expected {expected}")]
    WrongCount {
        /// As the list says.
        expected: u64,
        /// In the file.
        found: u64,
    },
    /// It is no gzip file.
    #[error("cannot be unpacked")]
    NotGzip,
    /// A line is no run.
    #[error("has something else than a run in line {line}")]
    OddLine {
        /// Which line.
        line: u64,
    },
    /// Its link works no more, also after a new one was asked for.
    #[error("cannot be downloaded ({status})")]
    NoDownload {
        /// The HTTP status.
        status: u16,
    },
}

impl RapidProError {
    /// Whether asking again later can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::Misread { .. } | Self::RepeatedPage { .. } => true,
            Self::RateLimited { .. } => true,
            Self::Archive { problem, .. } => *problem == ArchiveProblem::WrongHash,
            Self::Refused { status, .. } => *status == 408 || 500 <= *status,
            Self::UuidTable(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadDomain { .. } => {
                "write a host such as `textit.com`, or a URL such as `http://127.0.0.1:8000`, as \
                 `Domain` of the source"
            }
            Self::BadToken { .. } => "the file must hold the token and nothing else, on one line",
            Self::WrongToken { .. } => {
                "sign in to the workspace as an administrator or editor, make a token under \
                 Settings, API Tokens, and replace the token file by it; check also that `Domain` \
                 is the server that the token belongs to"
            }
            Self::NotRapidPro { .. } => "check `Domain` of the source",
            Self::NoAnswer { .. } => {
                "check the network and `Domain` of the source, then run this again: it continues \
                 where it stopped"
            }
            Self::Refused { .. }
            | Self::RateLimited { .. }
            | Self::Misread { .. }
            | Self::RepeatedPage { .. } => "run this again later: it continues where it stopped",
            Self::UnknownFlow { .. } => {
                "write the name as RapidPro does, and check that the token is of the right \
                 workspace"
            }
            Self::AmbiguousFlow { .. } => "rename all but one of them in RapidPro",
            Self::Archive { .. } | Self::BrokenOff { .. } => {
                "run this again later; if it stays so, tell those who run the server"
            }
            Self::RawFile(error) => return error.hint(),
            Self::UuidTable(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::Write(error) => return FileError::of(error).and_then(FileError::hint),
            Self::OtherFlow { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => String::new(),
        names => format!("; like it are: `{}`", names.join("`, `")),
    }
}
