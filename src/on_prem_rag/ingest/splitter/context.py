"""The text a passage is embedded and indexed as."""

from __future__ import annotations

from collections.abc import Sequence

MAX_TITLE = 60
MAX_CONTEXT = 110
"""Characters of title and headings together: about 32 tokens of prose, which with a passage of 220
and two special tokens stays below the 256 tokens the bundled model reads."""


def embedding_text(title: str | None, heading_path: Sequence[str], text: str) -> str:
    """``title > headings`` on a line above ``text``.

    Of a deep path the headings closest to the text are kept. A heading the text itself begins with
    and one that repeats the title are left out.
    """
    head = _shortened(title or "", MAX_TITLE)
    room = MAX_CONTEXT - len(head)
    kept: list[str] = []
    for heading in reversed(heading_path):
        short = _shortened(heading, MAX_TITLE)
        if text.startswith(heading) or short.casefold() == head.casefold():
            continue
        if len(short) > room:
            break
        kept.append(short)
        room -= len(short)
    context = " > ".join(part for part in (head, *reversed(kept)) if part)
    return f"{context}\n{text}" if context else text


def _shortened(text: str, limit: int) -> str:
    """``text`` on one line, cut at a space where there is one before ``limit`` characters."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line.rfind(" ", limit // 2, limit)
    return line[: cut if cut > 0 else limit]
