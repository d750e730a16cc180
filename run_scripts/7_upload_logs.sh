#!/usr/bin/env bash
# Stage 7: uploads the archive and the memory profile of a run to their buckets.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./7_upload_logs.sh [options] <user> <google-cloud-credentials-file-path>
           <pipeline-configuration-file-path> <run-id> <memory-profile-file-path>
           <data-archive-file-path>

Uploads both files to `<bucket>/<BucketDirPath>/<name>` of the configuration.
An interrupted upload goes on where it stopped; nothing in a bucket is ever replaced.

  <user>                                who runs the pipeline, e.g. an email address
  <google-cloud-credentials-file-path>  credentials for Google Cloud, or local ones
  <pipeline-configuration-file-path>    the project's `pipeline_config.json`
  <run-id>                              the id of the run; it comes before the name of a file that
                                        has it not
  <memory-profile-file-path>            the memory profile of stage 3
  <data-archive-file-path>              the archive of stage 6

Options:
  --keep-days <n>          afterwards remove archives and profiles beside these that are older than
                           n days and whose bytes are in the bucket
  --profile-cpu <html>     write a CPU profile, a page for a web browser
  --profile-memory <file>  write memory over time, for `mprof plot`
  --log-format text|json   how log lines look
  --threads <n>            how many threads work at once
  -v, --verbose            log more
  -q, --quiet              log warnings and errors only
  --help                   print this
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
        --keep-days | --profile-cpu | --profile-memory | --log-format | --threads)
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
[[ $# -eq 6 ]] || wrong_arguments "expected 6 arguments after the options, found $#"

program=$(binary upload-logs)
exec "$program" ${options[@]+"${options[@]}"} -- "$@"
