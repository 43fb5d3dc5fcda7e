"""How both indexes are asked."""

from collections.abc import Collection, Sequence

import numpy as np
import pytest
from tests.unit.retrieve.conftest import TextEmbedder

from on_prem_rag.errors import EmbeddingError, ServiceUnavailable
from on_prem_rag.index.protocols import Hit, LexicalFilter
from on_prem_rag.llm.protocols import FloatVector
from on_prem_rag.retrieve.catalog import Evidence
from on_prem_rag.retrieve.gathering import Gathered, Gatherer
from on_prem_rag.retrieve.passage import SearchQuery


class ListedIndex:
    """Gives fixed lists and notes what it was asked; a part in ``down`` raises."""

    def __init__(self, *down: str) -> None:
        self.down = down
        self.texts: list[str] = []
        self.bounds: list[LexicalFilter] = []
        self.scored: list[str] = []

    @property
    def embedder(self) -> TextEmbedder:
        if "embedder" in self.down:
            raise EmbeddingError("gone")
        return TextEmbedder()

    def search_dense(
        self, query_embedding: FloatVector, collection_ids: Collection[str], limit: int
    ) -> list[Hit]:
        assert np.isclose(np.linalg.norm(query_embedding), 1)
        if "dense" in self.down:
            raise ServiceUnavailable("gone")
        return [Hit("both", 0.9), Hit("dense-only", 0.8)]

    def score_chunks(self, query_embedding: FloatVector, chunk_ids: Sequence[str]) -> list[Hit]:
        self.scored += chunk_ids
        return [Hit(chunk_id, 0.1) for chunk_id in chunk_ids]

    def search_lexical(self, text: str, bounds: LexicalFilter, limit: int) -> list[Hit]:
        if "lexical" in self.down:
            raise ServiceUnavailable("gone")
        self.texts.append(text)
        self.bounds.append(bounds)
        if bounds.document_ids is not None:
            return [Hit("named-only", 3.0)]
        return [Hit("both", 7.0), Hit("lexical-only", 5.0)]


NAMED = Evidence({f"d{number}": 1.0 for number in range(20)}, named=True)


def gather(
    index: ListedIndex, query: SearchQuery, evidence: Evidence, bounded: Sequence[str] | None
) -> Gathered:
    gatherer = Gatherer(index, query, {"c"})
    gatherer.embed()
    return gatherer.gather(evidence, bounded)


def test_every_candidate_gets_its_cosine() -> None:
    index = ListedIndex()
    gathered = gather(index, SearchQuery("the capex"), NAMED, None)
    assert set(gathered.scores.dense) == {"both", "dense-only"}
    assert set(gathered.scores.lexical) == {"both", "lexical-only"}
    assert index.scored == ["lexical-only", "named-only"]
    assert gathered.scores.more_lexical == {"named-only": 3.0}
    assert gathered.degraded == ()


def test_named_documents_are_searched_by_themselves_with_the_glossary() -> None:
    index = ListedIndex()
    gather(index, SearchQuery("the capex"), NAMED, None)
    assert index.bounds[0].document_ids is None
    assert len(index.bounds[1].document_ids or ()) == 8
    assert index.texts[0] == index.texts[1]
    assert index.texts[0].startswith("the capex capital expenditures")
    plain = ListedIndex()
    gather(plain, SearchQuery("the capex"), Evidence({}), None)
    assert len(plain.texts) == 1
    assert plain.texts[0].startswith("the capex the capex capital")


def test_bounded_chunks_are_compared_exactly() -> None:
    index = ListedIndex()
    gathered = gather(index, SearchQuery("x"), Evidence({}), ["one", "two"])
    assert set(gathered.scores.dense) == {"one", "two"}
    assert gathered.scores.more_dense == {"both": 0.1, "lexical-only": 0.1}


@pytest.mark.parametrize("down", ["dense", "embedder"])
def test_the_lexical_side_stands_alone(down: str) -> None:
    gathered = gather(ListedIndex(down), SearchQuery("x"), NAMED, None)
    assert gathered.degraded == ("dense",)
    assert gathered.scores.dense == {}
    assert set(gathered.scores.lexical) == {"both", "lexical-only"}


def test_the_dense_side_stands_alone() -> None:
    gathered = gather(ListedIndex("lexical"), SearchQuery("x"), NAMED, None)
    assert gathered.degraded == ("lexical",)
    assert set(gathered.scores.dense) == {"both", "dense-only"}


class OtherEmbedder(TextEmbedder):
    """Another model: its vectors point the other way."""

    def embed_query(self, text: str) -> FloatVector:
        return -super().embed_query(text)


def test_a_question_is_embedded_anew_when_another_model_takes_over() -> None:
    class Swapped(ListedIndex):
        """Serves the vectors of ``model``."""

        model: TextEmbedder = TextEmbedder()

        @property
        def embedder(self) -> TextEmbedder:
            return self.model

        def search_dense(
            self, query_embedding: FloatVector, collection_ids: Collection[str], limit: int
        ) -> list[Hit]:
            assert (query_embedding == self.model.embed_query("x")).all()
            return super().search_dense(query_embedding, collection_ids, limit)

    index = Swapped()
    gatherer = Gatherer(index, SearchQuery("x"), {"c"})
    gatherer.embed()
    index.model = OtherEmbedder()
    assert set(gatherer.gather(NAMED, None).scores.dense) == {"both", "dense-only"}


def test_a_strategy_asks_one_side_only() -> None:
    words = ListedIndex("dense", "embedder")
    gathered = gather(words, SearchQuery("x", strategy="lexical"), NAMED, None)
    assert (gathered.degraded, gathered.scores.dense) == ((), {})
    vectors = ListedIndex("lexical")
    gathered = gather(vectors, SearchQuery("x", strategy="dense"), NAMED, None)
    assert (gathered.degraded, gathered.scores.lexical) == ((), {})
