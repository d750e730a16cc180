#!/usr/bin/env bash
# Stage 1: gets messages with their labels from Coda.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./1_coda_get.sh [options] <coda-auth-file> <coda-v2-root> <data-root>

Downloads the labels of the project to `<data-root>/Coded Coda Files`; after the first time, what
changed. Not needed before coding has begun.

  <coda-auth-file>   credentials for Coda: the JSON key of a service account, or local ones
  <coda-v2-root>     once a checkout of Coda's tools; accepted, and not used
  <data-root>        the directory with all data of the pipeline

Options:
  --pipeline-configuration <file>  which datasets there are; without it
                                   pipeline_configs/eu_pcve/pipeline_config.json
  --dataset <name>                 only this dataset; can be given several times
  --full                           read all messages, not only what changed
  --full-every-days <n>            read all messages again after so many days (7)
  --overlap-secs <n>               how long before the last time changes are looked for again
  --accept-removed-labels          drop labels that somebody removed from Coda on purpose
  --profile-cpu <html>             write a CPU profile, a page for a web browser
  --profile-memory <file>          write memory over time, for `mprof plot`
  --log-format text|json           how log lines look
  -v, --verbose                    log more
  -q, --quiet                      log warnings and errors only
  --help                           print this
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

configurations=$(dirname "${BASH_SOURCE[0]}")/../pipeline_configs
options=(--pipeline-configuration "$configurations/eu_pcve/pipeline_config.json")
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --pipeline-configuration | --dataset | --full-every-days | --overlap-secs | \
            --profile-cpu | --profile-memory | --log-format)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            options+=("$1" "$2")
            shift 2
            ;;
        -v | --verbose | -q | --quiet | --full | --accept-removed-labels)
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
[[ $# -eq 3 ]] || wrong_arguments "expected 3 arguments after the options, found $#"

program=$(binary coda-get)
exec "$program" "${options[@]}" -- "$@"
