//! Ids of participants.

use std::fmt;
use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};

/// The id of a person in everything that the pipeline writes: a prefix and a random UUID, e.g.
/// `avf-phone-uuid-2e21d2a3-…`. Only the table leads back to the person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParticipantUuid(Arc<str>);

impl ParticipantUuid {
    /// An id that nobody has.
    pub(crate) fn random(prefix: &str) -> Self {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).expect("the system has randomness");
        // Version 4, variant 1 (RFC 9562).
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Self(format!("{prefix}{}", groups.join("-")).into())
    }

    /// The id as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a text that is cheap to clone.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl From<&str> for ParticipantUuid {
    /// The id that was written as `text`.
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ParticipantUuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_random_uuids() {
        let one = ParticipantUuid::random("demo-");
        assert_ne!(one, ParticipantUuid::random("demo-"));
        let uuid = one.as_str().strip_prefix("demo-").unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        assert!(uuid.split('-').map(str::len).eq([8, 4, 4, 4, 12]), "{uuid}");
    }
}
