"""The text a passage is embedded as."""

from __future__ import annotations

from on_prem_rag.ingest.splitter.context import MAX_CONTEXT, embedding_text


def test_title_and_headings_stand_above_the_text() -> None:
    assert embedding_text("Handbook", ("Leave", "Sick leave"), "Call us.") == (
        "Handbook > Leave > Sick leave\nCall us."
    )


def test_nothing_is_added_where_there_is_nothing() -> None:
    assert embedding_text(None, (), "Call us.") == "Call us."


def test_what_the_text_or_the_title_says_is_not_said_twice() -> None:
    text = "Sick leave\n\nCall us."
    assert embedding_text("Handbook", ("HANDBOOK", "Sick leave"), text) == f"Handbook\n{text}"


def test_the_closest_headings_are_kept_within_the_limit() -> None:
    path = tuple(f"{number} a heading of some length" for number in range(9))
    context, text = embedding_text("A title " * 20, path, "Text.").split("\n")
    assert text == "Text."
    assert context.startswith("A title A title")
    assert context.endswith("8 a heading of some length")
    assert "0 a heading" not in context
    assert len(context) <= MAX_CONTEXT + 3 * len(path)
