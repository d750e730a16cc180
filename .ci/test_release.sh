#!/usr/bin/env bash
# Unpacks the archive $1 of a release, installs it, runs what is installed, and removes it.
set -euo pipefail

archive=$(cd "$(dirname "${1:?usage: .ci/test_release.sh <archive>}")" && pwd)/$(basename "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

(cd "$(dirname "$archive")" && sha256sum --quiet --check SHA256SUMS)
tar -xzf "$archive" -C "$scratch"
unpacked=$(echo "$scratch"/pcve-*)
for program in "$unpacked"/bin/*; do
    ! ldd "$program" 2>/dev/null | grep -q "=>" || fail "\`$program\` needs libraries of this machine"
    size=$(stat -c %s "$program")
    printf '%-26s %5.1f MB  %s\n' "$(basename "$program")" "$(awk "BEGIN { print $size / 1e6 }")" \
        "$("$program" --version | head -c 60)"
done

# Twice: the second replaces the first.
prefix="$scratch/a prefix"
for _ in 1 2; do
    "$unpacked/run_scripts/install.sh" --prefix "$prefix" 2>"$scratch/log" || {
        cat "$scratch/log" >&2
        fail "install.sh failed"
    }
done
cp -R "$unpacked/pipeline_configs/demo" "$scratch/demo"
rm -rf "$unpacked"

# As a user who has no Rust.
PATH="$prefix/bin:/usr/bin:/bin"
hash -r
check-config "$scratch/demo/pipeline_config.json" >/dev/null 2>&1 || fail "check-config does not run"
3_generate_outputs.sh --quiet ci@example.org "$scratch/demo/credentials.json" \
    "$scratch/demo/pipeline_config.json" "$scratch/demo/data_root"
[[ -s "$scratch/demo/data_root/Outputs/messages.csv" ]] || fail "stage 3 made no messages.csv"
for completion in "$prefix"/share/bash-completion/completions/*; do
    # shellcheck source=/dev/null
    source "$completion"
    complete -p "$(basename "$completion")" >/dev/null || fail "\`$completion\` completes nothing"
done
[[ -s "$prefix/share/zsh/site-functions/_generate-outputs" ]] || fail "there are no completions for Zsh"
[[ -s "$prefix/share/fish/vendor_completions.d/generate-outputs.fish" ]] || fail "there are none for Fish"

"$prefix/lib/pcve/run_scripts/install.sh" --prefix "$prefix" --uninstall 2>/dev/null
left=$(find "$prefix" ! -type d)
[[ -z "$left" ]] || fail "install.sh --uninstall left $left"
echo "The release installs, runs and can be removed."
