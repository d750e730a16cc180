"""Selects, from recorded exchanges with a RapidPro server, what the tests replay.

Usage: select.py <directory rapidpro-<version> with recordings> <exchanges.json.gz>

All people in the recordings are made up.
"""

import gzip
import json
import sys
from pathlib import Path

NAMES = {
    "26.1.101": [
        "workspace", "flows_p01", "contacts_reverse_p01", "contacts_reverse_p02",
        "contacts_deleted", "runs_f1_reverse_p01", "runs_f1_reverse_p02", "runs_f1_reverse_p03",
        "runs_f1_reverse_p04", "runs_all_equal_modified_rev_p01",
        "runs_all_equal_modified_rev_p02", "auth_bad", "throttle_runs_1", "not_found",
    ],
    "9.3.128": [
        "workspace", "flows_p01", "contacts_reverse_p01", "contacts_reverse_p02",
        "contacts_reverse_p03", "contacts_deleted", "runs_f1_p01", "runs_f1_p02", "runs_f1_p03",
        "runs_f1_p04", "runs_f1_reverse_p01", "runs_f1_reverse_p02", "runs_f1_reverse_p03",
        "runs_f1_reverse_p04", "runs_f2_reverse_p01", "runs_f2_reverse_p02",
        "archives_archive_type_run", "auth_bad", "not_found",
    ],
}


def main(directory: Path, out: Path):
    exchanges = []
    for name in NAMES[directory.name.removeprefix("rapidpro-")]:
        recorded = json.loads((directory / f"{name}.json").read_text())
        headers = dict(recorded["headers"])
        exchanges.append({
            "name": name,
            "url": recorded["request"]["url"].split("/api/v2/")[1],
            "status": recorded["status"],
            "retry_after": headers.get("Retry-After"),
            "content_type": headers.get("Content-Type"),
            "body": recorded["body_text"],
        })
    out.write_bytes(gzip.compress(json.dumps(exchanges).encode(), mtime=0))


main(Path(sys.argv[1]), Path(sys.argv[2]))
