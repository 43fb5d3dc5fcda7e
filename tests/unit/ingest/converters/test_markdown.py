"""Markdown keeps its structure."""

from pathlib import Path

from on_prem_rag.ingest.converters.markdown import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument

TEXT = """---
title: "The lease"
author: Miller
date: 2024-03-01
---
# First *part*

A [link](http://example.com) and `code`
on two lines.

- one
  - two

| a | b |
|---|---|
| 1 | **2** |

```python
if x:
    pass
```

<div>html <b>inside</b></div>
"""


def read(folder: Path, text: str) -> ParsedDocument:
    path = folder / "a.md"
    path.write_text(text)
    return convert(path, ConvertOptions())


def test_structure(tmp_path: Path) -> None:
    document = read(tmp_path, TEXT)
    assert (document.title, document.author) == ("The lease", "Miller")
    assert document.created is not None
    assert document.created.date().isoformat() == "2024-03-01"
    assert [(b.kind, b.level, b.text.value) for b in document.blocks if b.kind != "table"] == [
        ("heading", 1, "First part"),
        ("paragraph", 0, "A link and code on two lines."),
        ("list_item", 0, "one"),
        ("list_item", 0, "two"),
        ("code", 0, "if x:\n    pass"),
        ("paragraph", 0, "html inside"),
    ]
    (table,) = [block for block in document.blocks if block.kind == "table"]
    assert [[cell.value for cell in row] for row in table.rows] == [["a", "b"], ["1", "2"]]


def test_the_first_heading_is_the_title(tmp_path: Path) -> None:
    assert read(tmp_path, "intro\n\n# Real title\n").title == "Real title"


def test_nothing_is_lost_in_deep_nesting(tmp_path: Path) -> None:
    text = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(200))
    document = read(tmp_path, text)
    assert any("level 199" in block.text.value for block in document.blocks)
    assert document.warnings
