//! Stage 2, Facebook: comments under posts become raw data, and people's ids stay outside.
//!
//! [`Fetch`] reads all comments, and the replies to them, under the posts of each dataset, and
//! writes `Raw Data/<Name>_<PageID>.jsonl` ([`Converter`] says what is in it),
//! `Raw Data/<Name>_<PageID>_raw.json`, and for all posts `Engagement Metrics/facebook_metrics.csv`
//! ([`Metrics`]).
//!
//! - **All of it, each time.** Facebook does not say which comments changed or went, so every fetch
//!   reads all comments of a post: what was edited is replaced, what was deleted leaves raw data.
//!   Pages are saved as they come; a fetch that is cut off goes on after the last one.
//! - **De-identified at the door.** Who wrote a comment becomes an id of the table, ids of comments
//!   and attachments are hashed, names and links are not read. No error or log quotes an answer of
//!   the server, and the token is in none of them.
//! - **Old or new, never half.** The files of a dataset are replaced together, when all is there.
//!
//! The program `fetch-facebook` asks `https://graph.facebook.com`, or the server that `ApiUrl` of
//! the source names. `GRAPH_EMULATOR_HOST` wins over both: `127.0.0.1:8000` or
//! `http://127.0.0.1:8000` is where `service-emulator` listens. With credentials of the type
//! `local`, that is all it needs to run against the emulator:
//!
//! ```text
//! GRAPH_EMULATOR_HOST=127.0.0.1:8000 fetch-facebook you@example.org credentials.json \
//!     pipeline_config.json data_root
//! ```

mod answers;
mod convert;
mod deidentify;
mod error;
mod fetch;
mod graph;
mod metrics;
mod metrics_file;
mod records;
mod transport;

pub use convert::Converter;
pub use error::{FacebookError, GraphErrorKind};
pub use fetch::{DatasetFailure, Fetch, Fetched};
pub use graph::{DEFAULT_VERSION, Graph};
pub use metrics::{Metrics, PostMetrics};
pub use metrics_file::{MetricsFile, MetricsFileError};
pub use records::{HashedId, RawAttachment, RawComment};
pub use transport::Token;
