"""One answer being written in this process: what was streamed, and what of it is not stored yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Literal

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.events import (
    AnswerEvent,
    AnswerWarning,
    Citation,
    Done,
    Error,
    NumberedPassage,
    Passages,
    Token,
)
from on_prem_rag.conversations.journal import AnswerWrite, NewEvidence, StoredEvent
from on_prem_rag.conversations.rights import Source

StopReason = Literal["cancelled", "interrupted", "withheld"]


class RunningAnswer:
    """The live log of one answer. Everything happens on the event loop's thread."""

    def __init__(self, message_id: str, caller: Caller) -> None:
        self.message_id = message_id
        self.caller = caller
        self.task: asyncio.Task[None] | None = None
        self.stop_reason: StopReason | None = None
        self.checked_at = 0.0
        self._log: list[StoredEvent] = []
        self._changed = asyncio.Event()
        self._closed = False
        self._saved = 0
        self._text: list[str] = []
        self._evidence: list[NewEvidence] = []
        self._evidence_saved = True
        self._cited: set[int] = set()
        self._search_query: str | None = None
        self._details: dict[str, Any] = {}
        self._end: tuple[str, AnswerEvent] | None = None
        self._replaced = False

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return "".join(self._text)

    @property
    def sources(self) -> list[Source]:
        """Collection and document of each passage of the prompt."""
        return [row.source for row in self._evidence]

    @property
    def dirty(self) -> bool:
        """Whether something is not stored yet."""
        return self._saved < len(self._log) or self._end is not None

    def publish(self, event: AnswerEvent) -> None:
        """Append an event and wake whoever follows."""
        if isinstance(event, Token):
            self._text.append(event.text)
        elif isinstance(event, Citation):
            self._cited.add(event.marker)
        elif isinstance(event, AnswerWarning):
            self._details.setdefault("warnings", []).append(event.to_dict())
        elif isinstance(event, Passages):
            self._search_query = event.search_query
            self._evidence = [
                *(_evidence(passage, dropped=False) for passage in event.passages),
                *(_evidence(passage, dropped=True) for passage in event.dropped),
            ]
            self._evidence_saved = False
        self._append(event)

    def end(self, event: Done | Error) -> None:
        """Fix how the answer ends; it is shown once it is stored, see ``close``."""
        if isinstance(event, Done):
            self._details.update(event.to_dict())
            status = "partial" if event.finish_reason == "length" else "complete"
        elif self.stop_reason in ("cancelled", "interrupted"):
            status = self.stop_reason
        else:
            self._details["error"] = event.to_dict()
            status = "partial" if self.text else "failed"
        self._end = (status, event)

    def close(self, replacement: Error | None = None) -> None:
        """Show the end and stop; a ``replacement`` is all that is shown from now on."""
        if self._closed:
            return
        self._replaced = replacement is not None
        end = replacement or (self._end[1] if self._end else None)
        if end is not None:
            self._append(end)
        self._end = None
        self._closed = True
        self._wake()

    def snapshot(self, *, check_sources: bool) -> tuple[AnswerWrite, int]:
        """What to store now, and the log's length it covers."""
        upto = len(self._log)
        events = coalesce(self._log[self._saved : upto])
        status, ending = "streaming", self._end
        if ending is not None:
            status = ending[0]
            events.append(StoredEvent(upto + 1, ending[1].type, ending[1].to_dict()))
        fresh = not self._evidence_saved or ending is not None
        return AnswerWrite(
            message_id=self.message_id,
            caller=self.caller,
            content=self.text,
            status=status,
            events=events,
            search_query=self._search_query,
            evidence=tuple(self._evidence) if fresh else None,
            sources=self.sources if fresh or check_sources else (),
            cited=sorted(self._cited),
            details=dict(self._details) if ending is not None else {},
            finished=ending is not None,
        ), upto

    def saved(self, write: AnswerWrite, upto: int) -> None:
        """Note that a snapshot is stored."""
        self._saved = upto
        if write.evidence is not None:
            self._evidence_saved = len(write.evidence) == len(self._evidence)
        if write.finished:
            self.close()

    async def follow(self, after: int) -> AsyncGenerator[StoredEvent]:
        """Events above ``after`` and those to come, until the end was shown."""
        position = after
        while True:
            changed = self._changed
            while position < len(self._log):
                # A slow reader is not shown what was withdrawn meanwhile.
                position = len(self._log) if self._replaced else position + 1
                yield self._log[position - 1]
            if self._closed:
                return
            await changed.wait()

    async def closed(self) -> None:
        """Wait until the answer has ended, one way or another."""
        while not self._closed:
            await self._changed.wait()

    def _append(self, event: AnswerEvent) -> None:
        self._log.append(StoredEvent(len(self._log) + 1, event.type, event.to_dict()))
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def coalesce(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Events with every run of tokens as one row, as conversations/journal.py describes."""
    rows: list[StoredEvent] = []
    for event in events:
        if event.type != Token.type:
            rows.append(event)
        elif rows and rows[-1].type == Token.type:
            pieces = [*rows[-1].data["pieces"], event.data["text"]]
            rows[-1] = StoredEvent(event.number, event.type, {"pieces": pieces})
        else:
            rows.append(StoredEvent(event.number, event.type, {"pieces": [event.data["text"]]}))
    return rows


def _evidence(numbered: NumberedPassage, *, dropped: bool) -> NewEvidence:
    passage = numbered.passage
    return NewEvidence(
        marker=numbered.marker,
        source=(passage.collection_id, passage.document_id),
        version_id=passage.version_id,
        passage={**numbered.to_dict(), "dropped": dropped},
    )
