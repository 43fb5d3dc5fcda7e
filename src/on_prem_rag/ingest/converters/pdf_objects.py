"""Lines drawn on a PDF page and how much of it its largest image covers."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from on_prem_rag.ingest.converters.pdf_frame import Frame
from on_prem_rag.ingest.layout.token import Rule, Turn

# The same entry points with bare addresses: building a typed pointer for each of the thousands of
# objects on a page would take longer than reading its text.
_get_object = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
    ctypes.cast(pdfium.FPDFPage_GetObject, ctypes.c_void_p).value or 0
)
_get_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(pdfium.FPDFPageObj_GetType, ctypes.c_void_p).value or 0
)
Edges = tuple[float, float, float, float]
"""Left, bottom, right, top in the PDF's own coordinates."""
PATH = pdfium.FPDF_PAGEOBJ_PATH
IMAGE = pdfium.FPDF_PAGEOBJ_IMAGE
FORM = pdfium.FPDF_PAGEOBJ_FORM
MOST_OBJECTS = 20_000
MOST_PATHS = 4_000
THIN = 2.5
"""Points: a filled shape thinner than this is a line."""
SHORTEST = 8.0


def drawn_lines(page: Any, frame: Frame, turn: Turn) -> list[Rule]:
    """Horizontal and vertical lines upright for ``turn`` (a key of ``PageContent.tokens``).

    Areas that are only filled are shading and no lines. Form objects are looked into one level
    deep; past 20,000 objects or 4,000 paths the rest is left out.
    """
    boxes: list[Edges] = []
    for pointer, matrix in _objects(page, PATH):
        box = _bounds(pointer, matrix)
        if box is not None and (
            min(box[2] - box[0], box[3] - box[1]) <= THIN or _is_stroked(pointer)
        ):
            boxes.append(box)
        if len(boxes) >= MOST_PATHS:
            break
    return _rules(boxes, frame, turn)


def image_share(page: Any, frame: Frame) -> float:
    """The part of the page as shown that its largest image covers, from 0 to 1."""
    area = frame.width * frame.height
    if area <= 0:
        return 0.0
    largest = 0.0
    for pointer, matrix in _objects(page, IMAGE):
        box = _bounds(pointer, matrix)
        if box is None:
            continue
        across = min(box[2], frame.right) - max(box[0], frame.left)
        along = min(box[3], frame.top) - max(box[1], frame.bottom)
        largest = max(largest, max(across, 0.0) * max(along, 0.0) / area)
    return largest


def _objects(page: Any, wanted: int) -> Iterator[tuple[Any, Any]]:
    """The page's objects of one type, each with the matrix of the form it is in or None."""
    address = ctypes.cast(page, ctypes.c_void_p)
    for index in range(min(pdfium.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        item = _get_object(address, index)
        kind = _get_type(item)
        if kind == wanted:
            yield ctypes.cast(item, pdfium.FPDF_PAGEOBJECT), None
        elif kind == FORM:
            yield from _form_objects(ctypes.cast(item, pdfium.FPDF_PAGEOBJECT), wanted)


def _form_objects(form: Any, wanted: int) -> Iterator[tuple[Any, Any]]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(form, matrix)
    for index in range(min(pdfium.FPDFFormObj_CountObjects(form), MOST_OBJECTS)):
        item = pdfium.FPDFFormObj_GetObject(form, index)
        if pdfium.FPDFPageObj_GetType(item) == wanted:
            yield item, matrix


def _is_stroked(path: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(path, fill, stroke)) and stroke.value != 0


def _bounds(pointer: Any, matrix: Any) -> Edges | None:
    """Left, bottom, right, top in the PDF's coordinates."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(pointer, *edges):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    if matrix is None:
        return left, bottom, right, top
    xs = [matrix.a * x + matrix.c * y + matrix.e for x in (left, right) for y in (bottom, top)]
    ys = [matrix.b * x + matrix.d * y + matrix.f for x in (left, right) for y in (bottom, top)]
    return min(xs), min(ys), max(xs), max(ys)


def _rules(boxes: list[Edges], frame: Frame, turn: Turn) -> list[Rule]:
    """Thin shapes as lines, and the sides of larger ones, which are the frames of cells."""
    if not boxes:
        return []
    upright, visible = frame.upright(np.asarray(boxes), (turn + frame.rotation) % 360)
    rules = []
    for x0, y0, x1, y1 in upright[visible].tolist():
        width, height = x1 - x0, y1 - y0
        if height <= THIN:
            if width >= SHORTEST:
                rules.append(Rule(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
        elif width <= THIN:
            if height >= SHORTEST:
                rules.append(Rule((x0 + x1) / 2, y0, (x0 + x1) / 2, y1))
        elif width >= SHORTEST and height >= SHORTEST:
            rules += [Rule(x0, y0, x1, y0), Rule(x0, y1, x1, y1)]
            rules += [Rule(x0, y0, x0, y1), Rule(x1, y0, x1, y1)]
    return rules
