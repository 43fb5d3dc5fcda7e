"""What a question asks for: a person, a place, a time, a number, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from on_prem_rag.answer.words import NUMERALS, STOP_WORDS, content_words, stem, tokens

QuestionKind = Literal["when", "number", "who", "where", "why", "how", "what"]

# Question words of English, German, Spanish, French and Chinese; the first pattern found decides.
_PATTERNS: tuple[tuple[QuestionKind, str], ...] = (
    (
        "number",
        r"\bhow (?:many|much|long|old|far|often|tall|large|big|high|deep|fast|wide|heavy)\b"
        r"|\bpercent(?:age)?\b|\b(?:number|amount) of\b|\bpopulation\b"
        r"|\bwhat (?:is the )?(?:amount|price|cost|age|number)\b"
        r"|\bwie ?viele?\b|\bwie (?:lange|oft|hoch|groß|alt)\b|\bcuánt[oa]s?\b|\bcombien\b"
        r"|多少|几",
    ),
    (
        "when",
        r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade|era|time)\b"
        r"|\bwann\b|\bcuándo\b|\bquand\b|何时|哪年|什么时候",
    ),
    ("who", r"\bwho(?:m|se)?\b|\bwe[rm]\b|\bquién(?:es)?\b|\bqui\b|谁"),
    (
        "where",
        r"\bwhere\b|\bwo\b|\bdónde\b|\boù\b|哪里|\b(?:what|which) (?:\w+ )?"
        r"(?:city|country|state|place|location|town|region|area|continent|river)\b",
    ),
    ("why", r"\bwhy\b|\bwarum\b|\bpourquoi\b|\bpor qué\b|为什么"),
    ("how", r"\bhow\b|\bwie\b|\bcómo\b|\bcomment\b|怎么"),
)
_KINDS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS]
_HEAD = re.compile(
    r"\b(?:what|which|many|much|welche[rsn]?|viele|cuánt[oa]s|quel(?:le)?s?|qué)"
    r"((?:\s+[^\W\d_][\w'’-]*){1,3})",
    re.IGNORECASE,
)
# Capitalised words inside a sentence; at its beginning everything is capitalised.
_NAME = re.compile(r"(?<=[\s(\"“])(?:[^\W\d_a-zß-öø-ÿ][\w’'-]+)")


@dataclass(frozen=True)
class Question:
    """A question as the span finder reads it.

    ``head`` is the stem of the noun after which, what or how many ("which law"), if there is one;
    ``stems`` are the stems of its content words.
    """

    kind: QuestionKind
    head: str | None
    stems: frozenset[str]


def read_question(text: str) -> Question:
    """The kind, head and content words of a question."""
    kinds = (kind for kind, pattern in _KINDS if pattern.search(text))
    return Question(next(kinds, "what"), _head(text), frozenset(content_words(text)))


def holds_answer_to(question: Question, sentence: str) -> bool:
    """Whether the sentence holds a thing of the kind asked for that the question does not name."""
    if question.kind in ("number", "when"):
        return any(char.isdigit() for char in sentence) or _has_numeral(sentence)
    if question.kind in ("who", "where"):
        names = (match.group() for match in _NAME.finditer(sentence))
        return any(not question.stems.issuperset(content_words(name)) for name in names)
    return False


def _has_numeral(sentence: str) -> bool:
    return not NUMERALS.isdisjoint(tokens(sentence))


def _head(text: str) -> str | None:
    match = _HEAD.search(text)
    head = None
    for word in match.group(1).casefold().split() if match else ():
        if word in STOP_WORDS:
            break
        head = stem(word)
    return head
