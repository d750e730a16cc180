//! Made-up things that say who somebody is, and the search for them in all that was written.

use std::path::Path;
use std::process::Output;

use pipeline_tests::files_below;

/// A phone number.
pub const PHONE: &str = "+252615550001";

/// Something to be called.
pub const NAME: &str = "Sentinel Name";

/// An id in social media.
pub const PERSON_ID: &str = "90909090901";

/// What must be nowhere: numbers however they are written, names, ids, secrets of links.
const WORDS: [&str; 7] =
    ["252615550001", "615550001", "61 5550001", "Sentinel", "sentinel", PERSON_ID, "Signature="];

/// Searches all files below a directory, and their names.
pub fn search_files(directory: &Path, secrets: &[String]) {
    for (path, bytes) in files_below(directory).unwrap() {
        search(&path.display().to_string(), &bytes, secrets);
        search("the name of a file", path.as_os_str().as_encoded_bytes(), secrets);
    }
}

/// Searches what a program printed.
pub fn search_output(output: &Output, secrets: &[String]) {
    search("the standard output", &output.stdout, secrets);
    search("the log", &output.stderr, secrets);
}

#[track_caller]
fn search(place: &str, bytes: &[u8], secrets: &[String]) {
    for word in WORDS.into_iter().chain(secrets.iter().map(String::as_str)) {
        let found = bytes.windows(word.len()).position(|window| window == word.as_bytes());
        if let Some(at) = found {
            let context = &bytes[at.saturating_sub(200)..(at + 200).min(bytes.len())];
            panic!("`{word}` in {place}: {}", String::from_utf8_lossy(context));
        }
    }
}
