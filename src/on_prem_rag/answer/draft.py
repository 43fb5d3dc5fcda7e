"""An answer's text as it grows, and the events that show it growing."""

from __future__ import annotations

from collections.abc import Sequence

from on_prem_rag.answer.citations import CitationParser, Marker, Parsed
from on_prem_rag.answer.events import AnswerEvent, AnswerWarning, Citation, NumberedPassage, Token


class Draft:
    """Text and checked markers of one answer over the numbered ``passages`` it may cite."""

    def __init__(self, passages: Sequence[NumberedPassage]) -> None:
        self.passages = {passage.marker: passage for passage in passages}
        self.markers: list[Marker] = []
        self._pieces: list[str] = []
        self._parser = CitationParser(self.passages)

    @property
    def text(self) -> str:
        """All that was shown, the joined text of every Token event."""
        return "".join(self._pieces)

    def feed(self, delta: str) -> list[AnswerEvent]:
        """Events for the model's next piece of text."""
        return self._take(self._parser.feed(delta))

    def flush(self) -> list[AnswerEvent]:
        """Events for what was held back, at the end of the stream."""
        return self._take(self._parser.flush())

    def _take(self, parsed: Parsed) -> list[AnswerEvent]:
        events: list[AnswerEvent] = []
        if parsed.text:
            self._pieces.append(parsed.text)
            events.append(Token(parsed.text))
        for marker in parsed.markers:
            self.markers.append(marker)
            events.append(cite(self.passages[marker.number], marker.offset))
        for number in parsed.rejected:
            message = f"The model cited passage {number}, which it was not given; taken out."
            events.append(AnswerWarning("unknown_citation", message))
        return events


def cite(numbered: NumberedPassage, offset: int) -> Citation:
    """The event for a marker of this passage at ``offset`` in the answer's text."""
    passage = numbered.passage
    return Citation(
        marker=numbered.marker,
        offset=offset,
        document_id=passage.document_id,
        document_name=passage.document_name,
        page=passage.page_start,
        boxes=passage.boxes,
    )
