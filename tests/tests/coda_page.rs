//! The commands of `docs/coda.md` run, and print what the page shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pipeline_tests::{binary, page};

#[test]
fn the_commands_of_the_page_print_what_it_shows() {
    let checkout = page::checkout().unwrap();
    binary("processing", "generate-outputs").unwrap();
    binary("coda-io", "coda-get").unwrap();
    binary("coda-io", "coda-add").unwrap();
    let datasets = binary("coda-io", "coda-datasets").unwrap();
    page::check("docs/coda.md", checkout.path(), datasets.parent().unwrap()).unwrap();
}
