#!/usr/bin/env bash
# Runs a program of the pipeline in its container image, with the same arguments.
#
# Called by a link that has the program's name (lib/in_image/). What the arguments name is mounted
# at the place where it is, so that an argument means the same inside; nothing else is. The
# container has a read-only file system, no privileges, the caller's user id, and a network only
# when the program needs one. docs/install.md says which variables there are.
set -euo pipefail

name=$(basename "$0")
# May hold options, such as `docker --context far`.
read -ra engine <<<"${PCVE_CONTAINER_ENGINE:-docker}"
image="${PCVE_IMAGE_PREFIX:?}$name:${PCVE_IMAGE_TAG:-latest}"

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

command -v "${engine[0]}" >/dev/null || fail "there is no \`${engine[0]}\` to run the image \`$image\`" \
    "install Docker or Podman, name another engine in PCVE_CONTAINER_ENGINE, or unset PCVE_IMAGE_PREFIX"

# What is mounted: places[i] in the mode modes[i], `ro` or `rw`.
places=()
modes=()

# Mounts $1, an absolute path, in the mode $2; `rw` wins.
mount_place() {
    local i
    [[ "$1" != *,* ]] || fail "\`$1\` has a comma in it, and container engines cannot mount that" \
        "rename it, or use a link without a comma"
    for i in ${places[@]+"${!places[@]}"}; do
        if [[ "${places[i]}" == "$1" ]]; then
            [[ "$2" == ro ]] || modes[i]=rw
            return
        fi
    done
    places+=("$1")
    modes+=("$2")
}

# The path $1 from the root, without links in what leads there.
absolute() {
    local parent
    if [[ -d "$1" ]]; then
        (cd -- "$1" && pwd -P)
    elif parent=$(cd -- "$(dirname -- "$1")" 2>/dev/null && pwd -P); then
        printf '%s/%s\n' "${parent%/}" "$(basename -- "$1")"
    else
        # The program says what is wrong with it.
        printf '%s\n' "$1"
    fi
}

# Each of the following takes a path, mounts what belongs to it, and sets $path to its absolute form.

mount_directory() {
    path=$(absolute "$1")
    [[ ! -d "$path" ]] || mount_place "$path" rw
}

mount_new_directory() {
    (umask 077 && mkdir -p -- "$1")
    mount_directory "$1"
}

mount_file() {
    path=$(absolute "$1")
    [[ ! -f "$path" ]] || mount_place "$path" ro
}

# What the program makes, a file or a directory, in a directory that it makes too if need be.
mount_parent() {
    mount_new_directory "$(dirname -- "$1")"
    path=$(absolute "$1")
}

# Coding plans and code schemes are beside the configuration.
mount_configuration() {
    path=$(absolute "$1")
    [[ -f "$path" ]] || return 0
    mount_place "$(dirname "$path")" ro
    # Only an upload to Drive leads stages 3 and 5 out of the machine.
    if [[ "$(tr '\n' ' ' <"$path")" =~ \"DriveUpload\"[[:space:]]*:[[:space:]]*\{ ]]; then
        network=${PCVE_CONTAINER_NETWORK:-bridge}
    fi
}

# Credentials of the type `local` name a directory, relative to their own.
mount_credentials() {
    local text root credentials
    mount_file "$1"
    credentials=$path
    [[ -f "$credentials" ]] || return 0
    text=$(tr '\n' ' ' <"$credentials")
    if [[ "$text" =~ \"type\"[[:space:]]*:[[:space:]]*\"local\" &&
        "$text" =~ \"root\"[[:space:]]*:[[:space:]]*\"([^\"\\]+)\" ]]; then
        root=${BASH_REMATCH[1]}
        [[ "$root" == /* ]] || root=$(dirname "$credentials")/$root
        mount_new_directory "$root"
    fi
    path=$credentials
}

# What the positional arguments of each program are, and whether it needs a network.
network=none
case "$name" in
    coda-get)
        roles=(credentials text new_directory)
        network=${PCVE_CONTAINER_NETWORK:-bridge}
        ;;
    coda-add)
        roles=(credentials text directory)
        network=${PCVE_CONTAINER_NETWORK:-bridge}
        ;;
    fetch-rapidpro | fetch-facebook | fetch-files)
        roles=(text credentials configuration new_directory)
        network=${PCVE_CONTAINER_NETWORK:-bridge}
        ;;
    generate-outputs | generate-analysis-graphs) roles=(text credentials configuration directory) ;;
    backup-data-root) roles=(directory new_directory) ;;
    upload-logs)
        roles=(text credentials configuration text file file)
        network=${PCVE_CONTAINER_NETWORK:-bridge}
        ;;
    log-pipeline-event)
        roles=(text credentials configuration text text)
        network=${PCVE_CONTAINER_NETWORK:-bridge}
        ;;
    *) fail "\`$name\` has no image of its own" "unset PCVE_IMAGE_PREFIX" ;;
esac

arguments=()
while [[ $# -gt 0 ]]; do
    option=$1
    shift
    arguments+=("$option")
    case "$option" in
        --) break ;;
        --pipeline-configuration) mount_configuration "$1" ;;
        --profile-cpu | --profile-memory) mount_parent "$1" ;;
        --verify) mount_file "$1" ;;
        --restore)
            mount_file "$1"
            arguments+=("$path")
            shift
            mount_parent "$1"
            ;;
        *) continue ;;
    esac
    arguments+=("$path")
    shift
done
for role in "${roles[@]}"; do
    [[ $# -gt 0 ]] || break
    path=$1
    [[ "$role" == text ]] || "mount_$role" "$1"
    arguments+=("$path")
    shift
done

options=(--rm --read-only --cap-drop ALL --security-opt no-new-privileges --network "$network"
    --user "$(id -u):$(id -g)")
# Without root, Podman gives the caller's files to root inside, unless it is told to keep ids.
[[ "$(basename "${engine[0]}")" != podman || "$(id -u)" == 0 ]] || options+=(--userns keep-id)
for i in ${places[@]+"${!places[@]}"}; do
    mount="type=bind,source=${places[i]},target=${places[i]}"
    [[ "${modes[i]}" == rw ]] || mount+=,readonly
    options+=(--mount "$mount")
done
while IFS= read -r variable; do
    case "$variable" in
        PCVE_BIN_DIR | PCVE_IMAGE_* | PCVE_CONTAINER_*) ;;
        PCVE_* | SOURCE_DATE_EPOCH | RUST_LOG | RUST_BACKTRACE | *_EMULATOR_HOST | \
            HTTP_PROXY | HTTPS_PROXY | NO_PROXY | http_proxy | https_proxy | no_proxy)
            options+=(--env "$variable")
            ;;
    esac
done < <(compgen -e)
read -ra more_options <<<"${PCVE_CONTAINER_OPTIONS:-}"

exec "${engine[@]}" run "${options[@]}" ${more_options[@]+"${more_options[@]}"} \
    "$image" ${arguments[@]+"${arguments[@]}"} "$@"
