"""The typed events of an answer's stream, in the order they come.

    status* passages status* (token | citation | warning)* (done | error)

An answer ends with exactly one ``done`` or ``error``. The answer's text is every token's ``text``
joined; offsets count its characters (Unicode code points) and markers stand in it as ``[1]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from on_prem_rag.errors import AppError
from on_prem_rag.retrieve.passage import Passage

Stage = Literal["understanding", "searching", "reading", "queued", "writing"]
Mode = Literal["generated", "extractive", "not_found"]


class AnswerEvent:
    """What every event has: a ``type`` that never changes and a JSON form without it."""

    type: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """The event's fields as JSON types, the same before and after being stored."""
        return {name: _plain(value) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Status(AnswerEvent):
    """What is being done. ``passages`` comes with reading; ``position`` (1 = next) with queued."""

    type = "status"
    stage: Stage
    passages: int | None = None
    position: int | None = None


@dataclass(frozen=True)
class NumberedPassage:
    """A passage and the marker the answer cites it by."""

    marker: int
    passage: Passage

    def to_dict(self) -> dict[str, Any]:
        """All that is shown of the passage; pages start at 1, boxes are [page, x0, y0, x1, y1]."""
        return {"marker": self.marker, **_plain(self.passage)}


@dataclass(frozen=True)
class Passages(AnswerEvent):
    """The passages the answer may cite, and those left out for lack of room, both numbered.

    In mode not_found nothing is cited: they are the nearest passages. ``search_query`` is the
    self-contained question that was searched. A second event replaces the first when the model
    found the prompt too long and the last passage had to go.
    """

    type = "passages"
    passages: tuple[NumberedPassage, ...]
    dropped: tuple[NumberedPassage, ...] = ()
    search_query: str = ""


@dataclass(frozen=True)
class Token(AnswerEvent):
    """The next piece of the answer's text."""

    type = "token"
    text: str


@dataclass(frozen=True)
class Citation(AnswerEvent):
    """A marker in the text that names a passage really sent. ``offset`` is where ``[n]`` begins."""

    type = "citation"
    marker: int
    offset: int
    document_id: str
    document_name: str
    page: int | None
    boxes: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class AnswerWarning(AnswerEvent):
    """Something the reader should know; the answer goes on."""

    type = "warning"
    code: str
    message: str


@dataclass(frozen=True)
class SentenceSupport:
    """Whether the passages bear out the sentence ``text[start:end]``; ``score`` is in [0, 1]."""

    start: int
    end: int
    supported: bool
    score: float
    markers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Budget:
    """Tokens of the context window. Prompt tokens are an upper estimate until the model counted."""

    num_ctx: int
    reserved_for_answer: int
    prompt_tokens: int
    completion_tokens: int = 0
    dropped_passages: int = 0
    dropped_turns: int = 0


@dataclass(frozen=True)
class Done(AnswerEvent):
    """The end of a whole answer. ``timings`` are milliseconds since the question came in.

    ``short_answer`` comes with mode extractive: the few words that answer the question, a guess
    that leads the text only where it is sure.
    """

    type = "done"
    mode: Mode
    model: str | None
    finish_reason: str
    confidence: float
    support: tuple[SentenceSupport, ...] = ()
    short_answer: str | None = None
    budget: Budget | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Error(AnswerEvent):
    """The end of an answer that is not whole; text that came before it stays, labelled partial."""

    type = "error"
    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: AppError) -> Error:
        """The event for an error of ours."""
        return cls(code=error.code, message=error.message, hint=error.hint)


def _plain(value: Any) -> Any:
    if isinstance(value, NumberedPassage):
        return value.to_dict()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return dict(value) if isinstance(value, Mapping) else value
