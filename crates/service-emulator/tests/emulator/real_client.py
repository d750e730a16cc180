"""Reads all there is in a workspace with `rapidpro-python`, of whatever version, and prints JSON.

Usage: real_client.py <url> <token>
"""

import gzip
import inspect
import json
import sys
import urllib.request
from datetime import timezone

from temba_client.exceptions import TembaTokenError
from temba_client.v2 import TembaClient


def everything(query):
    return [item for page in query.iterfetches(retry_on_rate_exceed=True) for item in page]


def n_lines(url):
    return len(gzip.decompress(urllib.request.urlopen(url).read()).splitlines())


def refusal():
    try:
        TembaClient(sys.argv[1], "nope").get_flows().all()
    except TembaTokenError as error:
        return type(error).__name__
    return None


def main():
    client = TembaClient(sys.argv[1], sys.argv[2])
    workspace = client.get_workspace() if hasattr(client, "get_workspace") else client.get_org()
    runs = everything(client.get_runs())
    oldest_first = sorted(runs, key=lambda run: run.modified_on)
    if "reverse" in inspect.signature(client.get_runs).parameters:
        assert [r.created_on for r in everything(client.get_runs(reverse=True))] == \
            [r.created_on for r in oldest_first]
    after = oldest_first[-72].modified_on
    value = oldest_first[0].values["rqa_s01e01"]
    day = lambda start: str(start)[:10]
    print(json.dumps({
        "workspace": workspace.name,
        "flows": [flow.name for flow in everything(client.get_flows())],
        "n_contacts": len(everything(client.get_contacts())),
        "deleted_contacts": [c.uuid for c in everything(client.get_contacts(deleted=True))],
        "n_runs": len(runs),
        "n_different_runs": len({getattr(run, "uuid", None) or run.id for run in runs}),
        "n_runs_after": len(everything(client.get_runs(after=after))),
        "first_run": {
            "value": value.value,
            "input": getattr(value, "input", None),
            "time": value.time.astimezone(timezone.utc).isoformat(),
            "modified_on": oldest_first[0].modified_on.astimezone(timezone.utc).isoformat(),
        },
        "archives": [[day(a.start_date), a.record_count, n_lines(a.download_url)]
                     for a in everything(client.get_archives())],
        "refused": refusal(),
    }))


main()
