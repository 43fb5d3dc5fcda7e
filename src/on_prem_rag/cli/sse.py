"""Reading a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Event:
    """One event with its decoded data."""

    type: str
    data: Any


def read_events(response: httpx.Response) -> Iterator[Event]:
    """Yield the events of a streaming response until it ends; comments are passed over."""
    kind, data = "message", []
    for line in response.iter_lines():
        if line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield Event(kind, json.loads("\n".join(data)))
            kind, data = "message", []
