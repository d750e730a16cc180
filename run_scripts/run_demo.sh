#!/usr/bin/env bash
# The whole pipeline, twice, on a made-up project on this machine; needs no account.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/binaries.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/binaries.sh"

usage() {
    cat <<'END'
Usage: ./run_demo.sh [<directory>]

Runs all stages on a made-up project about school gardens, with programs on this machine in the
place of RapidPro, Coda and Google Cloud. Made-up coders label, more messages come in, and all
stages run again.

  <directory>   the directory for everything; without it, data/pipeline-demo in the checkout. When it is
                there from an earlier demo, it is made anew
END
}

case "${1:-}" in
    --help | -h)
        usage
        exit 0
        ;;
esac
if [[ $# -gt 1 || "${1:-}" == -* ]]; then
    usage >&2
    exit 2
fi
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(checkout_directory)
directory=${1:-$checkout/data/pipeline-demo}
if [[ -e "$directory" && ! -e "$directory/.pcve-demo" ]]; then
    echo "error: \`$directory\` is there, and not from an earlier demo" >&2
    echo "hint: give the name of a directory that does not exist" >&2
    exit 1
fi

say() {
    printf '\n=== %s\n' "$1" >&2
}

# One command, so that the programs are built side by side.
build_binaries service-emulator sample-data coda-datasets pipeline-run log-pipeline-event coda-get \
    fetch-rapidpro fetch-facebook fetch-files generate-outputs coda-add generate-analysis-graphs \
    backup-data-root upload-logs
emulator=$(binary service-emulator)
sample_data=$(binary sample-data)
coda_datasets=$(binary coda-datasets)

rm -rf "$directory"
mkdir -p "$directory"
touch "$directory/.pcve-demo"
directory=$(cd "$directory" && pwd)
project=$directory/project
mkdir "$project"
cp -R "$checkout"/pipeline_configs/demo/*.json "$checkout/pipeline_configs/demo/code_schemes" "$project"
configuration=$project/pipeline_config.json
credentials=$project/credentials.json

say "Making up what 300 listeners send in two weeks"
# Oddities that teach less than they distract.
oddities=(--without unchecked-labels --without unchecked-beside-checked --without unknown-scheme
    --without label-without-checked --without label-extras --without manually-uncoded
    --without gibberish --without no-survey --without unreached-question --without null-answer
    --without empty-answer --without conflicting-locations --without control-code-at-two-levels
    --without inconsistent-wrong-scheme)
"$sample_data" --configuration "$configuration" --messages 900 --people 300 --seed 11 \
    --labelled-percent 97 "${oddities[@]}" "$directory/world"

# The emulator ends when its standard input does: with this script, however that ends.
mkfifo "$directory/emulator.in" "$directory/emulator.out"
"$emulator" --configuration "$configuration" --raw-data "$directory/world" \
    --services-root "$project/services" --until 2024-02-15T00:00:00Z --until-stdin-closes \
    <"$directory/emulator.in" >"$directory/emulator.out" &
exec 4>"$directory/emulator.in"
trap 'exec 4>&-; wait' EXIT
read -r url <"$directory/emulator.out"
rm "$directory/emulator.in" "$directory/emulator.out"
sed "s|http://127.0.0.1:8000|$url|" "$configuration" >"$configuration.new"
mv "$configuration.new" "$configuration"

# Shows what happened up to the time $1; `null` is everything.
show_until() {
    local host=${url#http://} body="{\"until\": $1}" status
    exec 5<>"/dev/tcp/${host%:*}/${host##*:}"
    printf 'POST /control/time HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
        "${#body}" "$body" >&5
    read -r status <&5
    exec 5>&-
    [[ $status == *" 200 "* ]]
}

run_pipeline() {
    "$scripts/run_pipeline.sh" --coda-user coder@example.org demo@example.org \
        "$configuration" "$credentials" "$credentials" "$credentials" unused "$directory/data_root" \
        "$directory/backups" "$directory/performance_logs"
}

say "First run: what came in so far"
run_pipeline

say "Coders label in Coda, and listeners send more"
mkdir "$directory/labels"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
for labels in "$directory/world/Coded Coda Files"/*.json; do
    file=${labels##*/}
    # Given now, after the suggestions of stage 3: the latest label counts.
    sed "s/\"DateTimeUTC\": \"[^\"]*\"/\"DateTimeUTC\": \"$now\"/" "$labels" >"$directory/labels/$file"
    # It warns of labels for messages that are not there yet.
    RUST_LOG=error "$coda_datasets" --quiet "$credentials" label "${file%.json}" "$directory/labels/$file"
done
"$coda_datasets" --quiet "$credentials" list | grep messages >&2
show_until null

say "Second run: only what is new is fetched, and the labels are there"
run_pipeline

say "Done. All of it is in $directory"
cat >&2 <<END
Open the report:     $directory/data_root/Outputs/Automated Analysis/report.html
Read on:             docs/getting-started.md
END
