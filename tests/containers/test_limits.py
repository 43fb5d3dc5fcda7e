"""Limits that are hit on purpose: what hits them ends, the appliance does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.containers.stack import Stack, upload, wait_until_searchable

GREEDY = "held = []\nwhile True: held.append(b'x' * 2**28)"
SIGKILLED = 137


def _searchable(stack: Stack, name: str) -> None:
    with stack.administrator() as client:
        wait_until_searchable(client, upload(client, f"{name}.txt", f"The day of {name}."))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", ["rag-backend", "worker"])
def test_what_takes_all_memory_is_killed_and_the_rest_lives(stack: Stack, service: str) -> None:
    taken = stack.compose("exec", "-T", service, "python", "-c", GREEDY, check=False)
    assert taken.returncode == SIGKILLED, "the limit was hit"
    _searchable(stack, f"memory-{service}")


@contextmanager
def _full(stack: Stack, service: str) -> Iterator[None]:
    """Nothing more can be written to the container's scratch space."""
    filled = stack.compose(
        "exec", "-T", service, "dd", "if=/dev/zero", "of=/tmp/full", "bs=1M", check=False
    )
    assert "No space left on device" in filled.stderr, "the limit was hit"
    try:
        yield
    finally:
        stack.compose("exec", "-T", service, "rm", "/tmp/full")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", ["rag-backend", "worker"])
def test_a_full_scratch_space_loses_nothing(stack: Stack, service: str) -> None:
    with stack.administrator() as client:
        with _full(stack, service):
            document = upload(client, f"disk-{service}.txt", f"The disk of {service} was full.")
            assert client.post("/api/v1/search", json={"query": "boathouse"}).status_code == 200
        wait_until_searchable(client, document)
