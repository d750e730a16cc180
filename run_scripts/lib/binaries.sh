# Sourced by the run scripts: finds their binaries, and builds them when that is needed.
# shellcheck shell=bash

# Prints the path of the binary $1: in PCVE_BIN_DIR when that is set (images, installed copies),
# else in the target directory of this checkout, built first when missing or older than the sources.
binary() {
    local checkout target path
    if [[ -n "${PCVE_BIN_DIR:-}" ]]; then
        path="$PCVE_BIN_DIR/$1"
        if [[ ! -x "$path" ]]; then
            echo "error: no program \`$path\`" >&2
            echo "hint: PCVE_BIN_DIR must name the directory with the pipeline's programs" >&2
            return 1
        fi
    else
        checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
        # As Cargo takes it when it is run at the root of the checkout.
        target=$(cd "$checkout" && mkdir -p "${CARGO_TARGET_DIR:-target}" \
            && cd "${CARGO_TARGET_DIR:-target}" && pwd)
        path="$target/release/$1"
        if ! is_up_to_date "$path" "$checkout"; then
            build "$1" "$checkout" || return 1
            # Cargo leaves a program alone whose own sources did not change.
            touch "$path"
        fi
    fi
    printf '%s\n' "$path"
}

# Whether the program $1 is there, and no source in the checkout $2 is newer.
is_up_to_date() {
    [[ -x "$1" ]] && [[ -z "$(find "$2/crates" "$2/Cargo.toml" "$2/Cargo.lock" -newer "$1" -print -quit)" ]]
}

build() {
    if ! command -v cargo >/dev/null; then
        echo "error: the program \`$1\` must be built, and there is no \`cargo\`" >&2
        echo "hint: install Rust, or set PCVE_BIN_DIR to a directory with the pipeline's programs" >&2
        return 1
    fi
    echo "Building \`$1\`; the first time this takes some minutes." >&2
    (cd "$2" && cargo build --release --locked --bin "$1" >&2)
}
