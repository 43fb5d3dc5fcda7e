"""What of logs and settings may leave the house in a support bundle: what is known to be harmless.

Everything else is left out, so that a field somebody adds later does not get out by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

LEFT_OUT = "[left out]"
_PLAIN_TEXT_KEYS = frozenset(
    {
        "code",
        "endpoint",
        "error_type",
        "index",
        "job_id",
        "level",
        "logger",
        "method",
        "metric",
        "model",
        "outcome",
        "part",
        "request_id",
        "slot",
        "started_at",
        "status",
        "store",
        "task",
        "timestamp",
    }
)
_EVENT = re.compile(r"[a-z][a-z0-9_]*")
_FRAME = re.compile(r'  File "([^"]*)", line \d+, in \S+')
_TYPE = re.compile(r"[\w.]+(?=:|$)")


def redact_log(lines: Iterable[str]) -> Iterator[str]:
    """JSON lines of the log with the fields that hold no words of anyone; others are left out."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            yield json.dumps({"event": LEFT_OUT})
            continue
        if isinstance(entry, dict):
            yield json.dumps({key: _harmless(key, value) for key, value in entry.items()})


def redact_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that are no secret, without what a URL may hold besides its place."""
    return {
        name: _bare_url(value) if isinstance(value, str) and "://" in value else value
        for name, value in settings.items()
    }


def _harmless(key: str, value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if not isinstance(value, str):
        return LEFT_OUT
    if key == "event":
        return value if _EVENT.fullmatch(value) else LEFT_OUT
    if key == "exception":
        return _frames(value)
    return value if key in _PLAIN_TEXT_KEYS else LEFT_OUT


def _frames(text: str) -> str:
    """Of a traceback the types and where they came from; messages may quote what was read."""
    kept = []
    for line in text.splitlines():
        if _FRAME.fullmatch(line):
            kept.append(line)
        elif found := _TYPE.match(line):
            kept.append(found.group())
    return "\n".join(kept)


def _bare_url(value: str) -> str:
    parts = urlsplit(value)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
