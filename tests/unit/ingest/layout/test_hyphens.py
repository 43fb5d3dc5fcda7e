from __future__ import annotations

from tests.unit.ingest.layout.made import draft, sheet

from on_prem_rag.ingest.layout.hyphens import Vocabulary


def vocabulary(text: str) -> Vocabulary:
    known = Vocabulary()
    known.add(sheet(1, [draft(text, 100)]))
    return known


def test_the_documents_own_spelling_decides() -> None:
    assert vocabulary("information").join("infor-", "mation,") == "information,"
    assert vocabulary("long-term").join("long-", "term") == "long-term"


def test_without_one_two_known_words_keep_their_hyphen() -> None:
    assert vocabulary("cash flow").join("cash-", "flow") == "cash-flow"
    assert vocabulary("cash").join("amorti-", "zation") == "amortization"


def test_names_keep_it_and_numbers_are_left_alone() -> None:
    assert Vocabulary().join("Anglo-", "Saxon") == "Anglo-Saxon"
    assert Vocabulary().join("2019-", "2020") is None
    assert Vocabulary().join("-", "minus") is None
