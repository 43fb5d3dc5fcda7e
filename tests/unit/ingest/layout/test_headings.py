from __future__ import annotations

from tests.unit.ingest.layout.made import draft, sheet

from on_prem_rag.ingest.layout.headings import body_size, mark_headings

BODY = "a sentence of the body that is quite long and goes on for some while until it ends."


def test_levels_follow_size_then_weight_over_the_document() -> None:
    sheets = [
        sheet(
            page,
            [
                draft("Chapter title", 50, size=18),
                draft("A bold section", 100, emphasis=2),
                draft("An italic part", 120, emphasis=1),
                *(draft(BODY, 150 + 20 * n) for n in range(8)),
            ],
        )
        for page in (1, 2)
    ]
    mark_headings(sheets)
    found = [(d.text, d.level) for d in sheets[1].drafts if d.kind == "heading"]
    assert found == [("Chapter title", 1), ("A bold section", 2), ("An italic part", 3)]
    assert body_size(sheets) == 10.0


def test_parts_and_items_of_a_filing_come_first() -> None:
    drafts = [
        draft("PART II", 50),
        draft("Item 7. Discussion", 80),
        *(draft(BODY, 150 + n) for n in range(9)),
    ]
    mark_headings([sheet(1, drafts)])
    assert [(d.kind, d.level) for d in drafts[:2]] == [("heading", 1), ("heading", 2)]


def test_bold_sentence_and_bold_document_are_no_headings() -> None:
    sentence = draft("This matters very much.", 50, emphasis=2)
    mark_headings([sheet(1, [sentence, *(draft(BODY, 150 + n) for n in range(9))])])
    assert sentence.kind == "paragraph"
    shouting = [draft("All is bold here", 50 + 20 * n, emphasis=2) for n in range(9)]
    mark_headings([sheet(1, shouting)])
    assert {d.kind for d in shouting} == {"paragraph"}
