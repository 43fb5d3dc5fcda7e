"""Evidence from a question's names and dates for whole documents.

A person who is asked about a company and a year first takes the right report from the shelf. The
labels on the shelf are file names, folders, titles and the dates in them. A question's words are
matched with them as they stand, joined ("Lockheed Martin" ~ ``LOCKHEEDMARTIN``), by initials
("JnJ" ~ ``JOHNSON_JOHNSON``) or shortened ("AMEX" ~ ``AMERICANEXPRESS``); each match weighs as
much as it tells documents apart (inverse document frequency over the labels that may be read).

Words in common with a title are often a shared topic and no name. So a document counts as named
when the most telling word of its folder, file name or title was said, and by the share of it that
was. Where documents are single passages, names tell nothing more than the index already has from
searching them with each chunk; so evidence counts by how much longer documents are on average.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from threading import Lock

from on_prem_rag.index.languages import FUNCTION_WORDS
from on_prem_rag.retrieve.labels import (
    Label,
    QuestionWord,
    begins,
    contracts,
    initials_of,
    question_words,
    spans_of,
)
from on_prem_rag.retrieve.periods import Period, agreement, periods_in

_FUNCTION_WORDS = frozenset[str]().union(*FUNCTION_WORDS.values())
_LONGEST_JOIN = 4
_LONGEST_SPAN = 3
_LONGEST_INITIALS = 5
_SHORTENED = 0.8
"""What a shortened form is worth beside the full name."""
_NAMED = 1.0
"""The least sum of inverse document frequencies that counts as being named."""
_TELLING = 0.65
"""A word tells about as much as the most telling one from this share of its weight on."""
_UNSELECTIVE = 1000
"""A word on more labels than this says nothing about any of them."""
_PERIOD_FLOOR = 0.3
"""What a name alone is worth beside a name with its period."""
_PERIOD_ALONE = 0.4
"""What a period alone is worth, where no document is named."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The documents a question speaks of, the best first, each with a weight up to 1.

    ``named``: by their names, not by a period alone. ``period_missing``: a period was asked for and
    no document of that name carries it.
    """

    weights: dict[str, float]
    named: bool = False
    period_missing: bool = False


@dataclass(slots=True)
class _Match:
    """What of a question matched one label: summed weight, places in the question, label terms."""

    weight: float = 0.0
    places: set[int] = field(default_factory=set)
    terms: set[str] = field(default_factory=set)


class Catalog:
    """Labels of all documents, searched by the words of a question. Thread-safe."""

    def __init__(self) -> None:
        self._labels: dict[str, Label] = {}
        self._counts: Counter[str] = Counter()
        self._chunks: Counter[str] = Counter()
        self._terms: dict[str, set[str]] = defaultdict(set)
        self._initials: dict[str, set[str]] = defaultdict(set)
        self._beginnings: dict[str, set[str]] = defaultdict(set)
        self._years: dict[int, set[str]] = defaultdict(set)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._labels)

    def put(self, label: Label) -> None:
        """Add a document's label or replace it."""
        with self._lock:
            self._remove(label.document_id)
            self._labels[label.document_id] = label
            self._counts[label.collection_id] += 1
            self._chunks[label.collection_id] += label.chunks
            for period in label.periods:
                self._years[period.year].add(label.document_id)
            for term, initials in _entries(label):
                self._terms[term].add(label.document_id)
                if initials:
                    self._initials[initials].add(term)
                else:
                    self._beginnings[term[:2]].add(term)

    def remove(self, document_id: str) -> None:
        """Forget a document; unknown ids are ignored."""
        with self._lock:
            self._remove(document_id)

    def evidence(self, question: str, collection_ids: Collection[str]) -> Evidence:
        """The documents of these Collections that ``question`` speaks of."""
        asked = periods_in(question)
        with self._lock:
            weights = self._named(question, collection_ids)
            if not weights:
                return Evidence(self._dated(asked, collection_ids), named=False)
            fits = {each: agreement(asked, self._labels[each].periods) for each in weights}
            worth = self._worth_of_names(collection_ids)
        if asked:
            best = max(fits.values())
            main = max(weights.values()) / 2
            missing = not any(fits[each] for each, weight in weights.items() if weight >= main)
            for each in weights:
                fit = fits[each] / best if best else 0.0
                weights[each] *= _PERIOD_FLOOR + (1 - _PERIOD_FLOOR) * fit
        return Evidence(
            _ordered({each: weight * worth for each, weight in weights.items()}),
            named=True,
            period_missing=bool(asked) and missing,
        )

    def _named(self, question: str, collection_ids: Collection[str]) -> dict[str, float]:
        """How far each document is named: by what was said, and by how much of its name it is."""
        found = self._match(question_words(question), collection_ids)
        named = {each: match for each, match in found.items() if match.weight >= _NAMED}
        said = self._shares_said(named)
        top = max((match.weight for match in named.values()), default=0.0)
        return {
            each: said[each] * match.weight / top for each, match in named.items() if said[each] > 0
        }

    def _dated(
        self, asked: Collection[Period], collection_ids: Collection[str]
    ) -> dict[str, float]:
        """Documents that carry a period asked for, when these are not most of what there is."""
        found = [
            self._labels[each]
            for each in set[str]().union(*(self._years.get(one.year, set()) for one in asked))
            if self._labels[each].collection_id in collection_ids
        ]
        total = sum(self._counts[each] for each in collection_ids)
        if len(found) > min(_UNSELECTIVE, total / 2):
            return {}
        worth = _PERIOD_ALONE * self._worth_of_names(collection_ids)
        return _ordered(
            {label.document_id: worth * agreement(asked, label.periods) for label in found}
        )

    def _worth_of_names(self, collection_ids: Collection[str]) -> float:
        """The share of chunks that are not their document's only one, on average."""
        documents = sum(self._counts[each] for each in collection_ids)
        chunks = sum(self._chunks[each] for each in collection_ids)
        return 1 - documents / chunks if chunks > documents else 0.0

    def _remove(self, document_id: str) -> None:
        label = self._labels.pop(document_id, None)
        if label is None:
            return
        self._counts[label.collection_id] -= 1
        self._chunks[label.collection_id] -= label.chunks
        for period in label.periods:
            self._years[period.year].discard(document_id)
        for term, initials in _entries(label):
            self._terms[term].discard(document_id)
            if not self._terms[term]:
                del self._terms[term]
                self._beginnings[term[:2]].discard(term)
                self._initials[initials].discard(term)

    def _match(
        self, words: list[QuestionWord], collection_ids: Collection[str]
    ) -> dict[str, _Match]:
        total = sum(self._counts[each] for each in collection_ids)
        matches: dict[str, _Match] = defaultdict(_Match)
        seen: set[str] = set()
        for text, places, word in _joined(words):
            if text in seen:
                continue
            seen.add(text)
            terms, worth = self._find(text, word)
            documents = {
                each: term
                for term in terms
                for each in self._terms[term]
                if self._labels[each].collection_id in collection_ids
            }
            if not documents or len(documents) > _UNSELECTIVE:
                continue
            weight = worth * _idf(len(documents), total)
            for document_id, term in documents.items():
                match = matches[document_id]
                if not match.places & places:
                    match.places |= places
                    match.weight += weight
                    match.terms.add(term)
        return matches

    def _find(self, text: str, word: QuestionWord | None) -> tuple[Collection[str], float]:
        """Terms of labels that ``text`` stands for, and what the match is worth."""
        if text in self._terms:
            return (text,), 1.0
        if word is None or not word.name_like:
            return (), 0.0
        if word.short_form and len(text) <= _LONGEST_INITIALS:
            # "JnJ" leaves its "and" between the initials.
            spoken = text[0] + text[1:].replace("n", "")
            initials = self._initials.get(text) or self._initials.get(spoken)
            if initials:
                return initials, _SHORTENED
        longer = self._beginnings.get(text[:2], ())
        fits = contracts if word.short_form else begins
        return [each for each in longer if begins(text, each) or fits(text, each)], _SHORTENED

    def _shares_said(self, named: dict[str, _Match]) -> dict[str, float]:
        """For each document the share of its name that was said, by the plainest such name.

        Documents that the same words name stand together: one called by these words alone tells
        that they are a name, also where others have more in theirs ("Amcor 10-K", "Amcor 8-K dated
        1 July").
        """
        shares: dict[frozenset[str], float] = defaultdict(float)
        for each, match in named.items():
            key = frozenset(match.terms)
            shares[key] = max(shares[key], self._share_said(self._labels[each], match.terms))
        return {each: shares[frozenset(match.terms)] for each, match in named.items()}

    def _share_said(self, label: Label, terms: set[str]) -> float:
        """The largest share, by weight, that ``terms`` make up of a part of the label.

        A part whose most telling words are none of them counts nothing.
        """
        total = len(self._labels)
        best = 0.0
        for words in label.parts:
            weights = [_idf(len(self._terms[word]), total) for word in words]
            said: set[int] = set()
            for start, end in spans_of(words, _LONGEST_SPAN):
                if "".join(words[start:end]) in terms:
                    said.update(range(start, end))
            if max((weights[place] for place in said), default=0.0) >= _TELLING * max(weights):
                best = max(best, sum(weights[place] for place in said) / sum(weights))
        return best


def _ordered(weights: dict[str, float]) -> dict[str, float]:
    return {
        each: weights[each] for each in sorted(weights, key=lambda each: (-weights[each], each))
    }


def _idf(documents: int, total: int) -> float:
    """Inverse document frequency as BM25 has it; above 0 even for what every label has."""
    return math.log(1 + (max(total - documents, 0) + 0.5) / (documents + 0.5))


def _joined(
    words: list[QuestionWord],
) -> Iterator[tuple[str, set[int], QuestionWord | None]]:
    """Runs of words written as one, longest first, a single one with the word it is.

    Function words do not stand alone.
    """
    for size in range(_LONGEST_JOIN, 0, -1):
        for start in range(len(words) - size + 1):
            run = words[start : start + size]
            if not _FUNCTION_WORDS.issuperset(word.text for word in run):
                text = "".join(word.text for word in run)
                yield text, set(range(start, start + size)), words[start] if size == 1 else None


def _entries(label: Label) -> Iterator[tuple[str, str]]:
    """Runs of a label's words written as one, with their initials where there are several."""
    for words in label.parts:
        for start, end in spans_of(words, _LONGEST_SPAN):
            yield "".join(words[start:end]), initials_of(words[start:end])
