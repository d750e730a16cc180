//! The documentation: its commands run, its links lead somewhere.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pipeline_tests::{binaries, files_below, page, workspace};

/// Pages whose commands are run here. Those of a line share a checkout: the later ones go on with
/// what the first one made.
const RUN_HERE: [&[&str]; 10] = [
    &["docs/analysis.md"],
    &["docs/another-country.md"],
    &["docs/files.md"],
    &["docs/getting-started.md", "docs/operations.md"],
    &["docs/profiling.md"],
    &["docs/scaling.md"],
    &["docs/setup.md"],
    &["docs/uploads.md"],
    &["pipeline_configs/demo/README.md"],
    &["pipeline_configs/kenya/README.md"],
];

/// Pages that show what their commands print.
const COMPARED_HERE: [&str; 1] = ["docs/text-cleaners.md"];

/// Pages whose commands other tests run, or the CI itself.
const RUN_ELSEWHERE: [(&str, &str); 7] = [
    ("README.md", ".ci/run"),
    ("docs/CONTRIBUTING.md", ".ci/run"),
    ("docs/backup.md", "tests/tests/stage6_end_to_end.rs"),
    ("docs/coda.md", "tests/tests/coda_page.rs"),
    (
        "docs/install.md",
        "tests/tests/stages_in_images.rs, and by hand: it needs a container engine",
    ),
    ("docs/performance.md", "by hand: it measures the machine"),
    ("docs/provenance.md", "tests/tests/provenance.rs"),
];

#[test]
fn the_commands_of_each_page_run() {
    let binaries = binaries().unwrap();
    for names in RUN_HERE {
        let checkout = page::checkout().unwrap();
        for name in names {
            page::run_commands(name, checkout.path(), &binaries).unwrap();
        }
    }
    for name in COMPARED_HERE {
        page::check(name, page::checkout().unwrap().path(), &binaries).unwrap();
    }
}

#[test]
fn every_page_with_commands_is_run_by_somebody() {
    let elsewhere = RUN_ELSEWHERE.map(|(name, _)| name);
    let run_here = RUN_HERE.into_iter().flatten().copied();
    let listed: BTreeSet<&str> = run_here.chain(COMPARED_HERE).chain(elsewhere).collect();
    let with_commands = pages().into_iter().filter(|name| !page::commands(&read(name)).is_empty());
    let with_commands: BTreeSet<String> = with_commands.collect();
    let listed: BTreeSet<String> = listed.into_iter().map(str::to_owned).collect();
    assert_eq!(with_commands, listed);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for name in pages() {
        let directory = workspace().join(&name);
        let directory = directory.parent().unwrap();
        for link in links(&read(&name)) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target =
                if path.is_empty() { workspace().join(&name) } else { directory.join(path) };
            if !target.exists() || !anchor.is_empty() && !has_heading(&target, anchor) {
                broken.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn finds_what_a_page_links_to() {
    let page =
        "See [a](a.md), [b](../b.md#some-part).\n```text\n[c](c.md)\n```\n`[d](d.md)` ![e](e.png)";
    assert_eq!(links(page), ["a.md", "../b.md#some-part", "e.png"]);
    assert_eq!(heading_anchor("## What's *there*, in `Raw Data`?"), "whats-there-in-raw-data");
}

/// The pages of the repository, by their paths in it.
fn pages() -> Vec<String> {
    let mut pages: Vec<PathBuf> = ["README.md", "CHANGELOG.md"].map(PathBuf::from).to_vec();
    for directory in ["docs", "pipeline_configs"] {
        let files = files_below(&workspace().join(directory)).unwrap();
        pages.extend(files.into_iter().map(|(path, _)| Path::new(directory).join(path)));
    }
    let names = pages.iter().map(|path| path.to_str().unwrap().to_owned());
    // What the commands of the README wrote into the demo is none of the repository's.
    names.filter(|name| name.ends_with(".md") && !name.contains("/data_root/")).collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(workspace().join(name)).unwrap()
}

/// The targets of the links of a page, without those in code.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        // Every second piece between backticks is code.
        for text in line.split('`').step_by(2) {
            for after in text.split("](").skip(1) {
                links.extend(after.split_once(')').map(|(target, _)| target.to_owned()));
            }
        }
    }
    links
}

fn has_heading(page: &Path, anchor: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(page) else { return false };
    text.lines().filter(|line| line.starts_with('#')).any(|line| heading_anchor(line) == anchor)
}

/// The anchor of a heading, as GitHub makes it.
fn heading_anchor(line: &str) -> String {
    let text = line.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|char| char.is_alphanumeric() || [' ', '-', '_'].contains(char));
    kept.collect::<String>().replace(' ', "-")
}
