"""What a stand-in answers when nothing else is scripted: sentences of the passages, cited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Messages = list[dict[str, Any]]


@dataclass(frozen=True)
class Reply:
    """An answer, and the reasoning before it for models that think."""

    content: str
    thinking: str = ""


ReplySource = Callable[[Messages], "str | Reply"]

# The passages of this project's prompts stand in fences; a plain list works too.
_FENCED = re.compile(r"<<<PASSAGE (\d{1,3})>>>\n(?:Source: .*\n)?(.*?)\n<<<END \1>>>", re.DOTALL)
_LISTED = re.compile(
    r"^\s*\[(\d{1,3})\][ \t]*(.*?)(?=^\s*\[\d{1,3}\]|\Z)", re.MULTILINE | re.DOTALL
)
_SENTENCE = re.compile(r"[^.!?\n]{20,300}[.!?](?=\s|$)")
_SENTENCES = 2


def grounded_reply(messages: Messages) -> str:
    """One sentence of each of the first two passages with its marker; else the last line asked.

    Passages stand between ``<<<PASSAGE 1>>>`` and ``<<<END 1>>>``, or are lines ``[1] text``.
    """
    prompt = "\n".join(str(m.get("content", "")) for m in messages if m.get("role") != "assistant")
    found = _FENCED.findall(prompt) or _LISTED.findall(prompt)
    parts = []
    for number, text in found:
        sentence = _SENTENCE.search(text)
        if sentence is not None:
            words = " ".join(sentence.group().split())
            parts.append(f"{words[:-1]} [{number}]{words[-1]}")
        if len(parts) == _SENTENCES:
            break
    if parts:
        return " ".join(parts)
    lines = [line for line in str(messages[-1].get("content", "")).splitlines() if line.strip()]
    return lines[-1].strip().removeprefix("Question:").strip() if lines else "OK."


def formatted_reply(schema: Any) -> str:
    """A value that keeps ``format``: ``"json"`` or a schema."""
    return json.dumps({} if schema == "json" else _instance(schema))


def _instance(schema: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {
                name: _instance(properties.get(name, {})) for name in schema.get("required", [])
            }
        case "array":
            return []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return "text"
