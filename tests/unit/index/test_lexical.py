"""The tantivy index: finding, bounding, replacing, and a watermark that never disagrees."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from on_prem_rag.index.lexical import FieldWeights, TantivyLexicalIndex
from on_prem_rag.index.protocols import LexicalEntry, LexicalFilter


def entry(chunk_id: str, body: str, **values: object) -> LexicalEntry:
    base = LexicalEntry(chunk_id, f"doc-{chunk_id}", "c1", "", "", "", body, "text/plain", None)
    return replace(base, **values)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TantivyLexicalIndex]:
    made = TantivyLexicalIndex(tmp_path / "lexical")
    yield made
    made.close()


EVERYTHING = LexicalFilter(["c1", "c2"])


def found(index: TantivyLexicalIndex, query: str, bounds: LexicalFilter = EVERYTHING) -> list[str]:
    return [hit.chunk_id for hit in index.search(query, bounds, 10)]


def test_an_empty_index_has_watermark_zero_and_finds_nothing(index: TantivyLexicalIndex) -> None:
    assert index.watermark() == 0
    assert found(index, "anything") == []


def test_batch_and_watermark_are_seen_together_and_survive_reopening(
    index: TantivyLexicalIndex, tmp_path: Path
) -> None:
    index.apply([entry("a", "cash flow statement")], [], 7)
    assert (index.watermark(), found(index, "cash flows")) == (7, ["a"])
    index.close()
    again = TantivyLexicalIndex(tmp_path / "lexical")
    assert (again.watermark(), found(again, "cash flows")) == (7, ["a"])
    again.close()


def test_replaying_a_batch_changes_nothing(index: TantivyLexicalIndex) -> None:
    for _ in range(3):
        index.apply([entry("a", "cash"), entry("b", "cash")], ["gone"], 2)
    assert sorted(found(index, "cash")) == ["a", "b"]
    assert index.count("c1") == 2


def test_upsert_replaces_and_delete_removes(index: TantivyLexicalIndex) -> None:
    index.apply([entry("a", "cash"), entry("b", "debt")], [], 1)
    index.apply([entry("a", "equity")], ["b", "unknown"], 2)
    assert found(index, "cash debt") == []
    assert found(index, "equity") == ["a"]


def test_a_failing_batch_leaves_no_half(index: TantivyLexicalIndex) -> None:
    index.apply([entry("a", "cash")], [], 1)
    broken = entry("c", "cash", date="not a date")
    with pytest.raises(TypeError):
        index.apply([entry("b", "cash"), broken], ["a"], 2)
    index.apply([], [], 3)
    assert (index.watermark(), found(index, "cash")) == (3, ["a"])


def test_every_filter_bounds_the_search(index: TantivyLexicalIndex) -> None:
    march = datetime(2023, 3, 1, tzinfo=UTC)
    index.apply(
        [
            entry("a", "cash", date=march, media_type="application/pdf"),
            entry("b", "cash", date=datetime(2021, 3, 1, tzinfo=UTC)),
            entry("c", "cash", collection_id="c2"),
        ],
        [],
        1,
    )
    assert found(index, "cash", LexicalFilter(["c2"])) == ["c"]
    assert found(index, "cash", LexicalFilter([])) == []
    assert found(index, "cash", LexicalFilter(["c1"], document_ids=["doc-b"])) == ["b"]
    assert found(index, "cash", LexicalFilter(["c1"], document_ids=[])) == []
    assert found(index, "cash", LexicalFilter(["c1"], media_types=["application/pdf"])) == ["a"]
    assert found(index, "cash", LexicalFilter(["c1"], date_from=march)) == ["a"]
    assert found(index, "cash", LexicalFilter(["c1", "c2"], date_to=march)) in (
        ["a", "b"],
        ["b", "a"],
    )


def test_filters_do_not_add_to_the_score(index: TantivyLexicalIndex) -> None:
    index.apply([entry("a", "cash", date=datetime(2023, 3, 1, tzinfo=UTC))], [], 1)
    plain = index.search("cash", LexicalFilter(["c1"]), 1)[0].score
    bounds = LexicalFilter(["c1"], ["doc-a"], ["text/plain"], datetime(2020, 1, 1, tzinfo=UTC))
    assert index.search("cash", bounds, 1)[0].score == plain


def test_fields_are_weighed(index: TantivyLexicalIndex, tmp_path: Path) -> None:
    index.apply(
        [
            entry("name", "nothing here", name="ADOBE_2016_10K.pdf"),
            entry("headings", "nothing here", headings="Notes on Adobe"),
            entry("title", "nothing here", title="Adobe annual report"),
            entry("body", "adobe is here"),
        ],
        [],
        1,
    )
    assert set(found(index, "adobe")) == {"name", "headings", "title", "body"}
    assert found(index, "adobe 10-K 2016")[0] == "name"
    other = TantivyLexicalIndex(tmp_path / "lexical", FieldWeights(title=0, name=0, headings=0))
    assert found(other, "adobe") == ["body"]


@pytest.mark.parametrize(
    "query",
    ["", " ", "?!", "\x00", '"', "a:b AND (c", "body:*", "NOT", "+-", "[* TO *]", "\ud83d\ude00"],
)
def test_any_text_is_a_query(index: TantivyLexicalIndex, query: str) -> None:
    index.apply([entry("a", "cash")], [], 1)
    assert found(index, query) == []
    assert found(index, f"{query} cash") == ["a"]


def test_a_very_long_question_is_cut_to_its_rarest_words(index: TantivyLexicalIndex) -> None:
    words = [f"common{i}" for i in range(500)]
    index.apply([entry(str(i), " ".join(words)) for i in range(5)] + [entry("x", "needle")], [], 1)
    assert "x" in found(index, " ".join([*words, "needle", *["unknown"] * 10_000]))


def test_the_writer_is_given_back_and_taken_again(
    index: TantivyLexicalIndex, tmp_path: Path
) -> None:
    index.apply([entry("a", "cash")], [], 1)
    other = TantivyLexicalIndex(tmp_path / "lexical")
    with pytest.raises(ValueError, match=r"(?i)lock"):
        other.apply([entry("b", "cash")], [], 2)
    index.release_writer()
    other.apply([entry("b", "cash")], [], 2)
    other.close()


def test_a_deleted_chunk_leaves_its_traces_until_its_segment_is_written_anew(
    tmp_path: Path,
) -> None:
    index = TantivyLexicalIndex(tmp_path / "traces")
    entries = [entry(str(number), f"text number {number}") for number in range(3)]
    index.apply(entries, [], 1)
    index.apply([entry("9", "another segment")], [], 2)
    index.apply([], ["1"], 3)
    assert index.chunk_ids("c1") == {"0", "2", "9"}
    assert index.traces(["0", "1", "nothing"]) == {"0", "1"}
    assert set(index.chunks_beside_deleted()) >= {"0", "2"}
    index.apply([entries[0], entries[2]], [], 3)
    index.remove_unused_files()
    assert index.traces(["0", "1"]) == {"0"}
    assert index.chunk_ids("c1") == {"0", "2", "9"}
    assert index.watermark() == 3
    index.close()
