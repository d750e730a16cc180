#!/usr/bin/env bash
# Makes the pictures of docs/analysis.md from made-up data for the demo project.
# Needs node, Chromium, and `npm ci --prefix tests/browser`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R pipeline_configs/demo/. "$scratch"
cargo build --release --quiet --workspace --bin sample-data --bin generate-outputs --bin generate-analysis-graphs
programs="${CARGO_TARGET_DIR:-target}/release"
rm -rf "$scratch/data_root"
"$programs/sample-data" --configuration "$scratch/pipeline_config.json" --messages 3000 --people 900 --seed 7 \
    "$scratch/data_root"
PCVE_BIN_DIR=$(realpath "$programs")
export PCVE_BIN_DIR
stage_arguments=(docs@example.org "$scratch/credentials.json" "$scratch/pipeline_config.json" "$scratch/data_root")
run_scripts/3_generate_outputs.sh --quiet "${stage_arguments[@]}"
run_scripts/5_generate_analysis_graphs.sh --quiet "${stage_arguments[@]}"
node tests/browser/screenshots.mjs "$scratch/data_root/Outputs/Automated Analysis/report.html" docs/images
