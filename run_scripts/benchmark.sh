#!/usr/bin/env bash
# Times stage 3 on generated messages, beside the floor: reading its input, hashing and writing as
# many bytes as its output has.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./benchmark.sh <directory-for-data> [number-of-messages...]

Makes as many messages as said (default: 2000 10000 40000) for the EU-PCVE configuration, four a
person, and prints for each the seconds and CPU seconds (median of 5 runs), the peak memory, the
megabytes written, and the seconds that the floor takes.
END
}

case "${1:-}" in
    --help | -h)
        usage
        exit 0
        ;;
    "" | -*)
        usage >&2
        exit 2
        ;;
esac
directory=$1
shift
sizes=("$@")
[[ ${#sizes[@]} -gt 0 ]] || sizes=(2000 10000 40000)

generate_outputs=$(binary generate-outputs)
sample_data=$(binary sample-data)
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=$checkout/pipeline_configs/eu_pcve/pipeline_config.json
mkdir -p "$directory"

# Runs a command five times; prints the medians of seconds and CPU seconds.
median_times() {
    local TIMEFORMAT='%R %U %S'
    for _ in 1 2 3 4 5; do
        { time "$@" >"$directory/log" 2>&1; } 2>&1
    done | awk '{ print $1, $2 + $3 }' | sort -n | sed -n 3p
}

floor() {
    cat "$1/Raw Data/"* "$1/Coded Coda Files/"* >/dev/null
    cat "$1/Outputs/"*.* | tee "$directory/written" | sha256sum
    sync -d "$directory/written"
}

printf '%10s %9s %9s %10s %10s %9s\n' messages seconds 'CPU s' 'peak MB' 'written MB' 'floor s'
for n_messages in "${sizes[@]}"; do
    data_root=$directory/$n_messages
    "$sample_data" --configuration "$configuration" --messages "$n_messages" \
        --people "$((n_messages / 4))" --seed 7 "$data_root" 2>"$directory/log"
    read -r seconds cpu_seconds < <(median_times "$generate_outputs" benchmark@example.org \
        unused.json "$configuration" "$data_root")
    peak=$(sed -n 's/.*at most \([0-9]*\) MB of memory.*/\1/p' "$directory/log")
    written=$(du -sm "$data_root/Outputs" | cut -f1)
    read -r floor_seconds _ < <(median_times floor "$data_root")
    printf '%10s %9s %9s %10s %10s %9s\n' \
        "$n_messages" "$seconds" "$cpu_seconds" "$peak" "$written" "$floor_seconds"
    rm -rf "$data_root" "$directory/written"
done
