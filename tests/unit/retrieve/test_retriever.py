"""Search from question to passages: rights, versions, filters, and parts that are down."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete
from tests.unit.retrieve.conftest import OWNER, Library

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Grant
from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.errors import CollectionNotFound, InvalidInput, ServiceUnavailable
from on_prem_rag.retrieve.passage import Strategy

BOB = Caller("bob", "bob", "member")
ADMIN = Caller("root", "root", "admin")


def test_the_passage_that_answers_comes_first_with_its_names_and_scores(library: Library) -> None:
    shared = library.rows.collection()
    library.publish(
        shared, "hr/travel.txt", "Trips above 900 euros need a signature.", title="Trips"
    )
    library.publish(shared, "hr/food.txt", "The canteen opens at noon.")
    result = library.search("signature for trips")
    first = result.passages[0]
    assert first.text == "Trips above 900 euros need a signature."
    assert (first.document_name, first.title, first.media_type) == (
        "hr/travel.txt",
        "Trips",
        "text/plain",
    )
    assert first.lexical_score is not None
    assert first.dense_score is not None
    assert 0 < result.confidence < 1
    assert 0 < result.passages[-1].score <= first.score <= 1
    assert result.degraded == ()
    assert {"embed", "dense", "lexical", "rank", "total"} <= set(result.timings)


def test_nobody_finds_what_they_may_not_read(library: Library) -> None:
    private = library.rows.collection(private=True)
    shared = library.rows.collection()
    library.publish(private, "a.txt", "the merger is called Bluebird")
    library.publish(shared, "b.txt", "the merger of two rivers")
    library.grant(private, BOB.id)  # a private Collection is its owner's alone, whatever is granted
    library.grant(shared, EVERYONE)
    assert len(library.found("merger Bluebird")) == 2
    for caller in (BOB, ADMIN):
        assert library.found("merger Bluebird", caller) == ["the merger of two rivers"]
        with pytest.raises(CollectionNotFound):
            library.search("merger", caller, collection_ids=(private,))
    with pytest.raises(CollectionNotFound):
        library.search("merger", collection_ids=("no-such-collection",))


def test_a_right_taken_away_counts_at_once(library: Library) -> None:
    shared = library.rows.collection()
    library.publish(shared, "a.txt", "the merger is called Bluebird")
    library.grant(shared, BOB.id)
    assert library.found("merger", BOB)
    with library.database.write() as session:
        session.execute(delete(Grant))
    assert library.found("merger", BOB) == []
    assert library.search("merger", BOB).confidence == 0


def test_what_the_indexes_still_hold_but_sql_does_not_is_never_shown(library: Library) -> None:
    shared = library.rows.collection()
    library.publish(shared, "a.txt", "the first wording of the rule")
    library.rows.publish(shared, "a.txt", ["the second wording of the rule"])  # not projected yet
    assert library.found("wording of the rule") == []
    library.projector.run_until_current()
    assert library.found("wording of the rule") == ["the second wording of the rule"]
    library.rows.remove(shared, "a.txt")
    assert library.found("wording of the rule") == []


@pytest.mark.parametrize("strategy", ["hybrid", "dense", "lexical"])
def test_filters_hold_under_every_strategy(library: Library, strategy: Strategy) -> None:
    one, two = library.rows.collection(), library.rows.collection()
    old, new = datetime(2020, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
    text = "a rule about parking"
    ids = library.publish(one, "a.txt", f"{text} one", document_date=old)
    library.publish(one, "b.pdf", f"{text} two", document_date=new, media_type="application/pdf")
    library.publish(two, "c.txt", f"{text} three", document_date=new)

    def found(**bounds: object) -> set[str]:
        return {
            each.removeprefix(text) for each in library.found(text, strategy=strategy, **bounds)
        }

    assert found() == {" one", " two", " three"}
    assert found(collection_ids=(one,)) == {" one", " two"}
    assert found(document_ids=(library.document_id(ids[0]),)) == {" one"}
    assert found(document_ids=("unknown",)) == set()
    assert found(media_types=("application/pdf",)) == {" two"}
    assert found(collection_ids=()) == set()


def test_dates_bound_both_ways(library: Library) -> None:
    shared = library.rows.collection()
    for year in (2020, 2022, 2024):
        date = datetime(year, 1, 1, tzinfo=UTC)
        library.publish(shared, f"{year}.txt", f"parking in {year}", document_date=date)
        # the lexical index took the version before it had its date: write it anew
        library.publish(shared, f"{year}.txt", f"parking in {year}", document_date=date)
    middle = datetime(2021, 6, 1, tzinfo=UTC)
    assert set(library.found("parking", date_from=middle, strategy="dense")) == {
        "parking in 2022",
        "parking in 2024",
    }
    assert library.found("parking", date_to=middle, strategy="dense") == ["parking in 2020"]


def test_neighbours_are_one_passage(library: Library) -> None:
    shared = library.rows.collection()
    library.publish(shared, "a.txt", "parking is free", "parking is full at noon", "other things")
    assert library.found("parking", strategy="lexical") == [
        "parking is free\nparking is full at noon"
    ]


def test_repeats_are_left_out(library: Library) -> None:
    shared = library.rows.collection()
    for name in ("a.txt", "b.txt", "c.txt"):
        library.publish(shared, name, "parking is free")
    assert library.found("parking") == ["parking is free"]


def test_a_named_document_with_its_year_comes_first(library: Library) -> None:
    shared = library.rows.collection()
    for name in ("ACMETOOLS_2021_10K.pdf", "ACMETOOLS_2022_10K.pdf", "OTHERCORP_2022_10K.pdf"):
        library.publish(
            shared, name, f"total assets were high, {name[:9]}", "unrelated words", "end"
        )
    first = library.search("What were Acme Tools' total assets in FY2022?").passages[0]
    assert first.document_name == "ACMETOOLS_2022_10K.pdf"
    plain = library.search("What were total assets?", top_k=3)
    assert len(plain.passages) == 3


def test_a_year_that_is_not_there_lowers_the_confidence(library: Library) -> None:
    shared = library.rows.collection()
    for name in ("ACMETOOLS_2021_10K.pdf", "OTHERCORP_2022_10K.pdf", "THIRD_2020_10K.pdf"):
        library.publish(shared, name, f"total assets were high {name}", "unrelated", "end")
    known = library.search("Acme Tools total assets FY2021").confidence
    unknown = library.search("Acme Tools total assets FY2023").confidence
    assert unknown < known / 2


def test_top_k_is_kept_and_bounded(library: Library) -> None:
    shared = library.rows.collection()
    for number in range(6):
        library.publish(shared, f"{number}.txt", f"parking place {number}")
    assert len(library.found("parking", top_k=2)) == 2
    for top_k in (0, 101):
        with pytest.raises(InvalidInput):
            library.search("parking", top_k=top_k)


@pytest.mark.parametrize("text", ["", "   ", "?!", '((("', "\x00", "a" * 20_000])
def test_any_text_is_a_question(library: Library, text: str) -> None:
    library.publish(library.rows.collection(), "a.txt", "parking")
    assert len(library.search(text).passages) <= 1


def test_without_the_dense_index_words_answer(library: Library) -> None:
    library.publish(library.rows.collection(), "a.txt", "parking is free")
    live, library.projector.dense.live = library.projector.dense.live, None
    try:
        result = library.search("parking")
        assert [passage.text for passage in result.passages] == ["parking is free"]
        assert result.degraded == ("dense",)
        assert result.passages[0].dense_score is None
        assert result.confidence > 0
        with pytest.raises(ServiceUnavailable):
            library.search("parking", strategy="dense")
        assert library.search("parking", strategy="lexical").degraded == ()
    finally:
        library.projector.dense.live = live


def test_an_empty_library_answers_nothing(library: Library) -> None:
    result = library.search("parking")
    assert (result.passages, result.confidence) == ((), 0.0)
    library.rows.collection()
    assert library.search("parking").passages == ()


def test_documents_of_no_current_version_are_not_found(library: Library) -> None:
    ids = library.publish(library.rows.collection(), "a.txt", "parking is free")
    with library.database.write() as session:
        document = session.get(Document, library.document_id(ids[0]))
        assert document is not None
        document.current_version_id = None
    assert library.found("parking") == []
    with library.database.read() as session:
        assert session.query(DocumentVersion).count() == 1
    assert OWNER.id == "owner"
