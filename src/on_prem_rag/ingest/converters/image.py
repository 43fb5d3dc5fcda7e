"""PNG, JPEG and TIFF to pages of recognised words, one page a frame."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from on_prem_rag.errors import EmptyFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.scan import MOST_PIXELS, Scanner
from on_prem_rag.ingest.layout.document import PageSheets, finish
from on_prem_rag.ingest.ocr import Grey
from on_prem_rag.ingest.parsed import ParsedDocument

if TYPE_CHECKING:
    from PIL.Image import Image

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg", "TIFF": "image/tiff"}
POINTS = 72.0
SMALL = 1500
"""Pixels: an image whose longer side is shorter than this is doubled for recognition."""
READING_DPI = 300
"""What tesseract is told of pictures that say nothing believable themselves."""


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """The text recognised in the image at ``path``.

    Raises ``EmptyFile``, ``UnreadableFile`` and ``FileTooComplex`` (more pixels or frames than
    allowed).
    """
    scanner = Scanner(options)
    pages: list[PageSheets] = []
    with open_image(path) as image:
        media_type = MEDIA_TYPES[image.format or "PNG"]
        frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        if frames > options.max_pages:
            raise FileTooComplex(f"The image has {frames} frames; {options.max_pages} are allowed.")
        for index in range(frames):
            image.seek(index)
            pages.append(_page(index + 1, image, scanner))
    done = finish(pages)
    told = tuple(scanner.warnings())
    return ParsedDocument(media_type, done.blocks, done.pages, done.title, warnings=told)


@contextmanager
def open_image(path: Path) -> Iterator[Image]:
    """The image at ``path`` by Pillow, which must be PNG, JPEG or TIFF of bearable size.

    Pillow's errors inside the block become ours too, because it decodes late.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  only where an image is read

    if path.stat().st_size == 0:
        raise EmptyFile("The image is empty (0 bytes).")
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as image:
                yield image
    except (Image.DecompressionBombError, MemoryError) as error:
        raise FileTooComplex("The image has more pixels than are allowed.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadableFile("The image is damaged or not a PNG, JPEG or TIFF.") from error


def points_per_pixel(image: Image) -> float:
    """From the resolution the image states; 72 dots per inch when it states none to believe."""
    stated = image.info.get("dpi")
    try:
        dots = float(stated[0]) if stated else POINTS
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        dots = POINTS
    return POINTS / dots if 50 <= dots <= 2400 else 1.0


def upright(image: Image) -> Image:
    """The current frame decoded and turned as its camera says; checks its size first."""
    from PIL import ImageOps  # noqa: PLC0415  only where an image is read

    if image.width * image.height > MOST_PIXELS:
        raise FileTooComplex(
            f"The image has {image.width} × {image.height} pixels; "
            f"{MOST_PIXELS // 1_000_000} million are allowed."
        )
    return ImageOps.exif_transpose(image)


def _page(number: int, image: Image, scanner: Scanner) -> PageSheets:
    scale = points_per_pixel(image)
    picture = upright(image)
    width, height = round(picture.width * scale, 2), round(picture.height * scale, 2)
    grey = _grey(picture)
    if not scanner.available:
        return scanner.skip(number, width, height)
    return scanner.read(number, grey, width, height, READING_DPI)


def _grey(picture: Image) -> Grey:
    """Grey on white, doubled when small: tesseract wants capitals of some thirty pixels."""
    from PIL import Image  # noqa: PLC0415  only where an image is read

    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA"):
        layered = picture.convert("RGBA")
        picture = Image.new("RGBA", layered.size, "white")
        picture.alpha_composite(layered)
    grey = picture.convert("L")
    if max(grey.size) < SMALL:
        grey = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)
    return np.asarray(grey, dtype=np.uint8)
