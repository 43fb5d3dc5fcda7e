"""A PDF page as a grey or coloured picture, of bounded size whatever the page claims."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

WHITE = 0xFFFFFFFF


def bounded_scale(width: float, height: float, scale: float, most_pixels: int) -> float:
    """``scale`` (pixels a point), or less where the picture would exceed ``most_pixels``."""
    area = max(width, 1e-3) * max(height, 1e-3)
    return min(scale, sqrt(most_pixels / area))


def render(page: Any, scale: float, *, grey: bool) -> npt.NDArray[np.uint8]:
    """The open page as shown, annotations drawn: shape (height, width) grey or (…, 3) RGB."""
    width = max(1, round(pdfium.FPDF_GetPageWidthF(page) * scale))
    height = max(1, round(pdfium.FPDF_GetPageHeightF(page) * scale))
    kind = pdfium.FPDFBitmap_Gray if grey else pdfium.FPDFBitmap_BGR
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, kind, None, 0)
    if not bitmap:
        raise MemoryError("pdfium could not make the picture")
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE)
        flags = pdfium.FPDF_ANNOT | (
            pdfium.FPDF_GRAYSCALE if grey else pdfium.FPDF_REVERSE_BYTE_ORDER
        )
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        buffer = pdfium.FPDFBitmap_GetBuffer(bitmap)
        size = stride * height
        raw = np.ctypeslib.as_array(
            (pdfium.c_ubyte * size).from_address(pdfium.cast(buffer, pdfium.c_void_p).value)
        )
        lines = raw.reshape(height, stride)
        if grey:
            return lines[:, :width].copy()
        return lines[:, : 3 * width].reshape(height, width, 3).copy()
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
