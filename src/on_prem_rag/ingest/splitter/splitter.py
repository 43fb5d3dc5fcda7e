"""Puts pieces together to passages of about equal length that each make sense alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import ceil

from on_prem_rag.ingest.parsed import ParsedDocument
from on_prem_rag.ingest.splitter.draft import ChunkDraft, ChunkKind, Piece, Span
from on_prem_rag.ingest.splitter.pieces import BLOCK_GAP, PieceReader

_MOST_CHARACTERS_PER_TOKEN = 16
"""Prose has 4 to 5. A word of over 100 characters is one unknown token to WordPiece, however long
it is; without this bound a file in base64 would become a single chunk."""
_FEWEST_LETTERS_PER_TOKEN = 3
"""A script that the vocabulary lacks is spelt letter by letter: counted so, a paragraph of Arabic
would fall into pieces too small to be found by their words. German has 3, English 5."""
_IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Chinese, Japanese and Korean, whose characters are words or syllables: a token each."""


class Splitter:
    """Cuts a document into chunks of at most ``chunk_tokens`` as ``count_tokens`` counts them.

    Small neighbours share a chunk, a sentence or a row is cut only when it is longer than a whole
    chunk, headings and introductions move on with what follows them, a table's header stands in
    each of its chunks, and a paragraph that is cut repeats its last ``overlap_tokens`` at most.
    """

    def __init__(
        self,
        count_tokens: Callable[[str], int],
        *,
        chunk_tokens: int = 220,
        overlap_tokens: int = 30,
    ) -> None:
        def count(text: str) -> int:
            least = len(text) // _MOST_CHARACTERS_PER_TOKEN
            if least > chunk_tokens:
                # Too long whatever its tokens: it is cut, and counted when it is shorter.
                return least
            words = len(text.split())
            ideographs = len(_IDEOGRAPHS.findall(text))
            most = ideographs + ceil((len(text) - ideographs) / _FEWEST_LETTERS_PER_TOKEN)
            # Lone accents are nothing to the tokenizer, but a chunk must not hold a million lines.
            return max(min(count_tokens(text), max(most, words)), least, min(words, 1))

        self._reader = PieceReader(count, chunk_tokens)
        self._limit = chunk_tokens
        self._overlap = overlap_tokens

    def split(self, document: ParsedDocument) -> list[ChunkDraft]:
        """The chunks of ``document`` in reading order; none when it holds no text."""
        packer = _Packer(self._limit, self._overlap)
        for pieces in self._reader.read(document):
            packer.begin_block(pieces)
            for piece in pieces:
                packer.add(piece)
        return packer.finish()


class _Packer:
    """Fills one chunk after the other; ``_current`` is the one being filled."""

    def __init__(self, limit: int, overlap: int) -> None:
        self._limit = limit
        self._overlap = overlap
        self._current: list[Piece] = []
        self._chunks: list[ChunkDraft] = []
        self._headed: set[int] = set()

    def begin_block(self, pieces: Sequence[Piece]) -> None:
        """End the current chunk where the border of two blocks is a better place than later on."""
        if not self._current:
            return
        size, last = _tokens(self._current), self._current[-1]
        fits = size + _tokens(pieces) + _tokens(pieces[0].header) <= self._limit
        opens_section = pieces[0].role == "heading" and last.role == "body"
        half_full = size >= self._limit // 2
        if (half_full and (opens_section or not fits)) or (
            (pieces[0].kind == "note") != (last.kind == "note")
        ):
            self._flush()

    def add(self, piece: Piece) -> None:
        """Put ``piece`` into the current chunk, or into a new one when it is full."""
        if self._current and not self._fits(piece):
            body = self._flush()
            if not self._current:
                self._current = self._repeated_end(body, piece)
            self._make_room(piece)
        self._current += self._missing_header(piece)
        self._current.append(piece)
        self._headed.add(piece.block)

    def finish(self) -> list[ChunkDraft]:
        """All chunks; headings at the very end, which nothing follows, are one of their own."""
        self._flush()
        self._emit(self._current)
        return self._chunks

    def _fits(self, piece: Piece) -> bool:
        needed = piece.tokens + _tokens(self._missing_header(piece))
        return _tokens(self._current) + needed <= self._limit

    def _missing_header(self, piece: Piece) -> list[Piece]:
        """The header rows that ``piece`` needs above it and that the current chunk lacks."""
        if any(other.block == piece.block and other.header for other in self._current):
            return []
        repeated = piece.block in self._headed
        return [replace(row, repeated=repeated) for row in piece.header]

    def _flush(self) -> list[Piece]:
        """End the current chunk; what introduces the next one stays. Returns what was ended."""
        cut = len(self._current)
        while cut and self._current[cut - 1].role != "body":
            cut -= 1
        body, self._current = self._current[:cut], self._current[cut:]
        self._emit(body)
        return body

    def _repeated_end(self, body: Sequence[Piece], following: Piece) -> list[Piece]:
        """The last sentences of the paragraph that goes on, as many as the overlap allows."""
        kept: list[Piece] = []
        for piece in reversed(body):
            size = _tokens(kept) + piece.tokens
            if piece.block != following.block or piece.kind == "table" or size > self._overlap:
                break
            kept.insert(0, piece)
        return kept

    def _make_room(self, piece: Piece) -> None:
        """Shorten what stands before ``piece`` in a new chunk until both fit.

        A heading above it is in its path and an overlap is in the chunk before: both may go.
        Where anything else would be lost, all of it becomes a chunk of its own.
        """
        before = self._current
        while self._current and not self._fits(piece):
            self._current = self._current[1:]
        dropped = before[: len(before) - len(self._current)]
        if any(_is_lost(other, piece) for other in dropped):
            self._emit(before)
            self._current = []

    def _emit(self, pieces: Sequence[Piece]) -> None:
        if pieces:
            self._chunks.append(_draft(len(self._chunks), pieces))


def _tokens(pieces: Iterable[Piece]) -> int:
    return sum(piece.tokens for piece in pieces)


def _is_lost(dropped: Piece, following: Piece) -> bool:
    if dropped.role == "heading":
        return dropped.path[-1] not in following.path
    return dropped.role == "introduction"


def _draft(ordinal: int, pieces: Sequence[Piece]) -> ChunkDraft:
    text, spans = _joined(pieces)
    own = [piece for piece in pieces if not piece.repeated]
    pages = [span.page for piece in own for span in piece.spans]
    pages = pages or [piece.page for piece in own if piece.page is not None]
    first = next((piece for piece in own if piece.role == "body"), own[-1])
    tokens_by_kind: Counter[ChunkKind] = Counter()
    for piece in pieces:
        tokens_by_kind[piece.kind] += piece.tokens
    return ChunkDraft(
        ordinal=ordinal,
        kind=tokens_by_kind.most_common(1)[0][0],
        text=text,
        heading_path=first.path,
        page_start=min(pages, default=None),
        page_end=max(pages, default=None),
        char_start=own[0].start,
        char_end=own[-1].start + len(own[-1].text),
        token_count=_tokens(pieces),
        spans=spans,
    )


def _joined(pieces: Sequence[Piece]) -> tuple[str, tuple[Span, ...]]:
    """The pieces as one text, and their spans in it; spans that continue each other are one."""
    text = ""
    spans: list[Span] = []
    for number, piece in enumerate(pieces):
        if number:
            text += piece.gap if piece.block == pieces[number - 1].block else BLOCK_GAP
        offset = len(text)
        text += piece.text
        for span in piece.spans:
            moved = span._replace(start=span.start + offset, end=span.end + offset)
            if spans and _continues(spans[-1], moved, text):
                spans[-1] = spans[-1]._replace(end=moved.end, last_word=moved.last_word)
            else:
                spans.append(moved)
    return text, tuple(spans)


def _continues(last: Span, span: Span, text: str) -> bool:
    return (
        last.page == span.page
        and last.last_word == span.first_word
        and text[last.end : span.start] == " "
    )
