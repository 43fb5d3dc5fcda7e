from __future__ import annotations

from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.direction import logical_order


def test_right_to_left_line_starts_at_the_right_and_keeps_foreign_stretches() -> None:
    line = words("لغة Big Data تعتبر", 10, 100)
    assert [t.text for t in logical_order(line)] == ["تعتبر", "Big", "Data", "لغة"]


def test_other_lines_are_left_as_they_are() -> None:
    line = words("left to right", 10, 100)
    assert logical_order(line) == line
