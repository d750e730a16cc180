#!/usr/bin/env bash
# Prints the licences of all crates that are compiled into the programs, as these ask for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

echo "The programs contain the crates below, each under the licence that follows its name."
echo "Their sources are in the registry crates.io, unchanged."
cargo tree --workspace --edges normal --no-dedupe --prefix none --locked \
    --target "$(rustc -vV | sed -n 's/^host: //p')" --format '{p}|{l}' \
    | grep -v -e '(/' -e '^$' | sed 's/ (proc-macro)//' | LC_ALL=C sort -u \
    | while IFS='|' read -r package license; do
        printf '\n%s\n%s: %s\n\n' "$(printf '=%.0s' {1..80})" "$package" "$license"
        # A crate as Cargo has unpacked it.
        read -r crate version <<<"$package"
        for directory in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$crate-${version#v}"; do
            find "$directory" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) \
                -print0 | LC_ALL=C sort -z | xargs -0 --no-run-if-empty cat
        done
    done
