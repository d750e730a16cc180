#!/usr/bin/env bash
# Measures stage 3 on generated messages against the floor (reading its input, hashing and writing
# as many bytes as its output has) and against a saved baseline.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./benchmark.sh [options] <directory-for-data> [number-of-messages...]

Makes as many messages as said (default: 10000 100000 300000) for the EU-PCVE configuration, four a
person, and prints for each: messages per second, seconds, CPU seconds, peak memory, megabytes
written, the seconds of the floor, and how both compare with the saved baseline.

Options:
  --runs <n>               runs of each size; the median counts (default: 3)
  --memory-limit <amount>  handed to stage 3, e.g. 2GB
  --baseline <file>        compare with this file (default: run_scripts/benchmark_baseline.tsv)
  --save                   write the figures to the baseline
  --help                   print this

100,000 messages need about 6 GB on the disk, 300,000 about 20 GB.
END
}

wrong_arguments() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
baseline=$checkout/run_scripts/benchmark_baseline.tsv
n_runs=3
limit=()
save=false
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h)
            usage
            exit 0
            ;;
        --save)
            save=true
            shift
            ;;
        --runs | --memory-limit | --baseline)
            [[ $# -ge 2 ]] || wrong_arguments "\`$1\` needs a value"
            case "$1" in
                --runs) n_runs=$2 ;;
                --memory-limit) limit=(--memory-limit "$2") ;;
                --baseline) baseline=$2 ;;
            esac
            shift 2
            ;;
        -*) wrong_arguments "unknown option \`$1\`" ;;
        *) break ;;
    esac
done
[[ $# -ge 1 ]] || wrong_arguments "expected a directory for data"
[[ $n_runs =~ ^[1-9][0-9]*$ ]] || wrong_arguments "expected a number of runs, found \`$n_runs\`"
directory=$1
shift
sizes=("$@")
[[ ${#sizes[@]} -gt 0 ]] || sizes=(10000 100000 300000)

generate_outputs=$(binary generate-outputs)
sample_data=$(binary sample-data)
mkdir -p "$directory"
rm -rf "$directory/project"
cp -R "$checkout/pipeline_configs/eu_pcve" "$directory/project"
configuration=$directory/project/pipeline_config.json
# Measured without the upload.
sed -i.with_upload '/^  "DriveUpload": {/,/^  },/d' "$configuration"

# Runs a command as often as said; prints the medians of seconds and of CPU seconds.
median_times() {
    local TIMEFORMAT='%R %U %S' times
    for ((run = 0; run < n_runs; run++)); do
        { time "$@" >"$directory/log" 2>&1; } 2>&1 || {
            cat "$directory/log" >&2
            return 1
        }
    done >"$directory/times"
    times=$(awk '{ print $1 }' "$directory/times" | sort -n | sed -n "$((n_runs / 2 + 1))p")
    printf '%s %s\n' "$times" \
        "$(awk '{ print $2 + $3 }' "$directory/times" | sort -n | sed -n "$((n_runs / 2 + 1))p")"
}

# What any program must do: read the input, hash and write the output, wait for the disk.
floor() {
    cat "$1/Raw Data/"* "$1/Coded Coda Files/"* >/dev/null
    cat "$1/Outputs/"*.* | tee "$directory/written" | sha256sum
    sync -d "$directory/written"
}

# A figure of the baseline: what the column of a size says, or nothing.
of_baseline() {
    [[ -f $baseline ]] || return 0
    awk -F '\t' -v size="$1" -v column="$2" '$1 == size { print $column }' "$baseline"
}

change() {
    [[ -n $2 ]] && awk -v now="$1" -v before="$2" 'BEGIN { printf "%+.0f%%", 100 * (now / before - 1) }'
    return 0
}

printf '%10s %9s %9s %9s %9s %11s %9s %8s %10s %11s\n' messages 'per s' seconds 'CPU s' 'peak MB' \
    'written MB' 'floor s' 'x floor' 'CPU change' 'peak change'
measured=
for n_messages in "${sizes[@]}"; do
    data_root=$directory/$n_messages
    "$sample_data" --configuration "$configuration" --messages "$n_messages" \
        --people "$((n_messages / 4))" --seed 7 "$data_root" 2>"$directory/log"
    times=$(median_times "$generate_outputs" ${limit[@]+"${limit[@]}"} benchmark@example.org unused.json \
        "$configuration" "$data_root")
    read -r seconds cpu_seconds <<<"$times"
    peak=$(sed -n 's/.*at most \([0-9]*\) MB of memory.*/\1/p' "$directory/log")
    written=$(du -sm "$data_root/Outputs" | cut -f1)
    times=$(median_times floor "$data_root")
    read -r floor_seconds _ <<<"$times"
    printf '%10s %9.0f %9s %9s %9s %11s %9s %8.2f %10s %11s\n' "$n_messages" \
        "$(awk -v n="$n_messages" -v s="$seconds" 'BEGIN { print n / s }')" \
        "$seconds" "$cpu_seconds" "$peak" "$written" "$floor_seconds" \
        "$(awk -v s="$seconds" -v f="$floor_seconds" 'BEGIN { print s / f }')" \
        "$(change "$cpu_seconds" "$(of_baseline "$n_messages" 3)")" \
        "$(change "$peak" "$(of_baseline "$n_messages" 4)")"
    printf -v line '%s\t%s\t%s\t%s\t%s\t%s' \
        "$n_messages" "$seconds" "$cpu_seconds" "$peak" "$written" "$floor_seconds"
    measured+=$line$'\n'
    rm -rf "$data_root" "$directory/written"
done
rm -rf "$directory/project" "$directory/log" "$directory/times"
if $save; then
    printf 'messages\tseconds\tcpu_seconds\tpeak_mb\twritten_mb\tfloor_seconds\n%s' "$measured" \
        >"$baseline"
fi
