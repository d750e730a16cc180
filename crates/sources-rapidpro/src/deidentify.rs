//! The door: contacts come in with phone numbers and go on with ids.

use uuid_table::{Urn, UuidTable, UuidTableError};

use crate::answers::ServerContact;
use crate::client::ContactStatus;
use crate::records::{Address, RawContact};

/// The contacts with the ids of the people they reach, in the same order.
///
/// Names, groups, fields and notes were never read. Everybody who is not in the table yet gets an
/// id there.
pub(crate) fn deidentify(
    table: &UuidTable,
    contacts: Vec<ServerContact>,
    status: ContactStatus,
) -> Result<Vec<RawContact>, UuidTableError> {
    let with_urns: Vec<(ServerContact, Vec<Urn>, bool)> = contacts
        .into_iter()
        .map(|contact| {
            let (urns, is_hidden) = contact.urns();
            (contact, urns, is_hidden)
        })
        .collect();
    let all: Vec<Urn> = with_urns.iter().flat_map(|(_, urns, _)| urns).cloned().collect();
    let mut participants = table.uuids(&all)?.into_iter();
    let contacts = with_urns.into_iter().map(|(contact, urns, is_hidden)| RawContact {
        uuid: contact.uuid,
        modified_on: contact.modified_on,
        is_deleted: status == ContactStatus::Deleted,
        is_hidden,
        addresses: urns
            .iter()
            .zip(participants.by_ref())
            .map(|(urn, participant)| Address {
                participant,
                scheme: urn.scheme().to_owned(),
                operator_digits: urn.operator_digits().map(str::to_owned),
            })
            .collect(),
    });
    Ok(contacts.collect())
}
