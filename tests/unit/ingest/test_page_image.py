from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from on_prem_rag.errors import NotFound, UnreadableFile
from on_prem_rag.ingest.page_image import MOST_PIXELS, render_page
from on_prem_rag.ingest.parsed import Box


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "page.pdf"
    canvas = Canvas(str(path), pagesize=(200, 100))
    canvas.drawString(20, 50, "Words")
    canvas.showPage()
    canvas.setPageSize((20_000, 20_000))
    canvas.drawString(20, 50, "Large")
    canvas.save()
    return path


def decoded(data: bytes) -> Image.Image:
    assert data[:2] == b"\xff\xd8"
    return Image.open(BytesIO(data)).convert("RGB")


def test_page_is_drawn_at_the_scale_asked_for(pdf: Path) -> None:
    assert decoded(render_page(pdf, 1)).size == (300, 150)
    assert decoded(render_page(pdf, 1, scale=2.0)).size == (400, 200)


def test_box_is_marked_where_it_stands_and_nowhere_else(pdf: Path) -> None:
    plain = decoded(render_page(pdf, 1))
    marked = decoded(render_page(pdf, 1, highlight_boxes=[Box(100, 10, 150, 30)]))
    red, green, blue = marked.getpixel((187, 30))
    assert plain.getpixel((187, 30)) == (255, 255, 255)
    assert min(red, green) > blue + 50
    assert marked.getpixel((20, 130)) == (255, 255, 255)


def test_giant_page_is_drawn_smaller(pdf: Path) -> None:
    width, height = decoded(render_page(pdf, 2)).size
    assert width * height <= 1.01 * MOST_PIXELS


def test_image_files_are_drawn_too(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.new("L", (300, 150), 255).save(path, dpi=(144, 144))
    assert decoded(render_page(path, 1, scale=2.0)).size == pytest.approx((300, 150), abs=1)
    with pytest.raises(NotFound):
        render_page(path, 2)


def test_absent_page_and_damaged_file(pdf: Path, tmp_path: Path) -> None:
    for number in (0, 3):
        with pytest.raises(NotFound):
            render_page(pdf, number)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(UnreadableFile):
        render_page(broken, 1)
