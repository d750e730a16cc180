#!/usr/bin/env bash
# The checks of continuous integration: here, on a developer's machine, and on GitHub.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
Usage: .ci/check.sh <step>...

Steps:
  format      the code is formatted
  lint        no warnings from the compiler or Clippy
  test        all tests; with CI=true also against real clients and services (.ci/peers.sh)
  docs        the documentation of the code has no dead links
  schema      docs/reference/ is up to date, and all projects in pipeline_configs/ are valid
  shell       no warnings from ShellCheck, and arguments of scripts and container examples fit
  licenses    licences, sources and versions of all dependencies (.cargo/deny.toml)
  advisories  no dependency has a known vulnerability; needs a network
  unused      no dependency that is not used
  release     the archive that a release hands out: built, installed, run, removed
  images      container images: built, looked into, run (docker/test_images.sh)
END
}

# Installs the Cargo subcommand $1 in the version $2, unless it is there.
tool() {
    cargo "${1#cargo-}" --version >/dev/null 2>&1 || cargo install --quiet --locked "$1" --version "$2"
}

debian_package() {
    command -v "$1" >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1" >/dev/null; }
}

step_format() { cargo fmt --all --check; }

step_lint() { cargo clippy --workspace --all-targets --locked -- -D warnings; }

step_test() {
    # shellcheck source-path=SCRIPTDIR source=peers.sh
    [[ "${CI:-}" != true ]] || source .ci/peers.sh
    cargo test --workspace --locked
    # A feature that few need, with a large dependency.
    [[ "${CI:-}" != true ]] || cargo test --locked -p pipeline-tests --features parquet --test stage3_parquet
}

step_docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked; }

step_schema() {
    # --workspace: with the features that the tests were built with, nothing is built twice
    cargo test --workspace --locked --test check_config documents
    cargo build --workspace --locked --bin check-config
    local configuration
    for configuration in pipeline_configs/*/pipeline_config.json; do
        target/debug/check-config "$configuration" >/dev/null
    done
}

step_shell() {
    debian_package shellcheck
    git ls-files -z -- '*.sh' .ci/run | xargs -0 shellcheck -x
}

step_licenses() {
    tool cargo-deny 0.20.2
    cargo deny --locked check licenses bans sources
}

step_advisories() {
    tool cargo-deny 0.20.2
    cargo deny --locked check advisories
}

step_unused() {
    tool cargo-machete 0.9.2
    cargo machete --with-metadata
}

step_release() {
    .ci/build_release.sh target/release_archives
    .ci/test_release.sh target/release_archives/*.tar.gz
}

step_images() { .ci/images.sh; }

[[ $# -gt 0 ]] || {
    usage >&2
    exit 2
}
for step in "$@"; do
    declare -F "step_$step" >/dev/null || {
        printf 'error: no step %s\n\n' "$step" >&2
        usage >&2
        exit 2
    }
done
for step in "$@"; do
    printf '=== %s\n' "$step"
    "step_$step"
done
