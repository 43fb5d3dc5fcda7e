"""What one document is called, and the words of a question that may call it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from on_prem_rag.retrieve.periods import Period, periods_in, without_periods

_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_HYPHENED = re.compile(r"(?<=\d)-(?=[A-Za-z]\b)")
_AMPERSAND = re.compile(r"\b([A-Za-z])\s?&\s?([A-Za-z])\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_POSSESSIVE = re.compile(r"['’]s\b")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+)\W*$")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Label:
    """What a document is called: the words of each folder, of its file name and of its title, in
    order, the periods that these or its date carry, and how many chunks it has.
    """

    document_id: str
    collection_id: str
    parts: tuple[tuple[str, ...], ...]
    periods: frozenset[Period]
    chunks: int


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word in lower case; ``name_like`` when it is written as names are, ``short_form`` when it
    is written as abbreviations are.
    """

    text: str
    name_like: bool
    short_form: bool


def label_of(
    document_id: str,
    collection_id: str,
    name: str,
    title: str | None,
    document_date: datetime | None,
    chunks: int,
) -> Label:
    """The label of a document called ``name`` (with folders) and titled ``title``.

    Its own date counts only where neither name nor title says a period: a report on a year is
    often written in the next.
    """
    path = PurePosixPath(name)
    texts = [
        *path.parent.parts,
        path.stem if path.suffix else path.name,
        (title or "")[:_LONGEST_TITLE],
    ]
    periods = frozenset[Period]().union(*(periods_in(text) for text in texts))
    if not periods and document_date is not None:
        periods = frozenset({Period(document_date.year, day=document_date.date())})
    parts = tuple(filter(None, (_label_words(text) for text in texts)))
    return Label(document_id, collection_id, parts, periods, chunks)


def question_words(question: str) -> list[QuestionWord]:
    """The words of a question without numbers and possessive endings."""
    text = without_periods(_POSSESSIVE.sub("", _compact(question)))
    shouted = text.isupper()
    words = []
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isdigit():
            continue
        capitals = 0 if shouted else sum(letter.isupper() for letter in word)
        starts = _SENTENCE_START.search(text[: match.start()]) is not None
        short_form = capitals > 1 or (len(word) > 2 and not _VOWEL.search(word))
        name_like = short_form or (capitals == 1 and not starts)
        words.append(QuestionWord(word.lower(), name_like, short_form))
    return words


def spans_of(words: tuple[str, ...], longest: int) -> Iterator[tuple[int, int]]:
    """Start and end of every run of one to ``longest`` words."""
    for size in range(1, longest + 1):
        for start in range(len(words) - size + 1):
            yield start, start + size


def initials_of(words: tuple[str, ...]) -> str:
    """The first letters of several words; nothing of a single one."""
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def begins(short: str, full: str) -> bool:
    """Whether ``short`` is the beginning of a much longer name: "ulta" of "ultabeauty"."""
    return len(short) > 2 and len(full) >= len(short) + 3 and full.startswith(short)


def contracts(short: str, full: str) -> bool:
    """Whether ``short`` joins the beginning of ``full`` with the start of a later part.

    "amex" contracts "americanexpress" (am + ex).
    """
    return len(short) > 3 and any(
        full.startswith(short[:cut]) and short[cut:] in full[cut:]
        for cut in range(2, len(short) - 1)
    )


def _label_words(text: str) -> tuple[str, ...]:
    found = _WORD.findall(without_periods(_compact(text)))
    words = (word.lower() for part in found for word in _CAMEL.split(part))
    return tuple(word for word in words if not word.isdigit())


def _compact(text: str) -> str:
    """``text`` with "U.S." written "US", "10-K" written "10K" and "J&J" written "JnJ"."""
    text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    return _HYPHENED.sub("", _AMPERSAND.sub(r"\1n\2", text))
