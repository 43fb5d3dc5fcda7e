from __future__ import annotations

from tests.unit.ingest.layout.made import draft, sheet

from on_prem_rag.ingest.layout.title import cover_title, largest_title


def test_cover_of_a_filing_gives_company_form_and_period() -> None:
    cover = [
        draft("FORM 10-K", 50),
        draft("For the fiscal year ended August 29, 2021", 70),
        draft("Harbour Freight Corporation", 90),
        draft("(Exact name of registrant as specified in its charter)", 110),
    ]
    expected = "Harbour Freight Corporation, Form 10-K, fiscal year ended August 29, 2021"
    assert cover_title([sheet(1, cover)]) == expected
    assert cover_title([sheet(2, cover)]) is None
    assert cover_title([sheet(1, cover[:3])]) is None


def test_largest_heading_that_is_not_a_forms_name() -> None:
    drafts = [draft("FORM 10-K", 50, 20), draft("Small", 80, 12), draft("The harvest", 100, 16)]
    for each in drafts:
        each.kind = "heading"
    assert largest_title([sheet(1, drafts)]) == "The harvest"
    assert largest_title([]) is None
