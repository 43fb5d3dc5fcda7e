"""No answer makes HTML that does anything but be read."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile_markdown import EVIL, HOSTILE

from on_prem_rag.answer.markdown import TAGS, render_markdown

ANCHORS = {1: 4, 2: 5}
TARGETS = {"#evidence-4", "#evidence-5"}


class Elements(HTMLParser):
    """Collects what a browser would make elements of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def faults(html: str) -> list[object]:
    found = Elements(html)
    bad: list[object] = sorted(found.tags - TAGS)
    for tag, name, value in found.attributes:
        if (tag, name) != ("a", "href") or value not in TARGETS:
            bad.append((tag, name, value))
    return bad


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 100


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_what_is_allowed_comes_out(text: str) -> None:
    assert faults(render_markdown(text, ANCHORS)) == []
    around = f"Before [1].\n\n{text}\n\nAfter [2]."
    assert faults(render_markdown(around, ANCHORS)) == []


def test_the_check_would_see_each_fault() -> None:
    for html in (
        "<script>x</script>",
        f"<a href='{EVIL}'>x</a>",
        "<a href='#evidence-99'>x</a>",
        "<p onclick='x'>x</p>",
        "<p style='x'>x</p>",
        "<img src=x>",
    ):
        assert faults(html) != [], html


@given(st.text(alphabet="[]()<>!`*_#|:\\/&;\"'= 1\n\tahref", max_size=200))
def test_no_text_gets_through_or_raises(text: str) -> None:
    assert faults(render_markdown(text, ANCHORS)) == []


def test_markers_of_citations_that_exist_are_links() -> None:
    html = render_markdown("So it is [1], **and [2]** but not [3] nor `[1]`.", ANCHORS)
    assert html == (
        '<p>So it is <a href="#evidence-4">[1]</a>, <strong>and <a href="#evidence-5">[2]</a>'
        "</strong> but not [3] nor <code>[1]</code>.</p>\n"
    )


def test_an_address_is_shown_as_text() -> None:
    html = render_markdown(f"![chart]({EVIL}/i.png) and <{EVIL}>", {})
    assert html == f"<p>![chart]({EVIL}/i.png) and &lt;{EVIL}&gt;</p>\n"


def test_what_people_write_is_rendered() -> None:
    html = render_markdown("## Terms\n\n1. *one*\n2. two\n\n| a |\n|---|\n| b |\n", {})
    for tag in ("h2", "ol", "li", "em", "table", "td"):
        assert f"<{tag}>" in html
