from datetime import UTC, datetime, timedelta, timezone

import pytest

from on_prem_rag.audit.chain import GENESIS, HASHED, Chain, Link, canonical_json

CHAIN = Chain("k" * 40)
ROW = {
    **dict.fromkeys(HASHED, "x"),
    "number": 1,
    "time": datetime(2026, 1, 1, 12, tzinfo=UTC),
    "previous_hash": GENESIS,
}


@pytest.mark.parametrize("column", HASHED)
def test_every_column_counts(column: str) -> None:
    other = {"number": 2, "time": datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC)}.get(column)
    assert CHAIN.event_hash({**ROW, column: other}) != CHAIN.event_hash(ROW)


def test_a_time_is_the_same_in_every_zone() -> None:
    elsewhere = ROW["time"].astimezone(timezone(timedelta(hours=5)))
    assert CHAIN.event_hash({**ROW, "time": elsewhere}) == CHAIN.event_hash(ROW)


def test_without_the_key_nothing_fits() -> None:
    assert Chain("j" * 40).event_hash(ROW) != CHAIN.event_hash(ROW)
    mac = CHAIN.mark_mac("head", Link(1, GENESIS))
    assert CHAIN.signs("head", Link(1, GENESIS), mac)
    assert not Chain("j" * 40).signs("head", Link(1, GENESIS), mac)


def test_a_signature_is_of_one_mark_at_one_place() -> None:
    mac = CHAIN.mark_mac("head", Link(1, GENESIS))
    assert not CHAIN.signs("checkpoint", Link(1, GENESIS), mac)
    assert not CHAIN.signs("head", Link(2, GENESIS), mac)
    assert not CHAIN.signs("head", Link(1, "f" * 64), mac)
    assert not CHAIN.signs("head", Link(1, GENESIS), "")


def test_a_text_is_told_by_its_words_and_the_key() -> None:
    assert CHAIN.text_hash("When  does it end?") == CHAIN.text_hash("when does it END?")
    assert CHAIN.text_hash("When?") != CHAIN.text_hash("Where?")
    assert CHAIN.text_hash("When?") != Chain("j" * 40).text_hash("When?")


def test_there_is_one_form_of_json() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == '{"a":"\\u00e9","b":1}'
