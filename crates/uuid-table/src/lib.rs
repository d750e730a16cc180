//! The table that gives each person one id, and the only way back from it.
//!
//! A person is known by a [`Urn`], e.g. a phone number. Everything that the pipeline writes names
//! people by a [`ParticipantUuid`] instead. The table is a collection of a document database:
//! document `tables/<name>/mappings/<key of the URN>` with the id in the field `uuid`. That is the
//! layout of the original, whose tables keep working, also where they have people on Facebook under
//! their bare ids. Mappings are made, never changed, so that two
//! processes cannot give one person two ids.
//!
//! No error, log or `Debug` output of this crate holds a URN.
//!
//! ```
//! use google_services::documents::LocalDatabase;
//! use uuid_table::{Urn, UuidTable};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! let database = LocalDatabase::open(&directory.path().join("uuid_table.sqlite"))?;
//! let table = UuidTable::new(Box::new(database), "demo", "demo-phone-uuid-")?;
//! let urns = [Urn::parse("tel:+252610000000")?, Urn::parse("tel:00252610000000")?];
//! let uuids = table.uuids(&urns)?;
//! assert_eq!(uuids[0], uuids[1]);
//! assert!(uuids[0].as_str().starts_with("demo-phone-uuid-"));
//! # Ok(())
//! # }
//! ```

mod error;
mod table;
mod urn;
mod uuid;

pub use error::UuidTableError;
pub use table::UuidTable;
pub use urn::{NoIdentity, Urn};
pub use uuid::ParticipantUuid;
