"""From a PDF page's own coordinates to points from the top left of the page as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from on_prem_rag.ingest.layout.token import Turn


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page (crop box within media box) and its rotation.

    ``width`` and ``height`` are those of the page as shown, in points; ``rotation`` in degrees
    clockwise is the page's own.
    """

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @classmethod
    def of(cls, page: Any) -> Frame:
        """The frame of an open pdfium page."""
        box = pdfium.FS_RECTF()
        rotation = 90 * (pdfium.FPDFPage_GetRotation(page) % 4)
        if not pdfium.FPDF_GetPageBoundingBox(page, box):
            width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
            return cls(0.0, 0.0, width, height, 0)
        return cls(box.left, box.bottom, box.right, box.top, rotation)

    @property
    def width(self) -> float:
        """The width of the page as shown."""
        across = self.right - self.left
        return across if self.rotation in (0, 180) else self.top - self.bottom

    @property
    def height(self) -> float:
        """The height of the page as shown."""
        along = self.top - self.bottom
        return along if self.rotation in (0, 180) else self.right - self.left

    def page_turn(self, direction: int) -> Turn:
        """By how much the shown page must turn clockwise for text of ``direction`` to be upright.

        ``direction`` is that of the text in PDF coordinates, in degrees counter-clockwise.
        """
        turns: tuple[Turn, ...] = (0, 90, 180, 270)
        return turns[(direction - self.rotation) % 360 // 90]

    def upright(self, boxes: np.ndarray, direction: int) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) left, bottom, right, top → left, top, right, bottom, read upright.

        The second result says which boxes touch the visible part of the page.
        """
        visible = (
            (boxes[:, 0] < self.right)
            & (boxes[:, 2] > self.left)
            & (boxes[:, 1] < self.top)
            & (boxes[:, 3] > self.bottom)
        )
        x0, x1 = boxes[:, 0] - self.left, boxes[:, 2] - self.left
        y0, y1 = self.top - boxes[:, 3], self.top - boxes[:, 1]
        across, along = self.right - self.left, self.top - self.bottom
        columns = {
            0: (x0, y0, x1, y1),
            90: (along - y1, x0, along - y0, x1),
            180: (across - x1, along - y1, across - x0, along - y0),
            270: (y0, across - x1, y1, across - x0),
        }[direction % 360]
        return np.stack(columns, axis=1).round(2), visible
