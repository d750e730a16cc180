//! Google's storage, document database and Drive, or the same on this machine, as the credentials say.
//!
//! A credentials file has a `type` ([`Credentials`]). `service_account` means the real services,
//! or an emulator when `FIRESTORE_EMULATOR_HOST`, `STORAGE_EMULATOR_HOST` or `DRIVE_EMULATOR_HOST`
//! name one. `local` means this machine: databases are SQLite files, buckets and Drive are
//! directories. Whoever uses [`DocumentDatabase`], [`ObjectStorage`] or [`Drive`] cannot tell which
//! it is.
//!
//! Requests are tried again, with growing pauses, when that can help; what a caller sees is the
//! last error. Tokens and keys appear in no error, log or `Debug` output.

mod api;
mod credentials;
pub mod documents;
pub mod drive;
mod http;
mod resumable;
mod service_error;
pub mod storage;
mod tokens;

pub use api::{ApiClient, Authorization, RetryPolicy};
pub use credentials::{Credentials, CredentialsError, LocalServices, ServiceAccountKey};
pub use documents::DocumentDatabase;
pub use drive::{Drive, DriveError, DriveFile};
pub use http::{Unpacking, http_client, http_client_with};
pub use service_error::ServiceError;
pub use storage::{ObjectStorage, StorageError};
pub use tokens::AccessTokens;
