#!/usr/bin/env bash
# Builds the images of docker/Dockerfile.
set -euo pipefail

# The programs that have an image of their own, and the image with all of them.
images=(coda-get fetch-rapidpro fetch-facebook fetch-files generate-outputs coda-add
    generate-analysis-graphs backup-data-root upload-logs log-pipeline-event pipeline)

usage() {
    cat <<'END'
Usage: ./build_images.sh [options] [<image>...]

Builds the images, or only those that are named, as `<prefix><image>:<tag>`.

Options:
  --prefix <text>        what comes before the name of each image (PCVE_IMAGE_PREFIX, or pcve-)
  --tag <tag>            the tag (PCVE_IMAGE_TAG, or latest)
  --binaries <dir>       take static programs from this directory instead of compiling them
  --build-arg <k>=<v>    for the engine, e.g. BASE_IMAGE=<image>; can be given several times
  --list                 print the names of the images
  --help                 print this

The engine is `docker`, or what PCVE_CONTAINER_ENGINE says: podman, buildah.
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

prefix=${PCVE_IMAGE_PREFIX:-pcve-}
tag=${PCVE_IMAGE_TAG:-latest}
options=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --list)
            printf '%s\n' "${images[@]}"
            exit 0
            ;;
        --prefix | --tag | --binaries | --build-arg)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            case "$1" in
                --prefix) prefix=$2 ;;
                --tag) tag=$2 ;;
                --binaries)
                    [[ -d "$2" ]] || wrong_arguments "no directory \`$2\`"
                    options+=(--build-context "binaries=$(cd "$2" && pwd)")
                    ;;
                --build-arg) options+=("$1" "$2") ;;
            esac
            shift 2
            ;;
        -*) wrong_arguments "unknown option \`$1\`" ;;
        *) break ;;
    esac
done
for image in "$@"; do
    [[ " ${images[*]} " == *" $image "* ]] || wrong_arguments "no image \`$image\`; there are ${images[*]}"
done
[[ $# -gt 0 ]] || set -- "${images[@]}"

read -ra engine <<<"${PCVE_CONTAINER_ENGINE:-docker}"
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if git_hash=$(git -C "$checkout" rev-parse --verify HEAD 2>/dev/null); then
    options+=(--build-arg "PCVE_GIT_HASH=$git_hash" --label "org.opencontainers.image.revision=$git_hash")
fi
for image in "$@"; do
    "${engine[@]}" build --file "$checkout/docker/Dockerfile" --target "$image" \
        --tag "$prefix$image:$tag" ${options[@]+"${options[@]}"} "$checkout"
done
