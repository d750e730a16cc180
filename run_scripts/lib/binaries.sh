# Sourced by the run scripts: finds their binaries, and builds them when that is needed.
# shellcheck shell=bash

# Prints the path of the binary $1: in PCVE_BIN_DIR when that is set, else in the target directory of
# this checkout, built first when missing or older than the sources. With PCVE_IMAGE_PREFIX set, the
# path of what runs it in its image.
binary() {
    local path
    if has_image "$1"; then
        path=$(image_runner "$1")
    elif [[ -n "${PCVE_BIN_DIR:-}" ]]; then
        path="$PCVE_BIN_DIR/$1"
        if [[ ! -x "$path" ]]; then
            echo "error: no program \`$path\`" >&2
            echo "hint: PCVE_BIN_DIR must name the directory with the pipeline's programs" >&2
            return 1
        fi
    else
        build_binaries "$1" || return 1
        path="$(target_directory)/$1"
    fi
    printf '%s\n' "$path"
}

# Whether the binary $1 is to run in an image: pipeline-run, which runs scripts, has none.
has_image() {
    [[ -n "${PCVE_IMAGE_PREFIX:-}" && -x "$(image_runner "$1")" ]]
}

image_runner() {
    printf '%s\n' "$(checkout_directory)/run_scripts/lib/in_image/$1"
}

# Builds those of the binaries $@ that are missing or older than the sources, all at once; with
# PCVE_BIN_DIR set there is nothing to build.
build_binaries() {
    local checkout target name paths=() options=()
    [[ -z "${PCVE_BIN_DIR:-}" ]] || return 0
    checkout=$(checkout_directory)
    target=$(target_directory)
    for name in "$@"; do
        if ! has_image "$name" && ! is_up_to_date "$target/$name" "$checkout"; then
            options+=(--bin "$name")
            paths+=("$target/$name")
        fi
    done
    [[ ${#paths[@]} -gt 0 ]] || return 0
    if ! command -v cargo >/dev/null; then
        echo "error: the program \`${paths[0]##*/}\` must be built, and there is no \`cargo\`" >&2
        echo "hint: install Rust, or set PCVE_BIN_DIR to a directory with the pipeline's programs" >&2
        return 1
    fi
    echo "Building ${paths[*]##*/}; the first time this takes some minutes." >&2
    (cd "$checkout" && cargo build --release --locked "${options[@]}" >&2) || return 1
    # Cargo leaves a program alone whose own sources did not change.
    touch "${paths[@]}"
}

checkout_directory() {
    cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd
}

# Where Cargo puts release binaries when it is run at the root of the checkout.
target_directory() {
    cd "$(checkout_directory)" && mkdir -p "${CARGO_TARGET_DIR:-target}/release" \
        && cd "${CARGO_TARGET_DIR:-target}/release" && pwd
}

# Whether the program $1 is there, and no source in the checkout $2 is newer.
is_up_to_date() {
    [[ -x "$1" ]] && [[ -z "$(find "$2/crates" "$2/Cargo.toml" "$2/Cargo.lock" -newer "$1" -print -quit)" ]]
}

# In an unpacked release and an installed copy the programs are there, and there is nothing to build.
if [[ -z "${PCVE_BIN_DIR:-}" && ! -e "$(checkout_directory)/Cargo.toml" ]]; then
    PCVE_BIN_DIR=$(checkout_directory)/bin
fi
