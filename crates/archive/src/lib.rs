//! Stage 6: backups of a data root that prove themselves, and their restoration.
//!
//! An archive is a gzip-compressed tar file that `tar xzf` can unpack. In it are `data/`, the
//! files of the data root, and `SHA256SUMS`, their checksums in the form of `sha256sum`. Its last
//! bytes are a checksum of all bytes before them, so that one flipped bit anywhere is noticed.
//!
//! The same files give the same bytes, whatever the number of threads. Nothing gets its final
//! name before it was read back and found whole.

mod backup;
mod backups_directory;
mod checksums;
mod error;
mod listing;
mod member_reader;
mod member_writer;
mod members;
mod read;
mod restore;
mod space;

pub use backup::{Archive, archive_name, back_up, refuse_inside};
pub use error::ArchiveError;
pub use listing::{LeftOut, LeftOutReason, Listing, list_data_root};
pub use read::{Contents, verify};
pub use restore::restore;

/// Told about bytes that were worked on, now and then, from any thread.
pub type OnBytes<'a> = &'a (dyn Fn(u64) + Sync);
