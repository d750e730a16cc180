"""Makes, from the recordings, the raw data that the rules of the original give.

Usage: make_expected.py <exchanges.json.gz> <expected.json.gz> [<archive.jsonl.gz>]

The rules are written down anew, with Python's own `str.title` and `datetime.isoformat`, which the
original used. `avf_phone_id` stands as `id of <normalised URN>`, since real ids are random. Where
we differ on purpose, it is said below.
"""

import gzip
import json
import sys
from datetime import datetime
from pathlib import Path


def iso(text):
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).isoformat()


def main_urn(urns):
    # The original takes the first, and stops at a contact that has several.
    phones = [urn for urn in urns if urn.startswith("tel:")]
    return (phones or urns)[0]


def person(urn):
    scheme, path = urn.split(":", 1)
    digits = "".join(character for character in path if character in "0123456789").lstrip("0")
    # The original keeps the digits of every URN, so `telegram:254…` is `tel:+254…` there.
    return digits if scheme == "tel" else urn


def convert(run, contact):
    flow = run["flow"]["name"]
    urn = main_urn(contact["urns"])
    has_input = any("input" in value for value in run["values"].values())
    converted = {
        "avf_phone_id": f"id of {person(urn)}",
        "urn_type": urn.split(":")[0],
        f"run_id - {flow}": run["id"],
        f"run_created_on - {flow}": iso(run["created_on"]),
        f"run_modified_on - {flow}": iso(run["modified_on"]),
        f"run_exited_on - {flow}": iso(run["exited_on"]),
        f"run_exit_type - {flow}": run["exit_type"],
    }
    for key, value in run["values"].items():
        title = key.title()
        converted |= {
            f"{title} (Category) - {flow}": value["category"],
            f"{title} (Value) - {flow}": value["value"],
            # The original reads `input`, which servers no longer give.
            f"{title} (Text) - {flow}": value["input"] if has_input else value["value"],
            f"{title} (Name) - {flow}": value["name"],
            f"{title} (Time) - {flow}": iso(value["time"]),
            f"{title} (Run ID) - {flow}": run["id"],
        }
    if run["values"]:
        # Ours alone.
        converted[f"run_text_source - {flow}"] = "input" if has_input else "value"
    return converted


def main(exchanges, out, archive=None):
    exchanges = {e["name"]: e["body"] for e in json.loads(gzip.decompress(exchanges.read_bytes()))}
    results = lambda start: [result for name, body in exchanges.items() if name.startswith(start)
                             for result in json.loads(body)["results"]]
    contacts = {contact["uuid"]: contact for contact in results("contacts_reverse_p")}
    lists = {
        "live": results("runs_f1_reverse_p"),
        "equal": results("runs_all_equal_modified_rev_p"),
        "survey": results("runs_f2_reverse_p"),
    }
    if archive is not None:
        lines = gzip.decompress(archive.read_bytes()).splitlines()
        lists["archived"] = [json.loads(line) for line in lines]
    expected = {}
    for name, runs in lists.items():
        known = [run for run in runs if run["contact"]["uuid"] in contacts]
        if known:
            expected[name] = [convert(run, contacts[run["contact"]["uuid"]]) for run in known
                              if contacts[run["contact"]["uuid"]]["urns"]]
    out.write_bytes(gzip.compress(json.dumps(expected).encode(), mtime=0))
    print({name: len(runs) for name, runs in expected.items()})


main(*map(Path, sys.argv[1:]))
