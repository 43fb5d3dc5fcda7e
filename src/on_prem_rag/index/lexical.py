"""The lexical index: tantivy, one directory, every Collection.

Terms come from ``analysis``; tantivy only splits them at spaces. The watermark is a document of its
own, replaced in the same commit as the batch it speaks for, so the two can never disagree.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import structlog
import tantivy
from tantivy import Occur, Query

from on_prem_rag.index.analysis import QueryWord, analyze, analyze_query, detect_language
from on_prem_rag.index.protocols import Hit, LexicalEntry, LexicalFilter

_HEAP_BYTES = 50_000_000
_SEGMENT = re.compile(r"[0-9a-f]{32}")
_WATERMARK_ID = ":watermark"
_TERMS = "terms"
_MAX_WORDS = 64
_MAX_WORDS_READ = 2_000
_EARLIEST = datetime(1677, 9, 22, tzinfo=UTC)
_LATEST = datetime(2262, 4, 10, tzinfo=UTC)


_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much a match in each field counts; 0 leaves the field out of the search."""

    body: float = 1.0
    headings: float = 0.6
    title: float = 0.4
    name: float = 2.0

    def positive(self) -> list[tuple[str, float]]:
        """The fields that are searched, with their weights."""
        pairs = [(name, getattr(self, name)) for name in ("body", "headings", "title", "name")]
        return [(name, weight) for name, weight in pairs if weight > 0]


class TantivyLexicalIndex:
    """A LexicalIndex in ``directory``, created when absent. One process at a time may write.

    The writer, its memory and its lock are held only between the first ``apply`` of a burst and
    ``release_writer`` (or ``close``). Scores are tantivy's BM25 (k1 1.2, b 0.75) summed over words
    and weighed fields, the best stem of each word counting.
    """

    def __init__(self, directory: Path, weights: FieldWeights | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(directory))
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(_TERMS, analyzer)
        self._index.config_reader("manual")
        self._index.reload()
        self._fields = (weights or FieldWeights()).positive()
        self._writer: tantivy.IndexWriter | None = None
        self._lock = Lock()

    def apply(
        self,
        upserts: Sequence[LexicalEntry],
        deleted_chunk_ids: Sequence[str],
        watermark: int,
        dropped_collection_ids: Sequence[str] = (),
    ) -> None:
        """Write one batch and its watermark in a single durable commit: removals, then upserts."""
        with self._lock:
            if self._writer is None:
                self._writer = self._index.writer(_HEAP_BYTES, 1)
            try:
                for collection_id in dropped_collection_ids:
                    self._writer.delete_documents_by_term("collection_id", collection_id)
                for chunk_id in (*deleted_chunk_ids, *(e.chunk_id for e in upserts), _WATERMARK_ID):
                    self._writer.delete_documents_by_term("chunk_id", chunk_id)
                for entry in upserts:
                    self._writer.add_document(_document(entry))
                self._writer.add_document(_watermark_document(watermark))
                self._writer.commit()
            except BaseException:
                # Half a batch must not ride along with the next commit.
                self._writer.rollback()
                raise
            self._index.reload()

    def release_writer(self) -> None:
        """Give back the writer's memory and lock once merges are done; the next apply reopens."""
        with self._lock:
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._writer = None

    def watermark(self) -> int:
        """The last change number committed, 0 for an empty index."""
        searcher = self._index.searcher()
        query = Query.term_query(self._schema, "chunk_id", _WATERMARK_ID)
        for _, address in searcher.search(query, 1).hits:
            return int(searcher.doc(address).get_first("watermark") or 0)
        return 0

    def search(self, query: str, bounds: LexicalFilter, limit: int) -> list[Hit]:
        """Best chunks by BM25. Any text is a valid query: no query syntax is read from it."""
        searcher = self._index.searcher()
        words = self._word_queries(searcher, analyze_query(query))
        if not words or not bounds.collection_ids or limit < 1:
            return []
        clauses = [(Occur.Must, Query.boolean_query(words)), *self._filters(bounds)]
        found = searcher.search(Query.boolean_query(clauses), limit, count=False)
        return [
            Hit(str(searcher.doc(address).get_first("chunk_id")), float(score))
            for score, address in found.hits
        ]

    def count(self, collection_id: str) -> int:
        """Chunks held for a Collection."""
        found: Any = self._index.searcher().search(self._in_collection(collection_id), 1)
        return int(found.count)  # which tantivy's stub leaves out

    def chunk_ids(self, collection_id: str) -> set[str]:
        """Every chunk held for a Collection."""
        searcher = self._index.searcher()
        limit = max(self.count(collection_id), 1)
        found = searcher.search(self._in_collection(collection_id), limit, count=False)
        return {str(searcher.doc(address).get_first("chunk_id")) for _, address in found.hits}

    def traces(self, chunk_ids: Iterable[str]) -> set[str]:
        """Those of ``chunk_ids`` that are anywhere in the files, deleted or not.

        A deleted chunk stays in its segment's dictionary, with its words, until that is rewritten.
        """
        searcher = self._index.searcher()
        return {c for c in chunk_ids if searcher.terms_with_prefix("chunk_id", c)}

    def chunks_beside_deleted(self) -> list[str]:
        """The living chunks of every segment that also holds deleted ones.

        Once all of them are written anew, nothing is left of those segments. Waits for merges, so
        that none that began before a deletion comes up with it later.
        """
        self.release_writer()
        self._index.reload()
        meta = json.loads((self.directory / "meta.json").read_text())
        # The searcher numbers segments in the order of this file.
        partly = {number for number, found in enumerate(meta["segments"]) if found["deletes"]}
        if not partly:
            return []
        searcher = self._index.searcher()
        everything = searcher.search(Query.all_query(), max(searcher.num_docs, 1), count=False)
        addresses = [at for _, at in everything.hits if at.segment_ord in partly]
        found = (str(searcher.doc(at).get_first("chunk_id")) for at in addresses)
        return [chunk_id for chunk_id in found if chunk_id != _WATERMARK_ID]

    def remove_unused_files(self) -> bool:
        """Remove the files of segments that are no part of the index any more.

        Returns whether all of them are gone: what a merge under way still reads stays until later.
        """
        with self._lock:
            writer = self._writer or self._index.writer(_HEAP_BYTES, 1)
            writer.garbage_collect_files()
            self._writer = writer
            meta = json.loads((self.directory / "meta.json").read_text())
            used = {found["segment_id"].replace("-", "") for found in meta["segments"]}
            files = {path.name.partition(".")[0] for path in self.directory.iterdir()}
            return not {name for name in files if _SEGMENT.fullmatch(name)} - used

    def collection_ids(self) -> frozenset[str]:
        """The Collections that have chunks here, and perhaps some that had until lately."""
        return frozenset(
            term for term, _ in self._index.searcher().terms_with_prefix("collection_id", "")
        )

    def close(self) -> None:
        """Release files and locks."""
        self.release_writer()

    def _word_queries(
        self, searcher: tantivy.Searcher, words: Sequence[QueryWord]
    ) -> list[tuple[Occur, Query]]:
        """A clause for every word and field it occurs in."""
        found = []
        for word in words[:_MAX_WORDS_READ]:
            places, frequency = self._places(searcher, word)
            if places:
                found.append((frequency, places))
        if len(found) > _MAX_WORDS:
            # Of a very long question the rarest words say what it is about.
            found.sort(key=lambda pair: pair[0])
        return [(Occur.Should, place) for _, places in found[:_MAX_WORDS] for place in places]

    def _places(self, searcher: tantivy.Searcher, word: QueryWord) -> tuple[list[Query], int]:
        places, highest = [], 0
        for field, weight in self._fields:
            frequencies = {form: searcher.doc_freq(field, form) for form in word.forms}
            forms = [form for form, frequency in frequencies.items() if frequency]
            if forms:
                highest = max(highest, *frequencies.values())
                queries = [Query.term_query(self._schema, field, form, "freq") for form in forms]
                # Stems of several languages are one word: the best counts, not their sum.
                best = queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)
                places.append(Query.boost_query(best, weight * word.count))
        return places, highest

    def _filters(self, bounds: LexicalFilter) -> list[tuple[Occur, Query]]:
        filters = [self._any_of("collection_id", bounds.collection_ids)]
        if bounds.document_ids is not None:
            filters.append(self._any_of("document_id", bounds.document_ids))
        if bounds.media_types is not None:
            filters.append(self._any_of("media_type", bounds.media_types))
        if bounds.date_from is not None or bounds.date_to is not None:
            lower, upper = bounds.date_from or _EARLIEST, bounds.date_to or _LATEST
            kind = tantivy.FieldType.Date
            filters.append(Query.range_query(self._schema, "date", kind, lower, upper))
        # A filter must not add to the score.
        return [(Occur.Must, Query.const_score_query(query, 0.0)) for query in filters]

    def _in_collection(self, collection_id: str) -> Query:
        return Query.term_query(self._schema, "collection_id", collection_id, "basic")

    def _any_of(self, field: str, values: Any) -> Query:
        return Query.term_set_query(self._schema, field, sorted(values))


def open_or_replace(directory: Path) -> TantivyLexicalIndex:
    """Open the index; one that cannot be read is thrown away, as the change log brings it back."""
    try:
        index = TantivyLexicalIndex(directory)
        index.watermark()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - tantivy's panics are no Exceptions
        _log.warning("lexical_index_replaced", error=str(error))
        shutil.rmtree(directory)
        return TantivyLexicalIndex(directory)
    return index


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("document_id", "collection_id", "media_type"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("body", "headings", "title", "name"):
        builder.add_text_field(name, tokenizer_name=_TERMS, index_option="freq")
    builder.add_date_field("date", indexed=True, fast=True)
    builder.add_unsigned_field("watermark", stored=True)
    return builder.build()


def _document(entry: LexicalEntry) -> tantivy.Document:
    language = detect_language(entry.body)
    document = tantivy.Document()
    document.add_text("chunk_id", entry.chunk_id)
    document.add_text("document_id", entry.document_id)
    document.add_text("collection_id", entry.collection_id)
    document.add_text("media_type", entry.media_type)
    document.add_text("body", analyze(entry.body, language))
    document.add_text("headings", analyze(entry.headings, language))
    document.add_text("title", analyze(entry.title, language))
    document.add_text("name", analyze(entry.name, language))
    if entry.date is not None:
        document.add_date("date", min(max(entry.date, _EARLIEST), _LATEST))
    return document


def _watermark_document(watermark: int) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("chunk_id", _WATERMARK_ID)
    document.add_unsigned("watermark", watermark)
    return document
