"""What speaks for and against a span being the answer: features of the linear ranker.

Names are those of span_weights.toml. They are typographic or use small tables of function words, so
an unknown language loses cues and keeps the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from on_prem_rag.answer.question import Question
from on_prem_rag.answer.span import SpanToken, shape
from on_prem_rag.answer.words import word_set

_DETERMINERS = word_set(
    """
    the a an this that these those his her its their our der die das den dem ein eine einen
    la le les un une el los las
    """
)
_PREPOSITIONS = word_set(
    """
    in on at by of for to from with as into between during since until after before through
    over under about near than via von im am bei mit für auf zu aus nach de à en par pour
    con por para
    """
)
_BE = word_set(
    """
    is are was were be been being am has have had ist sind war waren est sont
    """
)
_LINKS = word_set(
    """
    of the and de la du von van der den del & for in
    """
)
_CUES = word_set(
    """
    by in to of from for as with at on than about called named known was is were are
    """
)
_ADJECTIVE = ("ic", "al", "ous", "ive", "ary", "able")
_FAR = 30


def features(
    tokens: Sequence[SpanToken],
    first: int,
    end: int,
    question: Question,
    weight: Mapping[str, float],
) -> dict[str, float]:
    """Features of ``tokens[first:end]``; ``weight`` is how rare each stem of the question is."""
    span = tokens[first:end]
    before = tokens[first - 1] if first else None
    after = tokens[end] if end < len(tokens) else None
    found = _inside(span, question)
    found[f"before.{_before(before)}"] = 1.0
    found[f"after.{_after(after)}"] = 1.0
    found["position"] = first / len(tokens)
    if before is not None:
        found.update(_cues(tokens, first, question))
        found["quoted"] = float(before.text in '"“„«')
        found["splits_name_left"] = float(before.capital and span[0].capital)
    if after is not None:
        found["splits_name_right"] = float(after.capital and span[-1].capital)
        found["head_after"] = float(after.stem == question.head)
    found.update(_nearness(tokens, first, end, weight))
    return found


def _inside(span: Sequence[SpanToken], question: Question) -> dict[str, float]:
    words = [token for token in span if token.word]
    content = [token for token in words if not token.stop] or words
    last, opening = content[-1], span[0]
    asked = sum(token.asked for token in content) / len(content)
    return {
        f"{question.kind}.{shape(words)}": 1.0,
        f"words.{min(len(words), 6)}": 1.0,
        "asked": asked,
        "asked_all": float(asked == 1),
        "asked_first": float(content[0].asked),
        "asked_last": float(last.asked),
        "comma": float(any(token.text == "," for token in span)),
        "and": float(any(token.low in ("and", "or", "und", "oder") for token in span)),
        "stop": float(any(token.stop and token.low not in _LINKS for token in span)),
        "link": float(any(token.stop and token.low in _LINKS for token in span)),
        "verb_first": float(not opening.capital and opening.low.endswith(("ed", "ing"))),
        "verb_last": float(not last.capital and last.low.endswith(("ed", "ly"))),
        "gerund_last": float(not last.capital and last.low.endswith("ing")),
        "adjective_last": float(not last.capital and last.low.endswith(_ADJECTIVE)),
        "head_inside": float(any(token.stem == question.head for token in content)),
        "head_last": float(last.stem == question.head),
    }


def _cues(tokens: Sequence[SpanToken], first: int, question: Question) -> dict[str, float]:
    before = tokens[first - 1]
    found = {"head_before": float(before.word and before.stem == question.head)}
    if before.low in _CUES:
        found[f"{question.kind}.{before.low}_"] = 1.0
    if before.low in _DETERMINERS and first >= 2 and tokens[first - 2].low in _CUES:
        found[f"{question.kind}.{tokens[first - 2].low}_the_"] = 1.0
    return found


def _nearness(
    tokens: Sequence[SpanToken], first: int, end: int, weight: Mapping[str, float]
) -> dict[str, float]:
    """Words of the question around the span, the nearer the better."""
    total = sum(weight.values()) or 1.0
    near = left = right = 0.0
    nearest = _FAR
    for index, token in enumerate(tokens):
        if not token.asked or first <= index < end:
            continue
        distance = first - index if index < first else index - end + 1
        worth = weight.get(token.stem, 0.0) / total
        nearest = min(nearest, distance)
        near += worth / (1 + 0.25 * distance)
        if index < first:
            left += worth
        else:
            right += worth
    return {
        "near": near,
        "left": left,
        "right": right,
        "distance": math.log(1 + nearest),
        "adjacent": float(nearest == 1),
    }


def _before(token: SpanToken | None) -> str:
    if token is None:
        return "start"
    if not token.word:
        return "sign"
    if token.low in _DETERMINERS:
        return "determiner"
    return _kind(token)


def _after(token: SpanToken | None) -> str:
    if token is None:
        return "end"
    if not token.word:
        return {",": "comma", "(": "bracket", ")": "bracket"}.get(
            token.text, "end" if token.text in ".;!?:" else "sign"
        )
    if token.low in ("of", "and", "or"):
        return "of" if token.low == "of" else "and"
    return _kind(token)


def _kind(token: SpanToken) -> str:
    for name, found in (
        ("preposition", token.low in _PREPOSITIONS),
        ("be", token.low in _BE),
        ("stop", token.stop),
        ("name", token.capital),
        ("digit", token.digit),
        ("asked", token.asked),
        ("verb", token.low.endswith(("ly", "ed", "ing"))),
    ):
        if found:
            return name
    return "word"
