#!/usr/bin/env bash
# Builds all programs so that they need nothing of the machine they run on, and copies them to the
# directory $1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

directory=${1:?usage: .ci/build_static.sh <directory>}
target=$(rustc -vV | sed -n 's/^host: //p')
mkdir -p "$directory"
RUSTFLAGS="-C target-feature=+crt-static" cargo build --workspace --bins --locked --profile dist \
    --target "$target" --message-format=json-render-diagnostics \
    | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' \
    | xargs -d '\n' cp -t "$directory"
