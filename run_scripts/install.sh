#!/usr/bin/env bash
# Installs the pipeline from a checkout or an unpacked release, or removes it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./install.sh [--prefix <dir>]
       ./install.sh [--prefix <dir>] --uninstall

Installs all programs and run scripts below <dir> (default: ~/.local), in the place of an earlier
version. From a checkout the programs are built first, which needs Rust and a C compiler; an
unpacked release has them. Data, credentials and configurations are never touched.

  <dir>/bin                  commands: the run scripts and the programs
  <dir>/lib/pcve             what they consist of
  <dir>/share                completions for Bash, Zsh and Fish

Options:
  --prefix <dir>   where to install to
  --uninstall      remove what was installed there
  --help           print this
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

prefix=${HOME:-}/.local
action=install
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --prefix)
            [[ -n "${2:-}" ]] || wrong_arguments "\`$1\` needs a directory"
            prefix=$2
            shift 2
            ;;
        --uninstall)
            action=uninstall
            shift
            ;;
        *) wrong_arguments "unknown argument \`$1\`" ;;
    esac
done

# Copies all programs to the directory $1.
copy_programs() {
    local program programs=()
    if [[ -n "${PCVE_BIN_DIR:-}" ]]; then
        programs=("$PCVE_BIN_DIR"/*)
    else
        echo "Building all programs; the first time this takes some minutes." >&2
        while IFS= read -r program; do
            programs+=("$program")
        done < <(cd "$(checkout_directory)" \
            && cargo build --workspace --bins --profile dist --locked --message-format=json-render-diagnostics \
            | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
    fi
    [[ -x "${programs[0]:-}" ]] || {
        echo "error: there are no programs to install" >&2
        echo "hint: see above what is wrong, or set PCVE_BIN_DIR to a directory with the programs" >&2
        return 1
    }
    cp "${programs[@]}" "$1"
}

# Writes the file $1 below the prefix from standard input, and remembers it for --uninstall.
place() {
    mkdir -p "$(dirname "$prefix/$1")"
    cat >"$prefix/$1"
    printf '%s\n' "$1" >>"$new/installed_files"
}

# Makes the commands in bin/, and completions for those of them that are programs.
place_commands() {
    local script program name
    for script in "$new"/run_scripts/*.sh; do
        name=$(basename "$script")
        [[ "$name" != install.sh && "$name" != benchmark.sh ]] || continue
        # shellcheck disable=SC2016  # Expanded when the command runs.
        printf '#!/usr/bin/env bash\nexec "$(dirname "$0")/../lib/pcve/run_scripts/%s" "$@"\n' "$name" | place "bin/$name"
        chmod +x "$prefix/bin/$name"
    done
    for program in "$new"/bin/*; do
        name=$(basename "$program")
        ln -sfn "../lib/pcve/bin/$name" "$prefix/bin/$name"
        printf '%s\n' "bin/$name" >>"$new/installed_files"
        "$program" --completions bash | place "share/bash-completion/completions/$name"
        "$program" --completions zsh | place "share/zsh/site-functions/_$name"
        "$program" --completions fish | place "share/fish/vendor_completions.d/$name.fish"
    done
}

# Removes what an installation placed outside of lib/pcve.
remove_placed() {
    local file
    [[ -f "$1/installed_files" ]] || return 0
    while IFS= read -r file; do
        rm -f "$prefix/$file"
    done <"$1/installed_files"
}

mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
installed=$prefix/lib/pcve
if [[ $action == uninstall ]]; then
    [[ -d "$installed" ]] || {
        echo "error: there is no installation in \`$prefix\`" >&2
        echo "hint: name the directory it was installed to with --prefix" >&2
        exit 1
    }
    remove_placed "$installed"
    rm -rf "$installed"
    echo "Removed the pipeline from $prefix" >&2
    exit 0
fi

new=$prefix/lib/pcve.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
mkdir -p "$new/bin"
copy_programs "$new/bin"
checkout=$(checkout_directory)
cp -R "$checkout/run_scripts" "$checkout/pipeline_configs" "$checkout/LICENSE" "$new"
# Made by whoever tried the demo of this checkout.
rm -rf "$new"/pipeline_configs/*/services "$new"/pipeline_configs/*/data_root
remove_placed "$installed"
place_commands
rm -rf "$installed"
mv "$new" "$installed"
echo "Installed $("$installed/bin/generate-outputs" --version | sed 's/^[^ ]* //') in $prefix" >&2
case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) echo "hint: add $prefix/bin to your PATH" >&2 ;;
esac
echo "Try it: $prefix/bin/run_demo.sh <a new directory>" >&2
