"""Keeps a model's reasoning out of its answer, however the stream cuts the tags."""

from __future__ import annotations

from on_prem_rag.errors import ModelFailed

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkingFilter:
    """Drops literal ``<think>…</think>`` blocks from streamed content.

    Ollama separates reasoning itself, but a template it does not know leaks the tags. A closing tag
    before any visible text is dropped too. One after visible text means that what was already
    streamed was reasoning: that cannot be taken back, so ``feed`` raises ModelFailed. White space
    before the first visible character is dropped.
    """

    def __init__(self) -> None:
        self._pending = ""
        self._inside = False
        self._started = False

    def feed(self, text: str) -> str:
        """The visible part of what came so far and was not returned yet; may be empty."""
        self._pending += text
        visible: list[str] = []
        while self._step(visible):
            pass
        return "".join(visible)

    def flush(self) -> str:
        """What was held back as the possible start of a tag, at the end of the stream."""
        rest, self._pending = self._pending, ""
        return "" if self._inside else self._trim(rest)

    def _step(self, visible: list[str]) -> bool:
        """Consume up to and including the next tag; False when more text is needed."""
        tag = _CLOSE if self._inside else _first_tag(self._pending)
        at = self._pending.find(tag) if tag else -1
        if tag is None or at < 0:
            held = _held_back(self._pending)
            cut = len(self._pending) - held
            if not self._inside:
                visible.append(self._trim(self._pending[:cut]))
            self._pending = self._pending[cut:]
            return False
        if not self._inside:
            visible.append(self._trim(self._pending[:at]))
            if tag == _CLOSE and self._started:
                raise ModelFailed(
                    "The model wrote its reasoning into the answer.",
                    hint="Ollama does not know this model's template; choose another model.",
                )
        self._inside = tag == _OPEN
        self._pending = self._pending[at + len(tag) :]
        return True

    def _trim(self, text: str) -> str:
        if not self._started:
            text = text.lstrip()
            self._started = bool(text)
        return text


def _first_tag(text: str) -> str | None:
    found = [(at, tag) for tag in (_OPEN, _CLOSE) if (at := text.find(tag)) >= 0]
    return min(found)[1] if found else None


def _held_back(text: str) -> int:
    """Length of the longest end of ``text`` that may be the start of a tag."""
    at = text.rfind("<", -len(_CLOSE))
    if at < 0:
        return 0
    end = text[at:]
    return len(end) if _OPEN.startswith(end) or _CLOSE.startswith(end) else 0
