"""Takes the blocks of a document apart into pieces that are never cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from on_prem_rag.documents.sentences import sentence_spans
from on_prem_rag.ingest.parsed import Block, ParsedDocument, Text
from on_prem_rag.ingest.splitter.cuts import cut_to_fit, line_spans, slice_text, whole_words
from on_prem_rag.ingest.splitter.draft import ChunkKind, Piece, Role, Span
from on_prem_rag.ingest.splitter.rows import Row, narrow_rows, render_rows

BLOCK_GAP = "\n\n"
_ROW_GAP = "\n"
_KINDS: dict[str, ChunkKind] = {"table": "table", "code": "code", "note": "note"}


def document_text(document: ParsedDocument) -> str:
    """All blocks as text, an empty line between them; what ``char_start`` is an offset in."""
    return BLOCK_GAP.join(_block_text(block) for block in document.blocks)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a piece belongs: its block, the block's offset in the document, its headings."""

    block: Block
    index: int
    start: int
    path: tuple[str, ...]


class PieceReader:
    """Reads a document block by block as pieces of at most ``limit`` tokens each."""

    def __init__(self, count_tokens: Callable[[str], int], limit: int) -> None:
        self._count = count_tokens
        self._limit = limit

    def read(self, document: ParsedDocument) -> Iterator[list[Piece]]:
        """The pieces of each block that has any, in reading order."""
        path: list[tuple[int, str]] = []
        start = 0
        for index, block in enumerate(document.blocks):
            title = self._heading(block)
            if title:
                path = [entry for entry in path if entry[0] < block.level]
                path.append((block.level, title))
            place = _Place(block, index, start, tuple(text for _, text in path))
            if block.kind == "table":
                pieces = self._table(place)
            else:
                pieces = self._text(place, "heading" if title else self._role(block))
            if pieces:
                yield pieces
            start += len(_block_text(block)) + len(BLOCK_GAP)

    def _heading(self, block: Block) -> str | None:
        """The heading's text; what is long is none, whatever its type looked like."""
        title = " ".join(block.text.value.split())
        if block.kind != "heading" or not title or self._count(title) > self._limit // 4:
            return None
        return title

    def _role(self, block: Block) -> Role:
        value = block.text.value.rstrip()
        if block.kind == "caption" or value.endswith((":", "：")):
            return "introduction" if self._count(value) <= self._limit // 4 else "body"
        return "body"

    def _text(self, place: _Place, role: Role) -> list[Piece]:
        text = place.block.text
        pieces: list[Piece] = []
        last = 0
        for natural_start, natural_end in _natural_cuts(place.block, role):
            for start, end, tokens in cut_to_fit(
                text.value, natural_start, natural_end, self._count, self._limit
            ):
                part = slice_text(text, start, end)
                gap = text.value[last:start]
                pieces.append(_piece(place, part, start, tokens, gap=gap, role=role))
                last = end
        return pieces

    def _table(self, place: _Place) -> list[Piece]:
        offset = 0
        rows: list[tuple[Row, Piece]] = []
        for row in place.block.rows:
            rendered = render_rows([row])
            if any(cell.value.strip() for cell in row):
                tokens = self._count(rendered.value)
                rows.append((row, _piece(place, rendered, offset, tokens)))
            offset += len(rendered.value) + len(_ROW_GAP)
        titles = self._repeatable(rows[: min(place.block.header_rows, len(rows) - 1)])
        header = tuple(piece for _, piece in titles)
        room = self._limit - sum(piece.tokens for piece in header)
        pieces: list[Piece] = []
        for row, piece in rows[len(header) :]:
            if piece.tokens <= room:
                pieces.append(replace(piece, header=header))
                continue
            groups = narrow_rows([row for row, _ in titles], row, self._count, self._limit)
            offset = piece.start - place.start
            for group in groups:
                rendered = render_rows(group)
                tokens = self._count(rendered.value)
                pieces.append(_piece(place, rendered, offset, tokens))
        return pieces

    def _repeatable(self, rows: list[tuple[Row, Piece]]) -> list[tuple[Row, Piece]]:
        """The first of the header ``rows``, as long as they leave half the room to the others."""
        total = 0
        for count, (_, piece) in enumerate(rows):
            total += piece.tokens
            if total > self._limit // 2:
                return rows[:count]
        return rows


def _block_text(block: Block) -> str:
    return render_rows(block.rows).value if block.kind == "table" else block.text.value


def _natural_cuts(block: Block, role: Role) -> list[tuple[int, int]]:
    value = block.text.value
    if role == "heading":
        return [(len(value) - len(value.lstrip()), len(value.rstrip()))]
    if block.kind == "code":
        return line_spans(value)
    return whole_words(block.text, sentence_spans(value))


def _piece(
    place: _Place, part: Text, offset: int, tokens: int, *, gap: str = _ROW_GAP, role: Role = "body"
) -> Piece:
    return Piece(
        text=part.value,
        tokens=tokens,
        spans=tuple(Span(*run) for run in part.runs),
        kind=_KINDS.get(place.block.kind, "text"),
        role=role,
        block=place.index,
        start=place.start + offset,
        gap=gap,
        page=place.block.page,
        path=place.path,
    )
