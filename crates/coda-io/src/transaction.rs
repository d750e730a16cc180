//! Transactions on one dataset.

use google_services::DocumentDatabase;
use google_services::documents::{Reads, Write};

use crate::error::Doing;
use crate::{CodaError, Dataset};

/// Runs `body` as [`DocumentDatabase::transact`] does, and gives what its last call gave beside
/// the writes.
pub(crate) fn transact<T>(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    mut body: impl FnMut(&dyn Reads) -> Result<(Vec<Write>, T), CodaError>,
) -> Result<T, CodaError> {
    let mut outcome = None;
    let written = database.transact(&mut |reads| match body(reads) {
        Ok((writes, given)) => {
            outcome = Some(Ok(given));
            Ok(writes)
        }
        // The database decides whether it is worth another try.
        Err(CodaError::Database { source, .. }) => Err(*source),
        Err(error) => {
            outcome = Some(Err(error));
            Ok(Vec::new())
        }
    });
    written.map_err(Doing::Writing.at(dataset))?;
    outcome.expect("a transaction that succeeded has run its body")
}
