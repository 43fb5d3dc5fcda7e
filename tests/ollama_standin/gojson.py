"""JSON and times as Go's encoder writes and reads them, with its wording of what is malformed."""

from __future__ import annotations

import json
import time
from typing import Any

JSON = "application/json; charset=utf-8"
BARE_JSON = "application/json"
NDJSON = "application/x-ndjson"

_KEY_EXPECTED = "Expecting property name enclosed in double quotes"
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_GO_TYPES = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class BadRequest(Exception):
    """The body cannot be bound to the request; the message is Go's."""


def dumps(value: Any) -> bytes:
    """Compact JSON with ``<>&`` and the line separators escaped, as encoding/json does."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=True)
    return text.translate(_ESCAPES).encode()


def loads(body: bytes, struct: str, fields: dict[str, tuple[type, str]]) -> dict[str, Any]:
    """The body as an object; ``fields`` maps a name to its Python type and the name Go gives it."""
    if not body:
        raise BadRequest("missing request body")
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequest(_syntax_error(error, text)) from error
    if not isinstance(value, dict):
        raise BadRequest(
            f"json: cannot unmarshal {_name(value)} into Go value of type api.{struct}"
        )
    for key, (wanted, go_type) in fields.items():
        found = value.get(key)
        if found is not None and not isinstance(found, wanted):
            raise BadRequest(
                f"json: cannot unmarshal {_name(found)} into Go struct field {struct}.{key}"
                f" of type {go_type}"
            )
    return value


def timestamp(ns: int | None = None) -> str:
    """RFC 3339 in UTC with nanoseconds, trailing zeros left out."""
    ns = time.time_ns() if ns is None else ns
    seconds, fraction = divmod(ns, 10**9)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    digits = f"{fraction:09d}".rstrip("0")
    return f"{day}.{digits}Z" if digits else f"{day}Z"


def _name(value: Any) -> str:
    return _GO_TYPES[type(value)]


def _syntax_error(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text):
        return "unexpected EOF"
    where = {
        _KEY_EXPECTED: "looking for beginning of object key string",
        "Expecting ':' delimiter": "after object key",
        "Expecting ',' delimiter": "after object key:value pair",
    }.get(error.msg, "looking for beginning of value")
    return f"invalid character '{text[error.pos]}' {where}"
