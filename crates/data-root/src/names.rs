//! Which names a file may have.

use crate::FileError;
use crate::layout::{LOCK_FILE, MANIFEST_LOCK_FILE, PARTITIONS_DIRECTORY, TEMPORARY_DIRECTORY};
use crate::run_lock::RUN_LOCK_FILE;

/// What every temporary file that this crate makes ends with.
pub(crate) const TEMPORARY_SUFFIX: &str = ".pcve-tmp";

/// The longest name that is accepted, in bytes.
///
/// File systems stop at 255 bytes; the rest is for an extension and for `_raw` and the like.
const LONGEST_NAME_BYTES: usize = 200;

/// Refuses a name from the configuration that would leave its directory, or hide there.
///
/// # Errors
///
/// [`FileError::BadName`] when `name` is empty or over 200 bytes, contains a path separator or a
/// control character, or begins with a dot (which includes `.` and `..`).
pub fn check_file_name(name: &str) -> Result<(), FileError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.contains(['/', '\\']) {
        "it contains a path separator"
    } else if name.contains(char::is_control) {
        "it contains a control character"
    } else if name.starts_with('.') {
        "it begins with a dot"
    } else if LONGEST_NAME_BYTES < name.len() {
        "it is longer than 200 bytes"
    } else {
        return Ok(());
    };
    Err(FileError::BadName { name: name.to_owned(), reason })
}

/// Whether a file or directory of this name holds no data: a lock, or what a run puts aside.
///
/// Backups leave such files out.
pub fn is_internal_name(name: &str) -> bool {
    let of_this_crate =
        [LOCK_FILE, MANIFEST_LOCK_FILE, PARTITIONS_DIRECTORY, RUN_LOCK_FILE, TEMPORARY_DIRECTORY];
    of_this_crate.contains(&name) || is_temporary_name(name)
}

/// The name of a temporary file for `final_name`: hidden, and unlike that of any other process.
pub(crate) fn temporary_name(final_name: &str, unique: &str) -> String {
    let shown = final_name.get(..100).unwrap_or_else(|| {
        final_name.char_indices().nth(40).map_or(final_name, |(end, _)| &final_name[..end])
    });
    format!(".{shown}.{unique}{TEMPORARY_SUFFIX}")
}

pub(crate) fn is_temporary_name(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(TEMPORARY_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_names_that_flows_have() {
        for name in ["eu_pcve_s01e01_activation", "Démographies 2", "a.b", "how are you?"] {
            check_file_name(name).unwrap();
        }
    }

    #[test]
    fn refuses_names_that_leave_the_directory_or_hide_in_it() {
        let too_long = "x".repeat(201);
        for name in
            ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", ".lock", "a\0b", "a\n", &too_long]
        {
            assert!(check_file_name(name).is_err(), "name: {name:?}");
        }
    }

    #[test]
    fn gives_temporary_files_names_that_fit_and_that_it_knows_again() {
        for final_name in ["messages.csv", &"é".repeat(127), &"x".repeat(255)] {
            let name = temporary_name(final_name, "4294967295-18446744073709551615");
            assert!(name.len() <= 255, "{name}");
            assert!(is_internal_name(&name), "{name}");
        }
        assert!(!is_internal_name("messages.csv"));
    }
}
