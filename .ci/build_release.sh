#!/usr/bin/env bash
# Makes, in the directory $1, the archive that a release hands out, and SHA256SUMS.
#
# The archive has static programs in bin/, and what is tracked of the rest, so that scripts run where
# it is unpacked; the same commit and compiler give the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p "${1:?usage: .ci/build_release.sh <directory>}"
directory=$(cd "$1" && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name=pcve-$version-$(rustc -vV | sed -n 's/^host: //p')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/$name"
git archive HEAD run_scripts pipeline_configs docs docker/kubernetes README.md CHANGELOG.md LICENSE \
    | tar -x -C "$scratch/$name"
.ci/build_static.sh "$scratch/$name/bin"
.ci/third_party_licenses.sh >"$scratch/$name/THIRD_PARTY_LICENSES.txt"

rm -f "$directory"/pcve-*.tar.gz
tar -c -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$(git log -1 --format=%ct)" "$name" | gzip -9 -n >"$directory/$name.tar.gz"
(cd "$directory" && sha256sum "$name.tar.gz" >SHA256SUMS && cat SHA256SUMS)
