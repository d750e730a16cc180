//! Stages 6 and 7: backups of a data root that prove themselves, their restoration, and where they
//! go.
//!
//! An archive is a gzip-compressed tar file that `tar xzf` can unpack. In it are `data/`, the
//! files of the data root, and `SHA256SUMS`, their checksums in the form of `sha256sum`. Its last
//! bytes are a checksum of all bytes before them, so that one flipped bit anywhere is noticed.
//!
//! The same files give the same bytes, whatever the number of threads. Nothing gets its final
//! name before it was read back and found whole. An archive can be encrypted ([`PublicKey`]); then
//! it begins with random bytes, and its name ends with `.age`.
//!
//! Stage 7 brings archives and memory profiles to buckets ([`upload_log`]), and removes old ones on
//! this machine when it is told to ([`remove_old`]). [`log_event`] tells the operations dashboard
//! how far a run is.

mod backup;
mod backups_directory;
mod checksums;
#[cfg(feature = "encryption")]
mod encryption;
#[cfg(not(feature = "encryption"))]
#[path = "no_encryption.rs"]
mod encryption;
mod error;
mod events;
mod key_error;
mod listing;
mod member_reader;
mod member_writer;
mod members;
mod old_files;
mod read;
mod restore;
mod space;
mod upload;

pub use backup::{Archive, archive_name, back_up, refuse_inside};
pub use encryption::{PublicKey, SecretKeys};
pub use error::ArchiveError;
pub use events::{EventError, PipelineEvent, log_event};
pub use key_error::{BadPublicKey, KeyFileError};
pub use listing::{LeftOut, LeftOutReason, Listing, list_data_root};
pub use old_files::{OldFiles, OldFilesError, remove_old};
pub use read::{Contents, verify};
pub use restore::restore;
pub use upload::{LogFile, UploadLogError, upload_log};

/// Told about bytes that were worked on, now and then, from any thread.
pub type OnBytes<'a> = &'a (dyn Fn(u64) + Sync);
