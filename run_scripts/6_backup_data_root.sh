#!/usr/bin/env bash
# Stage 6: backs up a data root to a compressed archive, checks an archive, or brings one back.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./6_backup_data_root.sh [options] <data-root> <data-backups-dir>
       ./6_backup_data_root.sh [options] --verify <archive>
       ./6_backup_data_root.sh [options] --restore <archive> <dir>

Writes all files of the data root to `<data-backups-dir>/data-<run-id>.tar.gzip`, with
`--encrypt-to` to `data-<run-id>.tar.gzip.age`.

  <data-root>         the directory with all data of the pipeline
  <data-backups-dir>  the directory for the archive, outside the data root

Options:
  --encrypt-to <public-key>  encrypt the archive to the owner of this key of age, `age1…`; several
                             can be given, each for an owner of its own
  --identity <key-file>      the file with the secret key, to check or bring back an archive that
                             is encrypted; several can be given
  --verify <archive>         check that every bit of an archive is as it was written
  --restore <archive> <dir>  make the directory from an archive; it must be new or empty
  --profile-cpu <html>       write a CPU profile, a page for a web browser
  --profile-memory <file>    write memory over time, for `mprof plot`
  --log-format text|json     how log lines look
  --threads <n>              how many threads work at once
  -v, --verbose              log more
  -q, --quiet                log warnings and errors only
  --help                     print this
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

options=()
n_arguments=2
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --verify)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs an archive"
            options+=("$1" "$2")
            n_arguments=0
            shift 2
            ;;
        --restore)
            [[ $# -ge 3 ]] || wrong_arguments "\`$1\` needs an archive and a directory"
            options+=("$1" "$2" "$3")
            n_arguments=0
            shift 3
            ;;
        --encrypt-to | --identity | --profile-cpu | --profile-memory | --log-format | --threads)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            options+=("$1" "$2")
            shift 2
            ;;
        -v | --verbose | -q | --quiet)
            options+=("$1")
            shift
            ;;
        --)
            shift
            break
            ;;
        -*) wrong_arguments "unknown option \`$1\`" ;;
        *) break ;;
    esac
done
[[ $# -eq "$n_arguments" ]] || wrong_arguments "expected $n_arguments arguments after the options, found $#"

program=$(binary backup-data-root)
exec "$program" ${options[@]+"${options[@]}"} -- "$@"
