//! What ids of people look like in files, whichever project made them.

const UUID_CHARACTERS: usize = 36;

/// Whether this is an id as tables give them out: a prefix, e.g. `avf-phone-uuid-`, and a UUID.
pub(crate) fn is_participant_id(text: &str) -> bool {
    let parts = text.len().checked_sub(UUID_CHARACTERS).and_then(|at| text.split_at_checked(at));
    parts.is_some_and(|(prefix, uuid)| is_prefix(prefix) && is_uuid(uuid))
}

/// Whether this is a UUID with its hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// No number, and no URN.
fn is_prefix(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

    #[test]
    fn an_id_is_a_prefix_and_a_uuid() {
        for prefix in ["avf-phone-uuid-", "demo_uuid_2-", ""] {
            check(&format!("{prefix}{UUID}"), true);
        }
    }

    #[test]
    fn numbers_names_and_ids_of_facebook_are_none() {
        for text in ["+252615550001", "0615550001", "1015712345678901234", "tel:1", "Asha", ""] {
            check(text, false);
            check(&format!("{text}:{UUID}"), false);
        }
        check("avf-phone-uuid-615550001", false);
        check("Asha Sentinel, who lives in the third house", false);
        check(&format!("252615550001-{UUID}"), false);
        check(&format!("Asha Sentinel {UUID}"), false);
        check(&"ä".repeat(UUID_CHARACTERS), false);
    }

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_participant_id(text), expected, "text: {text:?}");
    }
}
