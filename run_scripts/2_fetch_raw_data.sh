#!/usr/bin/env bash
# Stage 2: fetches raw messages.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

# Each fetches the sources of its kind.
programs=(fetch-rapidpro fetch-facebook fetch-files)

usage() {
    cat <<'END'
Usage: ./2_fetch_raw_data.sh [options] <user> <google-cloud-credentials-file-path>
           <pipeline-configuration-file-path> <data-root>

Fetches what is new in the sources of the configuration (RapidPro, Facebook, files in buckets) into
`<data-root>/Raw Data`, without phone numbers or names. When it is stopped, the next run continues
there.

  <user>                                who runs this, e.g. an email address
  <google-cloud-credentials-file-path>  credentials for tokens and the table of participant ids
  <pipeline-configuration-file-path>    the project's pipeline_config.json
  <data-root>                           the directory with all data of the pipeline; made when missing

Options:
  --log-format text|json    how log lines look
  -v, --verbose             log more
  -q, --quiet               log warnings and errors only
  --help                    print this
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

options=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --log-format)
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
[[ $# -eq 4 ]] || wrong_arguments "expected 4 arguments after the options, found $#"

fetch() {
    local program
    program=$(binary "$1") || return 1
    "$program" ${options[@]+"${options[@]}"} -- "${@:2}"
}

# One that fails does not keep the others from fetching; the worst status is that of the script.
worst=0
for name in "${programs[@]}"; do
    status=0
    fetch "$name" "$@" || status=$?
    worst=$((worst > status ? worst : status))
    # Who was stopped by a signal, or called wrongly, has nothing to hope for from the next one.
    ((status == 2 || status >= 128)) && break
done
exit "$worst"
