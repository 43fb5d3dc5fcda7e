from __future__ import annotations

from datetime import UTC, datetime

import pytest

from on_prem_rag.ingest.converters.pdf_document import parse_date, sensible_title


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("D:20240131120000+01'00'", datetime(2024, 1, 31, 11, 0, tzinfo=UTC)),
        ("D:20240131120000Z", datetime(2024, 1, 31, 12, 0, tzinfo=UTC)),
        ("D:2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("D:20241399", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_pdf_dates_become_utc(text: str | None, moment: datetime | None) -> None:
    assert parse_date(text) == moment


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Annual report 2015/16", True),
        ("untitled", False),
        ("Microsoft Word - draft", False),
        ("final2.docx", False),
        ("C:\\temp\\x", False),
        ("12 3", False),
        (None, False),
    ],
)
def test_titles_written_by_programs_are_no_titles(text: str | None, kept: bool) -> None:
    assert sensible_title(text) == (text if kept else None)
