//! Adds to a dataset the messages that Coda does not have.
//!
//! A message is written with the precondition that it does not exist, in a transaction that has
//! looked for it in every segment, taken the next sequence numbers and counted the segment. So
//! whatever local files say, nothing that exists is touched; several processes at once add each
//! message once; and a process that is stopped anywhere leaves whole batches, to which the next
//! run adds the rest.

use std::collections::BTreeSet;

use google_services::DocumentDatabase;

use crate::get::known_ids;
use crate::previous::Previous;
use crate::{CodaError, Dataset, UnknownLabel};

mod batch;
mod new_messages;
mod prepare;

pub use new_messages::{NewMessage, NewMessagesError, read_new_messages};
pub use prepare::{ProjectScheme, SchemeDifference, UpdateSchemes};

/// How messages are added.
#[derive(Debug, Clone)]
pub struct AddOptions<'a> {
    /// Who may see the dataset in Coda, if it is new: e-mail addresses.
    pub users: &'a [String],
    /// The schemes that the project has for the dataset.
    pub schemes: &'a [ProjectScheme],
    /// What happens to schemes that Coda has differently.
    pub update_schemes: UpdateSchemes,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Added {
    /// How many messages were added.
    pub n_added: usize,
    /// How many Coda had.
    pub n_known: usize,
    /// Whether the dataset is new, and who may see it.
    pub new_dataset: Option<NewDataset>,
    /// The names of segments that were made, beyond the first.
    pub new_segments: Vec<String>,
    /// How many scheme documents were made.
    pub n_new_schemes: usize,
    /// How many scheme documents were replaced.
    pub n_updated_schemes: usize,
    /// Schemes that Coda has differently, and that were left so.
    pub scheme_differences: Vec<SchemeDifference>,
    /// Labels of added messages that fit no scheme.
    pub unknown_labels: Vec<UnknownLabel>,
}

/// A dataset that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataset {
    /// How many may see it.
    pub n_users: usize,
}

/// Adds those of `messages` that `dataset` lacks, in their order; `progress` is told how many of
/// them are dealt with.
///
/// The last download, if it can be built on, saves reading all ids.
///
/// # Errors
///
/// [`CodaError`]. What was added until then stays; another run adds the rest.
pub fn add(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    messages: Vec<NewMessage>,
    previous: &Previous,
    options: &AddOptions<'_>,
    progress: impl Fn(usize),
) -> Result<Added, CodaError> {
    let mut added = Added::default();
    let known = known_ids(database, dataset, previous)?;
    let (known, mut queue): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|message| known.contains(message.id()));
    added.n_known = known.len();
    progress(added.n_known);
    let if_unknown = match queue.is_empty() {
        true => prepare::IfUnknown::Leave,
        false => prepare::IfUnknown::Make,
    };
    let schemes = prepare::prepare(database, dataset, options, if_unknown, &mut added)?;
    let project: Vec<_> = options.schemes.iter().map(|scheme| &*scheme.scheme).collect();
    for message in &queue {
        let unknown = schemes.unknown_labels(&project, message.id(), message.fields());
        added.unknown_labels.extend(unknown);
    }
    while !queue.is_empty() {
        let batch = batch::first_batch(&queue);
        let done = batch::add_batch(database, dataset, batch, &schemes)?;
        added.n_added += done.n_added;
        added.n_known += done.known.len();
        added.new_segments.extend(done.new_segment);
        progress(done.n_added + done.known.len());
        let n_batch = batch.len();
        let is_left: BTreeSet<String> = done.left.into_iter().collect();
        let mut rest = queue.split_off(n_batch);
        queue.retain(|message| is_left.contains(message.id()));
        queue.append(&mut rest);
    }
    Ok(added)
}
