from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.hostile_markdown import HOSTILE
from tests.unit.answer.test_markdown import Elements

from on_prem_rag.answer.export_html import POLICY, to_html
from on_prem_rag.answer.markdown import TAGS
from on_prem_rag.answer.transcript import Entry, Quotation, Transcript

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
OWN_TAGS = TAGS | {"html", "head", "meta", "title", "style", "body", "div"}
OWN_ATTRIBUTES = {"class", "id", "href", "lang", "charset", "http-equiv", "content", "name"}


def page(text: str) -> str:
    quotation = Quotation(1, 7, text, text, "3", text)
    entries = (
        Entry("user", text, MOMENT),
        Entry("assistant", f"{text}\n\nSo [1] and [2].", MOMENT, quotations=(quotation,)),
        Entry("assistant", "", MOMENT, note="Withheld."),
    )
    return "".join(to_html(Transcript(text, MOMENT, entries)))


def test_the_policy_allows_its_own_style_alone() -> None:
    html = page("plain")
    assert f'content="{POLICY}"' in html
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY
    assert '<a href="#evidence-7">[1]</a>' in html
    assert '<div id="evidence-7">' in html
    assert "[2]" in html
    assert "#evidence-2" not in html
    assert "page 3" in html
    assert "Withheld." in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_place_adds_nothing(text: str) -> None:
    found = Elements(page(text))
    assert found.tags <= OWN_TAGS
    assert {name for _, name, _ in found.attributes} <= OWN_ATTRIBUTES
    assert {value for _, name, value in found.attributes if name == "href"} == {"#evidence-7"}
    assert [value for _, name, value in found.attributes if name == "id"] == ["evidence-7"]
    assert sum(name == "http-equiv" for _, name, _ in found.attributes) == 1
