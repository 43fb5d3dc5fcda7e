"""A page of an original as a JPEG with passages highlighted, for the page beside an answer."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from on_prem_rag.errors import NotFound, UnreadableFile
from on_prem_rag.ingest.converters.image import open_image, points_per_pixel, upright
from on_prem_rag.ingest.parsed import Box

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 80
MOST_PIXELS = 12_000_000
HIGHLIGHT = (255, 214, 0, 96)
"""Red, green, blue and opacity of a marked box."""
MARGIN = 1.0
"""Points around each box."""
PDF_MAGIC = b"%PDF-"
PDF_MAGIC_WITHIN = 1024


def render_page(
    path: Path, page_number: int, *, scale: float = 1.5, highlight_boxes: Sequence[Box] = ()
) -> bytes:
    """Page ``page_number`` (from 1) of a PDF or image as JPEG, ``scale`` pixels a point.

    ``highlight_boxes`` are in points from the page's top left corner. Very large pages are drawn
    smaller. Raises ``NotFound`` for a page the file does not have, else what ``convert`` raises.
    Keeps nothing between calls, so it can run in a child process.
    """
    if page_number < 1:
        raise NotFound("The document has no such page.")
    with path.open("rb") as file:
        is_pdf = PDF_MAGIC in file.read(PDF_MAGIC_WITHIN)
    draw = _pdf_page if is_pdf else _image_frame
    picture, pixels_per_point = draw(path, page_number, scale)
    if highlight_boxes:
        picture = _highlighted(picture, pixels_per_point, highlight_boxes)
    output = BytesIO()
    picture.save(output, "JPEG", quality=QUALITY)
    return output.getvalue()


def _pdf_page(path: Path, page_number: int, scale: float) -> tuple[Image, float]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415  only where a PDF is drawn
    from PIL import Image  # noqa: PLC0415

    from on_prem_rag.ingest.converters.pdf_document import open_page, open_pdf  # noqa: PLC0415
    from on_prem_rag.ingest.converters.pdf_render import bounded_scale, render  # noqa: PLC0415

    with open_pdf(path) as document:
        if page_number > pdfium.FPDF_GetPageCount(document):
            raise NotFound("The document has no such page.")
        with open_page(document, page_number - 1) as page:
            if page is None:
                raise UnreadableFile("This page of the PDF is damaged.")
            width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
            scale = bounded_scale(width, height, scale, MOST_PIXELS)
            return Image.fromarray(render(page, scale, grey=False)), scale


def _image_frame(path: Path, page_number: int, scale: float) -> tuple[Image, float]:
    from on_prem_rag.ingest.converters.pdf_render import bounded_scale  # noqa: PLC0415

    with open_image(path) as image:
        if page_number > getattr(image, "n_frames", 1):
            raise NotFound("The document has no such page.")
        image.seek(page_number - 1)
        points = points_per_pixel(image)
        picture = upright(image).convert("RGB")
        width, height = picture.width * points, picture.height * points
        scale = bounded_scale(width, height, scale, MOST_PIXELS)
        return picture.resize((max(1, round(width * scale)), max(1, round(height * scale)))), scale


def _highlighted(picture: Image, scale: float, boxes: Sequence[Box]) -> Image:
    from PIL import Image, ImageDraw  # noqa: PLC0415

    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for x0, y0, x1, y1 in boxes:
        if x1 < x0 or y1 < y0:
            continue
        corners = (x0 - MARGIN, y0 - MARGIN, x1 + MARGIN, y1 + MARGIN)
        pen.rectangle([corner * scale for corner in corners], fill=HIGHLIGHT)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
