#!/usr/bin/env bash
# Stage 5: makes tables, graphs, maps and a report from the coded messages.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./5_generate_analysis_graphs.sh [options] <user> <google-cloud-credentials-file-path>
           <pipeline-configuration-file-path> <data-root>

Makes the tables, graphs, maps and `report.html` in `<data-root>/Outputs/Automated Analysis` from
what script 3 made.

  <user>                                who runs this, e.g. an email address
  <google-cloud-credentials-file-path>  credentials, read only when something needs them
  <pipeline-configuration-file-path>    the project's pipeline_config.json
  <data-root>                           the directory with all data of the pipeline

Options:
  --profile-cpu <html>      write a CPU profile, a page for a web browser
  --profile-memory <file>   write memory over time, for `mprof plot`
  --tables-only             make the tables only
  --no-report               leave out report.html
  --log-format text|json    how log lines look
  --threads <n>             how many threads work at once
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
        --profile-cpu | --profile-memory | --log-format | --threads)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            options+=("$1" "$2")
            shift 2
            ;;
        --tables-only | --report | --no-report | -v | --verbose | -q | --quiet)
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

program=$(binary generate-analysis-graphs)
exec "$program" ${options[@]+"${options[@]}"} -- "$@"
