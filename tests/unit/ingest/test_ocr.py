"""Text recognition with the real tesseract; skipped, saying so, where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from on_prem_rag.ingest import ocr

needs_tesseract = pytest.mark.skipif(
    ocr.find_tesseract() is None, reason="tesseract is not installed"
)
LINES = [
    "The harvest of the year was good",
    "and the barns were full of corn",
    "until the winter came at last",
]


def picture() -> ocr.Grey:
    image = Image.new("L", (1100, 420), 255)
    pen = ImageDraw.Draw(image)
    for index, line in enumerate(LINES):
        pen.text((60, 60 + 90 * index), line, fill=0, font=ImageFont.load_default(size=48))
    return np.asarray(image)


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A search path on which there is no program at all."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ocr.find_tesseract.cache_clear()
    ocr.installed_languages.cache_clear()
    yield
    monkeypatch.undo()
    ocr.find_tesseract.cache_clear()
    ocr.installed_languages.cache_clear()


@needs_tesseract
def test_words_come_with_their_boxes_in_pixels() -> None:
    found = ocr.recognise(picture(), 150, 30.0, ("eng",))
    assert " ".join(token.text for token in found.tokens) == " ".join(LINES)
    assert found.turn == 0
    first = found.tokens[0]
    assert 50 < first.x0 < 80
    assert 50 < first.y0 < 90


@needs_tesseract
def test_page_on_its_side_is_turned_upright() -> None:
    page = np.full((1400, 1100), 255, dtype=np.uint8)
    page[100:520] = picture()
    page[520:940] = picture()
    page[940:1360] = picture()
    found = ocr.recognise(ocr.turned_clockwise(page, 90), 150, 30.0, ("eng",))
    assert found.turn == 270
    text = " ".join(token.text for token in found.tokens)
    assert text == " ".join(LINES * 3)


@needs_tesseract
def test_slow_recognition_is_cut_off() -> None:
    with pytest.raises(ocr.OcrFailed, match="longer than"):
        ocr.recognise(picture(), 150, 0.001, ("eng",))


@needs_tesseract
def test_languages_leave_out_the_helpers() -> None:
    assert "eng" in ocr.installed_languages()
    assert not {"osd", "equ"} & set(ocr.installed_languages())


@pytest.mark.usefixtures("without_tesseract")
def test_absence_is_told_and_not_a_crash() -> None:
    assert ocr.installed_languages() == ()
    with pytest.raises(ocr.OcrFailed, match="installed"):
        ocr.recognise(picture(), 150, 30.0)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turning_four_times_is_nothing(turn: ocr.Turn) -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    turned = image
    for _ in range(4):
        turned = ocr.turned_clockwise(turned, turn)
    assert np.array_equal(turned, image)
    assert ocr.turned_clockwise(image, 90)[0, -1] == image[0, 0]
