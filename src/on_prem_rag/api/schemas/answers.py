"""Bodies of answers: the events of a stream, and the same folded into one object."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field

from on_prem_rag.answer.events import (
    AnswerEvent,
    AnswerWarning,
    Citation,
    Done,
    Error,
    Passages,
    Token,
)
from on_prem_rag.api.schemas.base import Output
from on_prem_rag.api.schemas.search import MAX_QUESTION, SearchBounds


class QueryRequest(SearchBounds):
    """A question to be answered once, with nothing kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "What is the notice period of the lease?"}]}
    )

    query: str = Field(min_length=1, max_length=MAX_QUESTION)
    model: str | None = Field(default=None, max_length=200, description="Default: DEFAULT_MODEL.")
    stream: bool = Field(default=False, description="Answer as server-sent events.")


class WarningBody(Output):
    """Something the reader should know."""

    code: str
    message: str


class CitationBody(Output):
    """A marker ``[n]`` in the answer at ``offset`` characters, and where it leads."""

    marker: int
    offset: int
    document_id: str
    document_name: str
    page: int | None
    boxes: list[list[float]]


class QueryResponse(Output):
    """A whole answer. ``mode`` is generated, extractive or not_found."""

    answer: str
    mode: Literal["generated", "extractive", "not_found"]
    model: str | None
    finish_reason: str
    confidence: float
    search_query: str = Field(description="The self-contained question that was searched.")
    citations: list[CitationBody]
    passages: list[dict[str, Any]] = Field(description="What the answer may cite, by marker.")
    dropped: list[dict[str, Any]] = Field(description="Found, but no room in the prompt.")
    support: list[dict[str, Any]] = Field(description="Each sentence, and whether it is borne out.")
    short_answer: str | None
    warnings: list[WarningBody]
    budget: dict[str, Any] | None = Field(description="Tokens of the context window.")
    timings: dict[str, float] = Field(description="Milliseconds since the question came in.")


class AnswerFold:
    """Collects an answer's events; ``error`` is set when it ended with one."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._citations: list[CitationBody] = []
        self._warnings: list[WarningBody] = []
        self._passages: dict[str, Any] = {}
        self.done: Done | None = None
        self.error: Error | None = None

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._texts)

    @property
    def citations(self) -> list[CitationBody]:
        """The markers so far."""
        return self._citations

    def add(self, event: AnswerEvent) -> Self:
        """Take the next event."""
        match event:
            case Token():
                self._texts.append(event.text)
            case Citation():
                self._citations.append(CitationBody.model_validate(event))
            case AnswerWarning():
                self._warnings.append(WarningBody.model_validate(event))
            case Passages():
                self._passages = event.to_dict()
            case Done():
                self.done = event
            case Error():
                self.error = event
            case _:
                pass
        return self

    def response(self) -> QueryResponse:
        """The whole answer; only after ``done`` is set."""
        assert self.done is not None  # noqa: S101 - the caller's promise
        done = self.done.to_dict()
        return QueryResponse(
            answer=self.text,
            mode=done["mode"],
            model=done["model"],
            finish_reason=done["finish_reason"],
            confidence=done["confidence"],
            search_query=self._passages.get("search_query", ""),
            citations=self._citations,
            passages=self._passages.get("passages", []),
            dropped=self._passages.get("dropped", []),
            support=list(done["support"]),
            short_answer=done["short_answer"],
            warnings=self._warnings,
            budget=done["budget"],
            timings=dict(done["timings"]),
        )
