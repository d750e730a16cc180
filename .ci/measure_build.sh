#!/usr/bin/env bash
# Prints the figures of the section "Build" in docs/performance.md: crates, the time of a clean build
# of what the demo needs and of the static programs, and their sizes. Takes many minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CARGO_TARGET_DIR=$scratch/target

# Crates of others that are compiled for $@, the edges and packages of `cargo tree`.
count_crates() {
    cargo tree --locked --target "$target" --prefix none --no-dedupe "$@" \
        | sed 's/ (proc-macro)//' | grep -v -e '(/' -e '^$' | LC_ALL=C sort -u | wc -l
}

echo "crates of others: $(count_crates --workspace --edges normal,build) compiled, $(count_crates --workspace --edges normal) of them in programs"
# Downloading is not building.
cargo fetch --quiet --locked --target "$target"
TIMEFORMAT='%R s, %U CPU s'
echo "clean build, as the scripts do it:"
time cargo build --quiet --release --locked --workspace --bins
rm -rf "$CARGO_TARGET_DIR"
echo "clean build of static programs:"
time .ci/build_static.sh "$scratch/binaries"
stat -c '%n %s' "$scratch"/binaries/* | awk '{ sub(/.*\//, "", $1); printf "%-26s %5.1f MB\n", $1, $2 / 1e6 }'
