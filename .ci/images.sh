#!/usr/bin/env bash
# Builds and tests the images, with Docker where it runs. Elsewhere with Podman, the programs
# compiled outside, and a base system made of Debian's packages when none can be pulled.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Docker compiles in the image, as a stranger's machine would.
if docker info >/dev/null 2>&1; then
    exec docker/test_images.sh "$@"
fi

for program in podman crun debootstrap; do
    command -v "$program" >/dev/null || missing=1
done
if [[ -n "${missing:-}" ]]; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends podman crun debootstrap >/dev/null
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Inside a container without privileges: no higher limits, no control groups, no overlay.
cat >"$scratch/containers.conf" <<END
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
END
export CONTAINERS_CONF=$scratch/containers.conf BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
export PCVE_CONTAINER_ENGINE=podman

.ci/build_static.sh "$scratch/binaries"

base=docker.io/library/debian:bookworm-slim
if ! podman pull --quiet "$base" 2>/dev/null; then
    base=localhost/debian:bookworm-minbase
    if ! podman image exists "$base"; then
        echo "Making a base system of Debian's packages."
        debootstrap --variant=minbase bookworm "$scratch/base" >"$scratch/log" || {
            cat "$scratch/log" >&2
            exit 1
        }
        rm -rf "$scratch"/base/var/{cache/apt,lib/apt/lists}/*
        tar -c -C "$scratch/base" . | podman import --quiet - "$base"
    fi
fi

# crun wants pure control groups version 2, which this mount has.
# shellcheck disable=SC2016  # Expanded by the inner shell.
unshare --mount bash -c '
    if [[ ! -e /sys/fs/cgroup/cgroup.controllers ]]; then
        for place in /sys/fs/cgroup/*/; do umount "$place" 2>/dev/null || true; done
        umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
    fi
    exec "$@"' bash docker/test_images.sh --binaries "$scratch/binaries" --build-arg "BASE_IMAGE=$base" "$@"
