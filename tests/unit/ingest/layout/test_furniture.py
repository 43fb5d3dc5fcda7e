from __future__ import annotations

from tests.unit.ingest.layout.made import draft, sheet

from on_prem_rag.ingest.layout.furniture import set_furniture_aside
from on_prem_rag.ingest.layout.token import Sheet


def pages(count: int) -> list[Sheet]:
    return [
        sheet(
            n,
            [
                draft("Letter of the Society", 20),
                draft(f"Matter {'abcdefgh'[n]} of this page", 200),
                draft("see the notes", 400),
                draft(f"Page {n + 4} of 90", 760),
            ],
        )
        for n in range(1, count + 1)
    ]


def test_running_line_stays_once_and_page_numbers_go() -> None:
    sheets = pages(5)
    set_furniture_aside(sheets)
    assert sheets[0].drafts[0].text == "Letter of the Society"
    assert sheets[1].drafts[0].text == "Matter c of this page"
    assert not any(d.text.startswith("Page") for s in sheets for d in s.drafts)
    assert [token.text for token in sheets[1].margin] == [
        "Letter",
        "of",
        "the",
        "Society",
        "Page",
        "6",
        "of",
        "90",
    ]


def test_two_pages_prove_nothing() -> None:
    sheets = pages(2)
    set_furniture_aside(sheets)
    assert all(len(s.drafts) == 4 for s in sheets)


def test_page_numbers_are_found_wherever_the_text_ends() -> None:
    sheets = [sheet(n, [draft("text " * n, 100), draft(str(n), 300 + 40 * n)]) for n in range(1, 6)]
    set_furniture_aside(sheets)
    assert all(len(s.drafts) == 1 for s in sheets)


def test_numbers_that_do_not_count_pages_stay() -> None:
    sheets = [
        sheet(n, [draft("text " * n, 100 + n), draft(str(n * n), 300 + 40 * n)])
        for n in range(1, 6)
    ]
    set_furniture_aside(sheets)
    assert all(len(s.drafts) == 2 for s in sheets)
