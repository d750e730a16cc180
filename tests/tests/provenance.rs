//! The commands of `docs/provenance.md` run, and print what the page shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pipeline_tests::{binary, page};

#[test]
fn the_commands_of_the_page_print_what_it_shows() {
    let checkout = page::checkout().unwrap();
    let binaries = binary("traced-data", "traced-data").unwrap().parent().unwrap().to_owned();
    binary("processing", "generate-outputs").unwrap();
    page::check("docs/provenance.md", checkout.path(), &binaries).unwrap();
}
