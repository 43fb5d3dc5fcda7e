"""Reading a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from on_prem_rag.errors import ServiceUnavailable


@dataclass(frozen=True)
class Event:
    """One event with its decoded data."""

    type: str
    data: Any


def read_events(response: httpx.Response) -> Iterator[Event]:
    """Yield the events of a streaming response until it ends; comments are passed over.

    Raises ServiceUnavailable when the server goes away in the middle.
    """
    kind, data = "message", []
    for line in _lines(response):
        if line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield Event(kind, json.loads("\n".join(data)))
            kind, data = "message", []


def _lines(response: httpx.Response) -> Iterator[str]:
    try:
        yield from response.iter_lines()
    except httpx.TransportError as error:
        raise ServiceUnavailable(
            f"The server went away in the middle ({type(error).__name__}).",
            hint="Look at its log, start it again and repeat the command.",
        ) from None
