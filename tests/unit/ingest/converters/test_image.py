from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.ingest.test_ocr import (  # noqa: F401  a fixture
    needs_tesseract,
    picture,
    without_tesseract,
)

from on_prem_rag.errors import EmptyFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.image import convert
from on_prem_rag.ingest.converters.options import ConvertOptions

OPTIONS = ConvertOptions(ocr_languages=("eng",))


@needs_tesseract
def test_image_becomes_a_page_in_points(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.fromarray(picture()).save(path, dpi=(150, 150))
    document = convert(path, OPTIONS)
    (page,) = document.pages
    assert (document.media_type, page.ocr) == ("image/png", "done")
    assert page.width == pytest.approx(1100 * 72 / 150, abs=0.5)
    assert "harvest of the year" in " ".join(block.text.value for block in document.blocks)
    assert all(0 <= word.box.x0 < word.box.x1 <= page.width for word in page.words)
    assert page.words[0].box.x0 == pytest.approx(60 * 72 / 150, abs=4)


@needs_tesseract
def test_every_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    frames = [Image.fromarray(picture()) for _ in range(2)]
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(150, 150))
    assert [page.number for page in convert(path, OPTIONS).pages] == [1, 2]
    with pytest.raises(FileTooComplex):
        convert(path, ConvertOptions(max_pages=1))


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_the_page_says_that_it_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    Image.fromarray(picture()).save(path)
    document = convert(path, OPTIONS)
    assert [page.ocr for page in document.pages] == ["needed"]
    assert "not installed" in document.warnings[0]
    assert document.pages[0].width == 1100


def test_declared_giant_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    path = tmp_path / "giant.png"
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    path.write_bytes(data + struct.pack(">I", zlib.crc32(chunk)))
    with pytest.raises((FileTooComplex, UnreadableFile)):
        convert(path, OPTIONS)


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.write_bytes(b"")
    with pytest.raises(EmptyFile):
        convert(path, OPTIONS)
    path.write_bytes(b"GIF89a not one of ours")
    with pytest.raises(UnreadableFile):
        convert(path, OPTIONS)
