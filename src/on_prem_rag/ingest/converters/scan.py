"""A picture of a page to a sheet of words: what scanned PDF pages and image files share."""

from __future__ import annotations

from dataclasses import dataclass, field

from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.layout.document import PageSheets
from on_prem_rag.ingest.layout.sheet import lay_out
from on_prem_rag.ingest.layout.token import Sheet
from on_prem_rag.ingest.ocr import Grey, OcrFailed, find_tesseract, recognise

MOST_PIXELS = 40_000_000
"""No picture larger than this is made for text recognition."""


WIDE_GAP = 1.6
"""Times the size: recognised sizes are rough and receipts are typed with wide spaces."""


@dataclass(slots=True)
class Scanner:
    """Reads pictures of pages under one file's options and gathers what went wrong."""

    options: ConvertOptions
    needed: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def available(self) -> bool:
        """Whether text recognition is installed."""
        return find_tesseract() is not None

    def read(
        self, number: int, image: Grey, width: float, height: float, dots_per_inch: int
    ) -> PageSheets:
        """Page ``number`` of ``width`` by ``height`` points, shown by ``image``.

        The result's ``ocr`` is "done", or "needed" when recognition is absent or failed.
        """
        try:
            found = recognise(
                image, dots_per_inch, self.options.ocr_timeout_seconds, self.options.ocr_languages
            )
        except OcrFailed as error:
            return self.skip(number, width, height, str(error) if self.available else None)
        sides = (width, height)
        across, along = sides if found.turn in (0, 180) else sides[::-1]
        pixels = image.shape[1] if found.turn in (0, 180) else image.shape[0]
        scale = across / pixels
        for token in found.tokens:
            token.x0, token.y0 = round(token.x0 * scale, 2), round(token.y0 * scale, 2)
            token.x1, token.y1 = round(token.x1 * scale, 2), round(token.y1 * scale, 2)
            token.size = round(token.size * scale, 2)
        sheet = Sheet(number, across, along, found.tokens, turn=found.turn)
        lay_out(sheet, wide_gap=WIDE_GAP)
        return PageSheets(number, width, height, [sheet], "done")

    def skip(
        self, number: int, width: float, height: float, problem: str | None = None
    ) -> PageSheets:
        """A page left without text because recognition is absent or failed with ``problem``."""
        self.needed.append(number)
        if problem is not None:
            self.problems.append(f"Page {number}: {problem}")
        return PageSheets(number, width, height, [], "needed")

    def warnings(self) -> list[str]:
        """What the uploader should know, at most a few lines."""
        told = self.problems[:5]
        if self.needed and not self.available:
            pages = ", ".join(map(str, self.needed[:10])) + (" …" if self.needed[10:] else "")
            told.append(f"Text recognition is not installed; these pages need it: {pages}.")
        return told
