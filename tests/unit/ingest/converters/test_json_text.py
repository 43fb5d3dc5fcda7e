"""JSON as a reader would put it."""

from pathlib import Path

import pytest

from on_prem_rag.ingest.converters.json_text import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument


def read(folder: Path, text: str) -> ParsedDocument:
    path = folder / "a.json"
    path.write_text(text)
    return convert(path, ConvertOptions())


def test_paths_and_values(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        '{"title": "Lease", "rooms": [{"floor": 2}], "tags": ["a", true, null], "sum": 1.50}',
    )
    assert document.title == "Lease"
    assert [block.text.value for block in document.blocks] == [
        "title: Lease",
        "rooms[0].floor: 2",
        "tags: a, true, none",
        "sum: 1.5",
    ]


def test_flat_records_are_a_table(tmp_path: Path) -> None:
    document = read(tmp_path, '{"name": "a", "n": 1}\n{"name": "b", "m": 2}\n')
    assert document.media_type == "application/x-ndjson"
    assert [[cell.value for cell in row] for row in document.blocks[0].rows] == [
        ["name", "n", "m"],
        ["a", "1", ""],
        ["b", "", "2"],
    ]


def test_deep_records_have_headings(tmp_path: Path) -> None:
    document = read(tmp_path, '[{"id": "x1", "a": {"b": 1}}, {"a": [{"b": 2}]}]')
    assert [(block.kind, block.text.value) for block in document.blocks] == [
        ("heading", "x1"),
        ("paragraph", "id: x1"),
        ("paragraph", "a.b: 1"),
        ("heading", "Record 2"),
        ("paragraph", "a[0].b: 2"),
    ]


@pytest.mark.parametrize("text", ['{"a": "unfinished', "[" * 100_000])
def test_what_is_no_json_is_text(tmp_path: Path, text: str) -> None:
    document = read(tmp_path, text)
    assert document.blocks[0].text.value.startswith(text[:8])
    assert document.warnings


def test_a_lone_surrogate_does_no_harm(tmp_path: Path) -> None:
    document = read(tmp_path, '{"a": "x\\ud800y"}')
    assert document.blocks[0].text.value == "a: xy"
