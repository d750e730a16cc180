//! URNs: how RapidPro addresses a person, e.g. by phone number. They are never shown.

use std::fmt;

/// The address of a person, e.g. a phone number.
///
/// It can become a participant id ([`UuidTable::uuids`](crate::UuidTable::uuids)) and nothing
/// else: it has no `Display`, cannot be serialized, and its `Debug` output shows the scheme only.
///
/// ```compile_fail
/// let urn = uuid_table::Urn::parse("tel:+252610000000")?;
/// println!("{urn}");
/// # Ok::<(), uuid_table::NoIdentity>(())
/// ```
///
/// ```compile_fail
/// fn serialize(value: impl serde::Serialize) {}
/// serialize(uuid_table::Urn::parse("tel:+252610000000").unwrap());
/// ```
///
/// ```
/// let urn = uuid_table::Urn::parse("tel:+252610000000")?;
/// assert_eq!(format!("{urn:?}"), "Urn(tel:…)");
/// # Ok::<(), uuid_table::NoIdentity>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn {
    scheme: String,
    key: String,
}

/// Why a URN says nothing about who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum NoIdentity {
    /// There is nothing after the scheme.
    #[error("the URN is empty")]
    Empty,
    /// The server hides it: the workspace is anonymous.
    #[error("the URN is hidden: the workspace is anonymous")]
    Hidden,
}

/// What a URN without a scheme, or with one that is no word, is called.
const UNKNOWN_SCHEME: &str = "unknown";

/// A scheme is a short word; what is longer could be a name that somebody put there.
const LONGEST_SCHEME_BYTES: usize = 16;

/// A number with fewer digits is a short code, whose first digits are all of it.
const SHORTEST_NUMBER_DIGITS: usize = 9;

/// What people on Facebook have in front of their ids in keys.
const FACEBOOK: &str = "facebook:";

/// No phone number has as many digits: E.164 allows 15.
const SHORTEST_FACEBOOK_ID_DIGITS: usize = 16;

/// Longer keys are hashed; Firestore takes 1,500 bytes.
const LONGEST_KEY_BYTES: usize = 1000;

impl Urn {
    /// Reads a URN as RapidPro writes it: `<scheme>:<path>`, maybe with `?…` and `#<display name>`
    /// after it, which say nothing about who somebody is.
    ///
    /// # Errors
    ///
    /// [`NoIdentity`] when the path is empty or all asterisks.
    pub fn parse(text: &str) -> Result<Self, NoIdentity> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ => (UNKNOWN_SCHEME.to_owned(), text),
        };
        let path = rest.split(['#', '?']).next().unwrap_or_default().trim();
        if path.is_empty() {
            return Err(NoIdentity::Empty);
        }
        if path.bytes().all(|byte| byte == b'*') {
            return Err(NoIdentity::Hidden);
        }
        let key = key(&scheme, path);
        Ok(Self { scheme, key })
    }

    /// How the person is reached, e.g. `tel`, `telegram`, `whatsapp`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The first five digits of a phone number: country code and operator. `None` for all else,
    /// and for short codes.
    pub fn operator_digits(&self) -> Option<&str> {
        let is_number = self.scheme == "tel"
            && SHORTEST_NUMBER_DIGITS <= self.key.len()
            && self.key.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| &self.key[..5])
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The key that tables of the original have for the same person, when it is another one and can
    /// be nobody else's: of people on Facebook the bare id, if it is too long for a phone number.
    pub(crate) fn key_of_original(&self) -> Option<&str> {
        self.key.strip_prefix(FACEBOOK).filter(|id| is_bare_facebook_id(id))
    }

    /// The URN under a key of the table.
    pub(crate) fn of_key(key: &str) -> Self {
        let scheme = match key.split_once(':') {
            Some((scheme, _)) => scheme,
            None if is_bare_facebook_id(key) => "facebook",
            None => "tel",
        };
        Self { scheme: scheme.to_owned(), key: key.to_owned() }
    }

    /// The key in the table, which leads to a person: only for who was asked for it explicitly,
    /// and never for a log, an error or a file of the data root.
    pub fn reveal(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for Urn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Urn({}:…)", self.scheme)
    }
}

fn is_scheme(text: &str) -> bool {
    (1..=LONGEST_SCHEME_BYTES).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte))
}

fn is_bare_facebook_id(key: &str) -> bool {
    SHORTEST_FACEBOOK_ID_DIGITS <= key.len() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// The key of a URN: digits without leading zeros for phone numbers, as the tables of the original
/// have them; for all else the scheme and the path.
fn key(scheme: &str, path: &str) -> String {
    if scheme == "tel" && path.chars().all(|letter| !letter.is_alphabetic()) {
        let digits: String = path.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        if !digits.is_empty() {
            return digits.to_owned();
        }
    }
    // Names of senders (`tel:SHOP`) have no case; a key is one part of a path in Firestore.
    let path = if scheme == "tel" { path.to_lowercase() } else { path.to_owned() };
    let key = format!("{scheme}:{}", path.replace('/', "%2F"));
    if key.len() <= LONGEST_KEY_BYTES {
        return key;
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{scheme}:sha256-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_keys_that_tables_have() {
        check("tel:+252610000000", "252610000000");
        check("tel:00252-61-0000000", "252610000000");
        check("TEL:(252) 610 000 000", "252610000000");
        check("tel:0610000000", "610000000");
        check("tel:100", "100");
    }

    #[test]
    fn schemes_are_told_apart() {
        check("telegram:252610000000", "telegram:252610000000");
        check("telegram:252610000000#asha", "telegram:252610000000");
        check("whatsapp:252610000000", "whatsapp:252610000000");
        check("ext:abc", "ext:abc");
        check("mailto:asha/a@example.org", "mailto:asha%2Fa@example.org");
    }

    #[test]
    fn every_other_urn_has_a_key_of_its_own() {
        check("tel:HORMUUD", "tel:hormuud");
        check("tel:mtn5", "tel:mtn5");
        check("tel:000", "tel:000");
        check("252610000000", "unknown:252610000000");
        check("Asha Example 1:2", "unknown:Asha Example 1:2");
    }

    #[test]
    fn nothing_but_emptiness_and_asterisks_has_no_identity() {
        for (text, expected) in [
            ("", NoIdentity::Empty),
            ("tel:", NoIdentity::Empty),
            ("tel: ", NoIdentity::Empty),
            ("telegram:#asha", NoIdentity::Empty),
            ("tel:********", NoIdentity::Hidden),
            ("telegram:*", NoIdentity::Hidden),
        ] {
            assert_eq!(Urn::parse(text), Err(expected), "URN: {text:?}");
        }
    }

    #[test]
    fn operators_are_known_by_five_digits() {
        let digits = |text| Urn::parse(text).unwrap().operator_digits().map(str::to_owned);
        assert_eq!(digits("tel:+252610000000").as_deref(), Some("25261"));
        assert_eq!(digits("tel:10020"), None);
        assert_eq!(digits("tel:hormuud"), None);
        assert_eq!(digits("whatsapp:252610000000"), None);
    }

    #[test]
    fn a_urn_comes_back_from_its_key() {
        for text in ["tel:+252610000000", "telegram:252610000000", "tel:hormuud"] {
            let urn = Urn::parse(text).unwrap();
            assert_eq!(Urn::of_key(urn.key()), urn, "URN: {text:?}");
        }
    }

    #[test]
    fn tables_of_the_original_have_long_ids_of_facebook_without_a_scheme() {
        let key = |text| Urn::parse(text).unwrap().key_of_original().map(str::to_owned);
        assert_eq!(key("facebook:1015712345678901").as_deref(), Some("1015712345678901"));
        // Could be the number of somebody else.
        assert_eq!(key("facebook:101571234567890"), None);
        assert_eq!(key("facebook:1015712345678901a"), None);
        assert_eq!(key("facebook-comment:1015712345678901"), None);
        assert_eq!(key("telegram:1015712345678901"), None);
        let urn = Urn::of_key("1015712345678901");
        assert_eq!((urn.scheme(), urn.operator_digits()), ("facebook", None));
        assert_eq!(Urn::of_key("252610000000").scheme(), "tel");
    }

    #[track_caller]
    fn check(text: &str, expected_key: &str) {
        assert_eq!(Urn::parse(text).unwrap().key(), expected_key, "URN: {text:?}");
    }
}
