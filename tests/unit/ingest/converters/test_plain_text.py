"""Plain text: what belongs together stays together."""

from pathlib import Path

from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.plain_text import convert

TEXT = """The Lease
=========

This agreement is made between the landlord and the tenant for the rooms on
the second floor, and it stays in force until one of the two ends it by a
letter.

1.2 Duration of the lease

Name: Miller
Floor: second

- first point that is long enough to go on
  over a second line of the list
- second point
"""


def test_structure(tmp_path: Path) -> None:
    path = tmp_path / "lease.txt"
    path.write_text(TEXT)
    blocks = convert(path, ConvertOptions()).blocks
    assert [(b.kind, b.level, b.text.value) for b in blocks] == [
        ("heading", 1, "The Lease"),
        (
            "paragraph",
            0,
            "This agreement is made between the landlord and the tenant for the rooms on the "
            "second floor, and it stays in force until one of the two ends it by a letter.",
        ),
        ("heading", 2, "1.2 Duration of the lease"),
        ("paragraph", 0, "Name: Miller"),
        ("paragraph", 0, "Floor: second"),
        (
            "list_item",
            0,
            "- first point that is long enough to go on over a second line of the list",
        ),
        ("list_item", 0, "- second point"),
    ]
