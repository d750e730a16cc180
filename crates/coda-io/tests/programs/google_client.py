"""Reads and writes a Coda dataset as Coda's own tools do: with Google's client for Python.

usage: google_client.py read|write PROJECT DATASET
`read` prints every document of the dataset with the type of each of its fields.
`write` makes a dataset as Coda's tools and web page leave it.
"""

import datetime
import json
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore


def typed(value):
    """A value with its type in Firestore, as far as Python shows it."""
    if isinstance(value, datetime.datetime):
        return {"timestamp": value.isoformat()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return value


def read(dataset):
    documents = {"": typed(dataset.get().to_dict())}
    for collection in dataset.collections():
        for document in collection.stream():
            documents[f"{collection.id}/{document.id}"] = typed(document.to_dict())
    print(json.dumps(documents))


def write(dataset):
    label = {
        "SchemeID": "Scheme-of-nobody", "CodeID": "code-a", "Checked": True, "LabelSet": 0,
        "Confidence": 0.5, "DateTimeUTC": "2021-06-01T08:00:00.123Z",
        "Origin": {"OriginID": "a", "Name": "A", "OriginType": "Manual"},
    }
    dataset.set({"users": ["labeller@example.org"]})
    message = {
        "MessageID": "message-00000", "Text": "text", "SequenceNumber": 3, "Labels": [label],
        "CreationDateTimeUTC": "2021-06-01T07:00:00+00:00", "LastUpdated": firestore.SERVER_TIMESTAMP,
        "Extra": {"kept": True},
    }
    dataset.collection("messages").document("message-00000").set(message)
    # As the web page may leave the time, and as a restore leaves `LastUpdated`.
    message = dict(
        message, MessageID="message-00001", SequenceNumber=1, LastUpdated="2021-06-01T08:00:00Z",
        CreationDateTimeUTC=datetime.datetime(2021, 6, 1, 7, tzinfo=datetime.timezone.utc), Labels=[],
    )
    dataset.collection("messages").document("message-00001").set(message)


action, project, name = sys.argv[1:]
client = firestore.Client(project=project, credentials=AnonymousCredentials())
{"read": read, "write": write}[action](client.collection("datasets").document(name))
