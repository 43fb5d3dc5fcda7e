"""Pieces of a sentence that may be the answer to a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from on_prem_rag.answer.words import NUMERALS, STOP_WORDS, stem, word_set

LONGEST = 8
"""Tokens of the longest span."""

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*%?|[^\W\d_]+(?:['’.\-–&/][^\W_]+)*|[^\W_]+|\S")
_YEAR = re.compile(r"(?:1\d|20)\d\ds?")
_BREAKS = frozenset('.;:!?()[]"“”')
_JOINS = frozenset(",-–'’$€£%")
_MONTHS = word_set(
    """
    january february march april may june july august september october november december
    januar februar märz mai juni juli oktober dezember enero febrero marzo abril mayo junio julio
    agosto septiembre octubre noviembre diciembre janvier février mars avril juin juillet août
    septembre octobre novembre décembre
    """
)


@dataclass(frozen=True, slots=True)
class SpanToken:
    """A word or sign with its place in the sentence; ``asked``: a content word of the question."""

    text: str
    start: int
    end: int
    low: str
    stem: str
    word: bool
    stop: bool
    capital: bool
    digit: bool
    asked: bool


def span_tokens(sentence: str, asked_stems: frozenset[str]) -> list[SpanToken]:
    """The tokens of a sentence."""
    found = []
    for match in _TOKEN.finditer(sentence):
        text = match.group()
        low = text.lower()
        word = text[0].isalnum()
        stem_ = stem(low.removesuffix("'s").removesuffix("’s")) if word else ""
        stop = low in STOP_WORDS
        found.append(
            SpanToken(
                text=text,
                start=match.start(),
                end=match.end(),
                low=low,
                stem=stem_,
                word=word,
                stop=stop,
                capital=text[0].isupper(),
                digit=text[0].isdigit(),
                asked=word and not stop and stem_ in asked_stems,
            )
        )
    return found


def candidate_spans(tokens: Sequence[SpanToken]) -> list[tuple[int, int]]:
    """``(first, end)`` of every run of tokens that begins and ends with a word that carries content

    and holds no sign that ends a clause.
    """
    spans = []
    for first, token in enumerate(tokens):
        if not _carries(token):
            continue
        for end in range(first + 1, min(len(tokens), first + LONGEST) + 1):
            last = tokens[end - 1]
            if last.text in _BREAKS or not (last.word or last.text in _JOINS):
                break
            if _carries(last):
                spans.append((first, end))
    return spans


def _carries(token: SpanToken) -> bool:
    return token.word and (not token.stop or token.low in NUMERALS)


def shape(words: Sequence[SpanToken]) -> str:
    """How a span's words look: year, date, in_year, number, numeral, name, mixed or plain."""
    months = any(word.low in _MONTHS and word.capital for word in words)
    if any(word.digit for word in words):
        return "date" if months else _number_shape(words)
    if any(word.low in NUMERALS for word in words):
        return "numeral"
    if months:
        return "date"
    content = [word for word in words if not word.stop]
    capitals = sum(word.capital for word in content)
    return "name" if capitals == len(content) else "mixed" if capitals else "plain"


def _number_shape(words: Sequence[SpanToken]) -> str:
    if not any(_YEAR.fullmatch(word.text) for word in words):
        return "number"
    return "year" if len(words) == 1 else "in_year"
