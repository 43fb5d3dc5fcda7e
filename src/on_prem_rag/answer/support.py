"""Whether each sentence of an answer is borne out by the passages it cites.

A sentence's content words must stand in its passages (all of them, where it cites none), and every
number must; where words alone do not decide, the cosine of sentence and passage does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from on_prem_rag.answer.citations import Marker
from on_prem_rag.answer.events import NumberedPassage, SentenceSupport
from on_prem_rag.answer.words import content_words, numbers
from on_prem_rag.documents.sentences import sentence_spans
from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm.protocols import Embedder

CONTAINED = 0.6
"""Share of content words from which a sentence counts as said by its passages."""
HALF_CONTAINED = 0.3
"""Share below which no cosine can help: the passage speaks of something else."""
SIMILAR = 0.6
"""Cosine from which a paraphrase counts as said."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    words: str
    markers: tuple[int, ...]


class SupportChecker:
    """Checks answers; ``embedder`` gives the embedder for paraphrases, or None."""

    def __init__(self, embedder: Callable[[], Embedder | None]) -> None:
        self._embedder = embedder

    def check(
        self,
        text: str,
        markers: Sequence[Marker],
        passages: Mapping[int, NumberedPassage],
    ) -> tuple[SentenceSupport, ...]:
        """Support of every sentence of ``text``; slow (embeds), so call it on a thread."""
        return tuple(self._judge(sentence, passages) for sentence in _sentences(text, markers))

    def _judge(
        self, sentence: _Sentence, passages: Mapping[int, NumberedPassage]
    ) -> SentenceSupport:
        cited = [passages[m] for m in sentence.markers] or list(passages.values())
        source = " ".join(
            part
            for p in cited
            for part in (p.passage.title, *p.passage.heading_path, p.passage.text)
        )
        score = _containment(sentence.words, source)
        supported = score >= CONTAINED
        if numbers(sentence.words) - numbers(source):
            score, supported = min(score, HALF_CONTAINED), False
        elif not supported and score >= HALF_CONTAINED:
            cosine = self._cosine(sentence.words, [p.passage.text for p in cited])
            score, supported = max(score, cosine), cosine >= SIMILAR
        return SentenceSupport(
            sentence.start, sentence.end, supported, round(score, 3), sentence.markers
        )

    def _cosine(self, sentence: str, texts: Sequence[str]) -> float:
        embedder = self._embedder()
        if embedder is None or not texts:
            return 0.0
        try:
            vectors = embedder.embed_documents([sentence, *texts])
        except EmbeddingError:
            return 0.0
        return float((vectors[1:] @ vectors[0]).max())


def _sentences(text: str, markers: Sequence[Marker]) -> list[_Sentence]:
    """Sentences that say something; a marker belongs to the words before it."""
    blank = list(text)
    for marker in markers:
        end = marker.offset + len(f"[{marker.number}]")
        blank[marker.offset : end] = " " * (end - marker.offset)
    plain = "".join(blank)
    spans = list(sentence_spans(plain))
    cited: list[list[int]] = [[] for _ in spans]
    for marker in markers:
        before = [i for i, (start, _) in enumerate(spans) if start < marker.offset]
        if before:
            cited[before[-1]].append(marker.number)
    return [
        _Sentence(start, end, plain[start:end], tuple(dict.fromkeys(numbers_cited)))
        for (start, end), numbers_cited in zip(spans, cited, strict=True)
        if content_words(plain[start:end])
    ]


def _containment(sentence: str, source: str) -> float:
    wanted = set(content_words(sentence))
    return len(wanted & set(content_words(source))) / len(wanted)
