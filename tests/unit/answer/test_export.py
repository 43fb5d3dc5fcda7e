from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt
from tests.hostile_markdown import HOSTILE

from on_prem_rag.answer.export import escape_markdown, write_export
from on_prem_rag.answer.transcript import Entry, Quotation, Transcript

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
TRANSCRIPT = Transcript(
    "A [title]",
    MOMENT,
    (
        Entry("user", "How long?", MOMENT),
        Entry(
            "assistant",
            "Nine months [1].",
            MOMENT,
            quotations=(Quotation(1, 1, "Lease", "lease.pdf", "2", "Nine\nmonths."),),
        ),
        Entry("assistant", "", MOMENT, note="Withheld."),
    ),
)


def test_json_is_one_document() -> None:
    read = json.loads("".join(write_export(TRANSCRIPT, "json")))
    assert read["title"] == "A [title]"
    assert [entry["role"] for entry in read["entries"]] == ["user", "assistant", "assistant"]
    assert read["entries"][1]["quotations"][0]["pages"] == "2"
    assert json.loads("".join(write_export(Transcript("", MOMENT, ()), "json")))["entries"] == []


def test_markdown_names_and_quotes_its_sources() -> None:
    assert "".join(write_export(TRANSCRIPT, "markdown")) == (
        "# A \\[title\\]\n\n## Question\n\nHow long?\n\n## Answer\n\nNine months \\[1\\].\n\n"
        "\\[1\\] **Lease**, page 2\n\n> Nine\n> months.\n\n## Answer\n\n*Withheld.*\n"
    )


def test_html_is_one_page() -> None:
    assert "".join(write_export(TRANSCRIPT, "html")).endswith("</html>\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_viewer_of_the_markdown_loads_and_follows_nothing(text: str) -> None:
    viewer = MarkdownIt("commonmark", {"html": True})
    tokens = viewer.parse(escape_markdown(text))
    kinds = {each.type for token in tokens for each in (token, *(token.children or ()))}
    assert not kinds & {"link_open", "image", "html_block", "html_inline"}


def test_that_check_would_see_a_link() -> None:
    [_, inline, _] = MarkdownIt("commonmark").parse("![x](http://evil.example)")
    assert [token.type for token in inline.children or ()] == ["image"]
