"""PPTX files as PowerPoint writes them."""

from pathlib import Path

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from on_prem_rag.errors import FileTooComplex
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.pptx import convert

INCH = Inches(1)


def made(folder: Path) -> Path:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "The lease"
    first.placeholders[1].text = "first point"
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(INCH, INCH, INCH, INCH).text_frame.text = "in a group"
    first.notes_slide.notes_text_frame.text = "Say this."
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = second.shapes.add_table(2, 2, INCH, INCH, INCH, INCH).table
    for index, text in enumerate(["a", "b", "1", "2"]):
        table.cell(index // 2, index % 2).text = text
    data = CategoryChartData()
    data.categories = ["May", "June"]
    data.add_series("Rent", (10, 12))
    second.shapes.add_chart(XL_CHART_TYPE.PIE, INCH, INCH, INCH, INCH, data)
    path = folder / "a.pptx"
    presentation.save(str(path))
    return path


def test_slides_in_order(tmp_path: Path) -> None:
    document = convert(made(tmp_path), ConvertOptions())
    assert [(b.kind, b.text.value, b.page) for b in document.blocks if not b.rows] == [
        ("heading", "The lease", 1),
        ("list_item", "first point", 1),
        ("paragraph", "in a group", 1),
        ("note", "Say this.", 1),
    ]
    table, chart = [[[c.value for c in r] for r in b.rows] for b in document.blocks if b.rows]
    assert table == [["a", "b"], ["1", "2"]]
    assert chart == [["", "Rent"], ["May", "10"], ["June", "12"]]


def test_too_many_slides(tmp_path: Path) -> None:
    with pytest.raises(FileTooComplex, match="1 slides"):
        convert(made(tmp_path), ConvertOptions(max_pages=1))
