//! The layers of the workspace: imports go down only, and every crate is in the list.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::process::Command;

use pipeline_tests::{succeed, workspace};

/// Crates by layer, lowest first.
///
/// A crate may import crates of lower layers. Foundation and boundary crates may also import
/// crates of their own layer; crates of the pipeline never do: stages meet in files.
const LAYERS: [(&str, &[&str]); 4] = [
    (
        "foundation",
        &[
            "checked-json",
            "code-schemes",
            "data-root",
            "iso-time",
            "shell-completions",
            "text-cleaners",
            "traced-data",
        ],
    ),
    (
        "boundaries",
        &["fetching", "google-services", "pipeline-config", "stage-runner", "uuid-table"],
    ),
    (
        "pipeline",
        &[
            "analysis-graphs",
            "archive",
            "coda-io",
            "pipeline-run",
            "processing",
            "sample-data",
            "sources-facebook",
            "sources-files",
            "sources-rapidpro",
        ],
    ),
    ("tests", &["firestore-emulator", "pipeline-tests", "service-emulator"]),
];

#[test]
fn every_crate_has_a_layer() {
    let listed: Vec<&str> = LAYERS.iter().flat_map(|(_, crates)| *crates).copied().collect();
    let present: Vec<String> = imports().into_keys().collect();
    for name in &present {
        assert!(listed.contains(&name.as_str()), "crate `{name}` is in no layer");
    }
    for name in listed {
        assert!(present.iter().any(|known| known == name), "there is no crate `{name}`");
    }
}

#[test]
fn imports_go_down_only() {
    for (name, dependencies) in imports() {
        for dependency in dependencies {
            let (from, to) = (layer(&name), layer(&dependency));
            let same_layer_is_fine = LAYERS[from].0 != "pipeline";
            assert!(
                to < from || to == from && same_layer_is_fine,
                "`{name}` ({}) must not import `{dependency}` ({})",
                LAYERS[from].0,
                LAYERS[to].0,
            );
        }
    }
}

#[test]
fn the_top_level_holds_what_the_architecture_names() {
    let known = [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "crates",
        // What the demo and the commands of the docs make; git does not see it, nor `target`.
        "data",
        "docker",
        "docs",
        "pipeline_configs",
        "run_scripts",
        "rust-toolchain.toml",
        "target",
        "tests",
    ];
    for entry in std::fs::read_dir(workspace()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_known = known.contains(&name.as_str()) || name.starts_with('.');
        assert!(is_known, "`{name}` does not belong at the top level");
    }
}

/// The crates of the workspace, each with those of them that its library and binaries import.
fn imports() -> BTreeMap<String, Vec<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(workspace());
    let output = succeed(&mut cargo).unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            // What tests import is free: they may use any peer.
            let imported = dependencies.filter(|dependency| dependency["kind"].is_null());
            let ours = imported
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| names.contains(name))
                .map(str::to_owned);
            (package["name"].as_str().unwrap().to_owned(), ours.collect())
        })
        .collect()
}

fn layer(name: &str) -> usize {
    LAYERS
        .iter()
        .position(|(_, crates)| crates.contains(&name))
        .unwrap_or_else(|| panic!("crate `{name}` is in no layer"))
}
