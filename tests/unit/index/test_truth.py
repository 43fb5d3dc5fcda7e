"""Reading change batches, chunks and vectors from SQL."""

import numpy as np
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.index.equal_passages import projected_chunk_ids
from on_prem_rag.index.truth import (
    chunk_vectors,
    lexical_entries,
    read_batch,
    stored_chunk_ids,
    to_matrix,
)
from on_prem_rag.llm.protocols import ModelFingerprint


def test_no_change_is_no_batch(rows: IndexRows) -> None:
    rows.publish(rows.collection(), "a", ["one"])
    with rows.database.read() as session:
        assert read_batch(session, 1, 10) is None


def test_a_batch_tells_what_is_left_in_the_end(rows: IndexRows) -> None:
    kept, dropped = rows.collection(), rows.collection()
    first = rows.publish(kept, "a", ["one", "two"])
    second = rows.publish(kept, "a", ["three"])
    gone = rows.publish(kept, "b", ["four"])
    rows.publish(dropped, "c", ["five"])
    rows.remove(kept, "b")
    rows.drop(dropped)
    with rows.database.read() as session:
        batch = read_batch(session, 0, 10)
        assert batch is not None
        assert (batch.last, batch.count) == (6, 6)
        assert batch.added == {kept: second}
        assert {c: set(ids) for c, ids in batch.removed.items()} == {kept: {*first, *gone}}
        assert batch.dropped == [dropped]
        part = read_batch(session, 1, 2)
    assert part is not None
    assert (part.last, part.count) == (3, 2)


def test_entries_carry_what_a_person_would_search_by(rows: IndexRows) -> None:
    collection_id = rows.collection()
    chunk_ids = rows.publish(collection_id, "reports/2023.txt", ["body"], title="A title")
    with rows.database.read() as session:
        (entry,) = lexical_entries(session, [*chunk_ids, "unknown"])
    assert (entry.chunk_id, entry.collection_id) == (chunk_ids[0], collection_id)
    assert (entry.title, entry.name, entry.headings, entry.body) == (
        "A title",
        "reports/2023.txt",
        "Heading",
        "body",
    )
    assert (entry.media_type, entry.date) == ("text/plain", None)


def test_vectors_are_those_of_the_model_asked_for(rows: IndexRows) -> None:
    collection_id = rows.collection()
    rows.model()
    texts = [f"text {i}" for i in range(600)]
    chunk_ids = rows.publish(collection_id, "a", texts)
    other = ModelFingerprint("other", "d", 4)
    with rows.database.read() as session:
        found, matrix = chunk_vectors(session, FIRST_MODEL.id, chunk_ids)
        assert chunk_vectors(session, other.id, chunk_ids)[0] == []
        assert set(stored_chunk_ids(session, collection_id)) == set(chunk_ids)
        assert set(projected_chunk_ids(session, collection_id, FIRST_MODEL.id)) == set(chunk_ids)
        assert projected_chunk_ids(session, collection_id, other.id) == []
    text_of = dict(zip(chunk_ids, texts, strict=True))
    expected = np.array([vector_of(text_of[chunk_id]) for chunk_id in found])
    assert np.array_equal(matrix, expected)
    assert to_matrix([]).shape == (0, 0)
