#!/usr/bin/env bash
# Stage 3: makes CSVs, ICR samples and Coda files from raw messages and labels.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./3_generate_outputs.sh [options] <user> <google-cloud-credentials-file-path>
           <pipeline-configuration-file-path> <data-root>

Makes the CSVs, ICR samples and Coda files in `<data-root>/Outputs` from what scripts 1 and 2 fetched.

  <user>                                who runs this, e.g. an email address
  <google-cloud-credentials-file-path>  credentials, read only when something needs them
  <pipeline-configuration-file-path>    the project's pipeline_config.json
  <data-root>                           the directory with all data of the pipeline

Options:
  --profile-cpu <html>      write a CPU profile, a page for a web browser
  --profile-memory <file>   write memory over time, for `mprof plot`
  --auto-code-only          make only what labellers and producers need
  --excel                   also write copies of the CSV files that are safe to open in Excel
  --parquet                 also write messages and individuals as Parquet, when built with it
  --memory-limit <amount>   how much memory to take, e.g. 2GB; default: half of the machine's
  --partition <i>/<n>       do one of n parts of the work, e.g. 0/8; see docs/scaling.md
  --merge-partitions <n>    write the outputs from what the n parts left
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
        --profile-cpu | --profile-memory | --log-format | --threads | --memory-limit | \
            --partition | --merge-partitions)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            options+=("$1" "$2")
            shift 2
            ;;
        --auto-code-only | --excel | --parquet | -v | --verbose | -q | --quiet)
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

program=$(binary generate-outputs)
exec "$program" ${options[@]+"${options[@]}"} -- "$@"
