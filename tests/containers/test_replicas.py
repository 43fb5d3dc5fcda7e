"""Two backends on one database, each with an index of its own."""

from __future__ import annotations

import json
import time

import pytest
from tests.containers.stack import Stack, upload, wait_until_searchable

SEARCH = """
import json, sys, urllib.request
request = urllib.request.Request(
    "http://127.0.0.1:8000/api/v1/search",
    json.dumps({"query": sys.argv[1]}).encode(),
    {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"},
)
print(urllib.request.urlopen(request, timeout=20).read().decode())
"""
FOLLOWS_WITHIN = 5.0


def _found(stack: Stack, replica: int, query: str, token: str) -> set[str]:
    """Names of the documents that one replica finds, asked within its container."""
    told = stack.compose(
        "exec", "-T", "--index", str(replica), "rag-backend", "python", "-c", SEARCH, query, token
    ).stdout
    return {item["document_name"] for item in json.loads(told)["passages"]}


@pytest.mark.timeout(300)
def test_what_is_taken_in_is_found_on_every_replica(stack: Stack) -> None:
    with stack.administrator() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
        wait_until_searchable(client, upload(client, "otter.txt", "The otter sleeps on its back."))
        since = time.monotonic()
        missing = {1, 2}
        while missing:
            missing -= {n for n in missing if "otter.txt" in _found(stack, n, "otter", token)}
            if missing:
                assert time.monotonic() - since < FOLLOWS_WITHIN, missing
    slots = stack.compose("exec", "-T", "rag-backend", "ls", "/data/index").stdout.split()
    assert {"1", "2"} <= set(slots)
