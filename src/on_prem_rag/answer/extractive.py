"""An answer without a model: the best sentences of the passages, quoted and cited."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from on_prem_rag.answer.draft import cite
from on_prem_rag.answer.events import AnswerEvent, NumberedPassage, SentenceSupport, Token
from on_prem_rag.answer.question import holds_answer_to, read_question
from on_prem_rag.answer.short_answer import SURE, best_span
from on_prem_rag.answer.words import content_words
from on_prem_rag.documents.sentences import sentence_spans

MAX_SENTENCES = 3
NEARLY_AS_GOOD = 0.6
"""A further sentence is quoted when it scores this share of the best."""
_CONTEXT_WEIGHT, _PASSAGE_WEIGHT, _FITTING_WEIGHT = 0.4, 0.3, 0.2
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class QuotedSentence:
    """A sentence of the passage numbered ``marker``; ``score`` only compares within a question."""

    marker: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its own stems and those around it."""

    numbered: NumberedPassage
    text: str
    words: set[str]
    context: set[str]


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """The events that show the answer, and what its Done event says of it.

    ``short_answer`` is the best guess in a few words; it leads the text only where it is sure.
    """

    events: tuple[AnswerEvent, ...]
    support: tuple[SentenceSupport, ...]
    short_answer: str | None


def best_sentences(
    question: str, passages: Sequence[NumberedPassage], limit: int = MAX_SENTENCES
) -> list[QuotedSentence]:
    """The sentences that answer ``question`` best, best first; at least one where there is text.

    Question words weigh by how rare they are among the sentences at hand. A sentence profits from
    the words of the sentence before it, of its headings and title, from its passage's score, and
    from holding what the question asks for (a number, a date, a name).
    """
    asked = read_question(question)
    sentences = [sentence for numbered in passages for sentence in _sentences(numbered)]
    frequency = Counter(word for sentence in sentences for word in sentence.words)
    weight = {word: math.log(1 + len(sentences) / (0.5 + frequency[word])) for word in asked.stems}
    total = sum(weight.values()) or 1.0
    best = max((numbered.passage.score for numbered in passages), default=0.0) or 1.0
    scored = []
    for sentence in sentences:
        own = sum(weight[word] for word in asked.stems & sentence.words)
        near = sum(weight[word] for word in (asked.stems & sentence.context) - sentence.words)
        score = (
            (own + _CONTEXT_WEIGHT * near) / total
            + _PASSAGE_WEIGHT * sentence.numbered.passage.score / best
            + _FITTING_WEIGHT * holds_answer_to(asked, sentence.text)
        )
        scored.append(QuotedSentence(sentence.numbered.marker, sentence.text, score))
    scored.sort(key=lambda sentence: -sentence.score)
    return _distinct(scored, limit)


def _sentences(numbered: NumberedPassage) -> list[_Sentence]:
    passage = numbered.passage
    heading = set(content_words(" ".join((passage.title, *passage.heading_path))))
    found: list[_Sentence] = []
    before: set[str] = set()
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        words = set(content_words(text))
        found.append(_Sentence(numbered, text, words, heading | before))
        before = words
    return found


def _distinct(scored: Sequence[QuotedSentence], limit: int) -> list[QuotedSentence]:
    chosen: list[QuotedSentence] = []
    for sentence in scored:
        good = not chosen or sentence.score >= NEARLY_AS_GOOD * chosen[0].score
        if good and all(sentence.text != other.text for other in chosen):
            chosen.append(sentence)
        if len(chosen) == limit:
            break
    return chosen


def extract(question: str, passages: Sequence[NumberedPassage]) -> ExtractiveAnswer:
    """The extractive answer as events: the short answer where sure, then quotes with citations."""
    by_marker = {numbered.marker: numbered for numbered in passages}
    quoted = best_sentences(question, passages)
    short = best_span(question, [q.text for q in quoted], [q.score for q in quoted])
    events: list[AnswerEvent] = []
    support: list[SentenceSupport] = []
    length = 0
    if short is not None and short.confidence >= SURE:
        lead = f"**{short.text}**\n\n"
        events.append(Token(lead))
        length = len(lead)
    for sentence in quoted:
        text = sentence.text[:_LONGEST]
        events.append(Token(f"{text} [{sentence.marker}]\n\n"))
        events.append(cite(by_marker[sentence.marker], length + len(text) + 1))
        support.append(SentenceSupport(length, length + len(text), True, 1.0, (sentence.marker,)))
        length += len(text) + len(f" [{sentence.marker}]\n\n")
    return ExtractiveAnswer(tuple(events), tuple(support), short.text if short else None)
