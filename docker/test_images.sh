#!/usr/bin/env bash
# Builds the images, looks what is in them, and runs the whole demo with each stage in its image.
set -euo pipefail

usage() {
    cat <<'END'
Usage: ./test_images.sh [options]

Builds all images, and checks that
  - each stage image holds one program and nothing else, and no variable with a secret;
  - each stage does its work on the demo project, in its image, with a read-only file system;
  - stages 3 and 5 make the same bytes in their images as without;
  - the image of the whole pipeline runs the demo without any network.
Prints what is in each image, and how large it is.

Options: those of build_images.sh, which are passed on, but for --list.

The engine is `docker`, or `podman` when PCVE_CONTAINER_ENGINE says so.
END
}

[[ "${1:-}" != --help && "${1:-}" != -h ]] || {
    usage
    exit 0
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scripts=$here/../run_scripts
read -ra engine <<<"${PCVE_CONTAINER_ENGINE:-docker}"
export PCVE_IMAGE_PREFIX=${PCVE_IMAGE_PREFIX:-localhost/pcve-test-}
export PCVE_IMAGE_TAG=${PCVE_IMAGE_TAG:-latest}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

image_name() {
    printf '%s%s:%s\n' "$PCVE_IMAGE_PREFIX" "$1" "$PCVE_IMAGE_TAG"
}

# Unpacks the layers of the image $1 into the directory $2, without running it.
unpack() {
    local archive=$scratch/saved layer
    mkdir -p "$archive" "$2"
    "${engine[@]}" save "$(image_name "$1")" 2>/dev/null | tar -x -C "$archive"
    while IFS= read -r -d '' layer; do
        # The other files of a saved image are JSON.
        ! tar -tf "$layer" >/dev/null 2>&1 || tar -xf "$layer" -C "$2" --exclude='dev/*'
    done < <(find "$archive" -type f -print0)
    rm -rf "$archive"
}

check_environment() {
    local variables
    variables=$("${engine[@]}" image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$(image_name "$1")")
    ! grep -vE '^(PATH=.*)?$' <<<"$variables" || fail "the image \`$1\` has variables that it should not have"
}

print_row() {
    local size
    size=$("${engine[@]}" image inspect --format '{{.Size}}' "$(image_name "$1")")
    printf '%-26s %6s MB  %s\n' "$1" "$(awk -v size="$size" 'BEGIN { printf "%.1f", size / 1e6 }')" "$2"
}

check_stage_image() {
    local image=$1 files status=0
    unpack "$image" "$scratch/root"
    files=$(cd "$scratch/root" && find . -mindepth 1 -printf '%P\n')
    rm -rf "$scratch/root"
    [[ "$files" == "$image" ]] || fail "the image \`$image\` holds other things than its program: $files"
    check_environment "$image"
    [[ $("${engine[@]}" image inspect --format '{{.Config.User}}' "$(image_name "$image")") == 10001:10001 ]] \
        || fail "the image \`$image\` would run as root"
    "$scripts/lib/in_image/$image" --version >"$scratch/version" || fail "the image \`$image\` does not start"
    "$scripts/lib/in_image/$image" --no-such-option 2>/dev/null || status=$?
    [[ $status -eq 2 ]] || fail "wrong arguments end the image \`$image\` with status $status, not 2"
    print_row "$image" "$files, $(<"$scratch/version")"
}

check_pipeline_image() {
    unpack pipeline "$scratch/root"
    ! grep -rlE 'BEGIN [A-Z ]*PRIVATE KEY|"service_account"' "$scratch/root/opt/pcve" --include='*.json' \
        || fail "the image \`pipeline\` holds keys"
    [[ ! -e "$scratch/root/opt/pcve/.git" ]] || fail "the image \`pipeline\` holds the history of the code"
    check_environment pipeline
    print_row pipeline "base system, and in opt/pcve: $(cd "$scratch/root/opt/pcve" && find . -mindepth 1 -maxdepth 2 -type f -printf '%P ')"
    # What the demo needs here beside the stages: the emulator, and who makes up messages and labels.
    mv "$scratch/root/opt/pcve/bin" "$scratch/bin"
    export PCVE_BIN_DIR=$scratch/bin
    rm -rf "$scratch/root"
}

# All stages, twice, each in its image; the emulator and the made-up coders are programs here.
run_demo_in_images() {
    PCVE_CONTAINER_NETWORK=host "$scripts/run_demo.sh" "$scratch/demo" 2>"$scratch/demo.log" || {
        cat "$scratch/demo.log" >&2
        fail "the demo failed"
    }
    local stage entries
    for stage in coda_get fetch_rapidpro fetch_facebook fetch_files generate_outputs coda_add \
        generate_analysis_graphs backup_data_root; do
        entries=$(grep -c "^ *\"$stage\": {" "$scratch/demo/data_root/run_manifest.json") \
            || fail "run_manifest.json does not know the stage $stage"
        printf '%-26s recorded, %s\n' "$stage" "$entries"
    done
    # Stage 7 and events leave no record there; their services do.
    compgen -G "$scratch/demo/project/services/buckets/*/*/*/data-*.tar.gzip" >/dev/null \
        || fail "stage 7 uploaded no archive"
    ! grep "^error" "$scratch/demo.log" || fail "the demo had errors"
    [[ -s "$scratch/demo/data_root/Outputs/Automated Analysis/report.html" ]] || fail "there is no report"
}

# Makes CSVs, graphs and maps from the data root of the demo in $1, at a fixed time.
make_outputs() {
    local project=$scratch/demo/project arguments
    cp -R "$scratch/demo/data_root" "$1"
    rm -rf "$1/Outputs"
    arguments=(test@example.org "$project/credentials.json" "$project/pipeline_config.json" "$1")
    SOURCE_DATE_EPOCH=1700000000 PCVE_RUN_ID=test "$scripts/3_generate_outputs.sh" --quiet "${arguments[@]}"
    SOURCE_DATE_EPOCH=1700000000 PCVE_RUN_ID=test "$scripts/5_generate_analysis_graphs.sh" --quiet "${arguments[@]}"
}

compare_with_local_programs() {
    make_outputs "$scratch/in_images"
    (unset PCVE_IMAGE_PREFIX && make_outputs "$scratch/local")
    diff -r "$scratch/in_images/Outputs" "$scratch/local/Outputs" \
        || fail "images and local programs make different outputs"
    echo "$(find "$scratch/local/Outputs" -type f | wc -l) files of stages 3 and 5 have the same bytes in images and without"
}

run_demo_in_pipeline_image() {
    local more_options
    read -ra more_options <<<"${PCVE_CONTAINER_OPTIONS:-}"
    mkdir "$scratch/whole"
    "${engine[@]}" run --rm --read-only --network none --cap-drop ALL --security-opt no-new-privileges \
        --user "$(id -u):$(id -g)" --mount "type=bind,source=$scratch/whole,target=/data" \
        ${more_options[@]+"${more_options[@]}"} \
        --entrypoint /opt/pcve/run_scripts/run_demo.sh "$(image_name pipeline)" /data/demo \
        2>"$scratch/demo.log" || {
        cat "$scratch/demo.log" >&2
        fail "the demo failed in the image \`pipeline\`"
    }
    [[ -s "$scratch/whole/demo/data_root/Outputs/Automated Analysis/report.html" ]] || fail "there is no report"
    tail -n 4 "$scratch/demo.log"
}

"$here/build_images.sh" "$@"
echo "== What is in the images"
while read -r image; do
    [[ "$image" == pipeline ]] || check_stage_image "$image"
done < <("$here/build_images.sh" --list)
check_pipeline_image
echo "== The demo, each stage in its image"
run_demo_in_images
compare_with_local_programs
echo "== The demo in the image of the whole pipeline, without a network"
run_demo_in_pipeline_image
echo "All images passed."
