#!/usr/bin/env bash
# All stages, one after the other, on a data root that nobody else works on meanwhile.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./run_pipeline.sh [options] <user> <pipeline-configuration-file-path>
           <coda-pull-auth-file> <coda-push-auth-file> <google-cloud-credentials-file-path>
           <coda-tools-root> <data-root> <data-backup-dir> <performance-logs-dir>

Runs all stages: labels from Coda (1), raw messages (2), CSVs (3), messages to Coda (4), tables,
graphs and maps (5), a backup (6), and its upload (7). Stops at the first that fails, with its exit
status; what earlier runs made stays whole. Ends with what came in, what went out, what waits for
labelling, and where to look.

  <user>                                who runs this, e.g. an email address
  <pipeline-configuration-file-path>    the project's pipeline_config.json
  <coda-pull-auth-file>                 credentials for the Coda to get labels from
  <coda-push-auth-file>                 credentials for the Coda to add messages to
  <google-cloud-credentials-file-path>  credentials for tokens, the table of participant ids, uploads
  <coda-tools-root>                     once a checkout of Coda's tools; accepted, and not used
  <data-root>                           the directory with all data of the pipeline; made when missing
  <data-backup-dir>                     the directory for backups, outside the data root
  <performance-logs-dir>                the directory for memory profiles of stage 3

Options:
  --from-stage <n>        begin with stage n, with what the stages before it made in an earlier run
  --auto-code-only        make only what labellers and producers need: no analysis files, no stage 5
  --excel                 also write copies of the CSV files that are safe to open in Excel
  --coda-user <email>     who may label new datasets; can be given several times
  --encrypt-to <key>      encrypt the backup to this public key of age; can be given several times
  --keep-days <n>         remove backups and profiles that are older and safely uploaded
  --log-format text|json  how log lines look
  -v, --verbose           log more
  -q, --quiet             log warnings and errors only
  --help                  print this

The id of the run is `<UTC now>-<git HEAD hash>`, or what PCVE_RUN_ID says. A run that begins after
stage 3 goes on with the run that made the outputs, and has its id.
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

arguments=("$@")
has_data_root=no
from_stage=1
mode=all
log_format=text
common=()
generate=()
back_up=()
upload=()
archive_ending=.tar.gzip
add=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --has-data-root) has_data_root=yes ;;
        --auto-code-only)
            mode=auto-code-only
            generate+=("$1")
            ;;
        --excel) generate+=("$1") ;;
        -v | --verbose | -q | --quiet) common+=("$1") ;;
        --from-stage | --coda-user | --encrypt-to | --keep-days | --log-format)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            case "$1" in
                --from-stage) from_stage=$2 ;;
                --coda-user) add+=("$1" "$2") ;;
                --encrypt-to)
                    back_up+=("$1" "$2")
                    archive_ending=.tar.gzip.age
                    ;;
                --keep-days) upload+=("$1" "$2") ;;
                --log-format)
                    common+=("$1" "$2")
                    log_format=$2
                    ;;
            esac
            shift
            ;;
        --)
            shift
            break
            ;;
        -*) wrong_arguments "unknown option \`$1\`" ;;
        *) break ;;
    esac
    shift
done
[[ $# -eq 9 ]] || wrong_arguments "expected 9 arguments after the options, found $#"
[[ $from_stage =~ ^[1-7]$ ]] || wrong_arguments "\`--from-stage\` needs a number from 1 to 7, found \`$from_stage\`"
user=$1 configuration=$2 coda_pull=$3 coda_push=$4 credentials=$5 coda_tools=$6
data_root=$7 backups=$8 performance_logs=$9

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_binaries pipeline-run log-pipeline-event coda-get fetch-rapidpro fetch-facebook fetch-files \
    generate-outputs coda-add generate-analysis-graphs backup-data-root upload-logs
pipeline_run=$(binary pipeline-run)
if [[ $has_data_root == no ]]; then
    exec "$pipeline_run" hold "$data_root" -- "$scripts/run_pipeline.sh" --has-data-root "${arguments[@]}"
fi

checkout=$(checkout_directory)
ids=(--from-stage "$from_stage")
if [[ -e "$checkout/.git" ]] && git_hash=$(git -C "$checkout" rev-parse --verify HEAD 2>/dev/null); then
    ids+=(--git-hash "$git_hash")
fi
run_ids=$("$pipeline_run" ids "${ids[@]}" "$data_root")
read -r run_id profile_run_id <<<"$run_ids"
export PCVE_RUN_ID=$run_id
profile=$performance_logs/memory-$profile_run_id.profile

# A line between those of the stages, for people.
say() {
    [[ $log_format == json ]] || printf '%s\n' "$1" >&2
}

log_pipeline_event=$(binary log-pipeline-event)

# Tells the operations dashboard of the configuration, if there is one; that never stops a run.
event() {
    "$log_pipeline_event" --quiet --log-format "$log_format" -- \
        "$user" "$credentials" "$configuration" "$run_id" "$1" || true
}

# Runs the rest of $@ as stage $1, whose event is $2, unless the run begins later.
stage() {
    local number=$1 event=$2 status=0
    shift 2
    [[ $from_stage -le $number ]] || return 0
    say "
== Stage $number of 7: ${1##*/}"
    event "$event"
    "$@" || status=$?
    [[ $status -ne 0 ]] || return 0
    say "error: the run stopped at stage $number, which ended with exit status $status"
    say "hint: when the cause is gone, go on with \`--from-stage $number\`; what was there is whole"
    exit "$status"
}

say "Run $run_id"
event PipelineRunStart
stage 1 CodaGet "$scripts/1_coda_get.sh" ${common[@]+"${common[@]}"} \
    --pipeline-configuration "$configuration" -- "$coda_pull" "$coda_tools" "$data_root"
stage 2 FetchingRawData "$scripts/2_fetch_raw_data.sh" ${common[@]+"${common[@]}"} -- \
    "$user" "$credentials" "$configuration" "$data_root"
stage 3 GeneratingOutputs "$scripts/3_generate_outputs.sh" ${common[@]+"${common[@]}"} \
    ${generate[@]+"${generate[@]}"} --profile-memory "$profile" -- \
    "$user" "$credentials" "$configuration" "$data_root"
stage 4 CodaAdd "$scripts/4_coda_add.sh" ${common[@]+"${common[@]}"} ${add[@]+"${add[@]}"} \
    --pipeline-configuration "$configuration" -- "$coda_push" "$coda_tools" "$data_root"
if [[ $mode == all ]]; then
    stage 5 GeneratingAutomatedAnalysisFiles "$scripts/5_generate_analysis_graphs.sh" \
        ${common[@]+"${common[@]}"} -- \
        "$user" "$credentials" "$configuration" "$data_root"
fi
stage 6 BackingUpData "$scripts/6_backup_data_root.sh" ${common[@]+"${common[@]}"} \
    ${back_up[@]+"${back_up[@]}"} -- "$data_root" "$backups"
stage 7 UploadingLogFiles "$scripts/7_upload_logs.sh" ${common[@]+"${common[@]}"} \
    ${upload[@]+"${upload[@]}"} -- \
    "$user" "$credentials" "$configuration" "$run_id" "$profile" \
    "$backups/data-$run_id$archive_ending"
event PipelineRunEnd
say ""
"$pipeline_run" summarize "$run_id" "$data_root"
