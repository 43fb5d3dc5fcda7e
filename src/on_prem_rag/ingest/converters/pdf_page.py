"""What stands on one PDF page: words with upright boxes.

Only a word's first and last character are asked for their boxes: with pdfium's generated spaces
that gives the same words as asking for all, at a third of the time.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from on_prem_rag.ingest.converters.pdf_frame import Frame
from on_prem_rag.ingest.layout.token import Emphasis, Token, Turn

# A control character 2 is pdfium's hyphen at a line's end; a noncharacter is an unmapped glyph.
HYPHENS = "\x02\xad"
WORD = re.compile(r"[^\s\x00\x02]+\x02?")
WORD_OR_LEADER = re.compile(r"(?:(?!\.{4}|_{4}|…{2})[^\s\x00\x02])+\x02?|\.{4,}|_{4,}|…{2,}")
LEADER = re.compile(r"\.{4}|_{4}|…{2}")
DROPPED = re.compile(r"[\x00-\x1f\x7f\xad\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
UNMAPPED = re.compile(r"[\ue000-\uf8ff\ufffd-\uffff\x00-\x01\x03-\x08\x0e-\x1f]")
LIGATURES = {
    ord(a): b
    for a, b in {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
    }.items()
}
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
ITALIC = re.compile(rb"italic|oblique|slanted|-it$|ital$", re.IGNORECASE)
UNSCALED = 2.0
"""Font sizes up to this are units that each word's matrix scales; larger ones hold for a line."""
FORCE_BOLD, ITALIC_FLAG = 1 << 18, 1 << 6
BOLD = re.compile(rb"bold|black|heavy|demi|semibd|-bd|medi(?!um)", re.IGNORECASE)


@dataclass(slots=True)
class PageContent:
    """Words by the turn (degrees clockwise) that makes them upright, most words first.

    ``unmapped`` is the share of characters that no reader could make sense of.
    """

    frame: Frame
    tokens: dict[Turn, list[Token]] = field(default_factory=dict)
    characters: int = 0
    unmapped: float = 0.0


def read_page(page: Any, fonts: dict[bytes, Emphasis]) -> PageContent:
    """The content of an open page; ``fonts`` remembers what font names mean."""
    content = PageContent(Frame.of(page))
    textpage = pdfium.FPDFText_LoadPage(page)
    if textpage:
        try:
            _read_words(textpage, content, fonts)
        finally:
            pdfium.FPDFText_ClosePage(textpage)
    return content


def _page_text(textpage: Any) -> str:
    """One character per pdfium character index."""
    count = pdfium.FPDFText_CountChars(textpage)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(textpage, 0, count, buffer) - 1
    if written == count:
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "replace")
        if len(text) == count:
            return text.replace("\ufffe", "\x02")  # a hyphen at a line's end
    codes = (pdfium.FPDFText_GetUnicode(textpage, index) for index in range(count))
    return "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)


def _read_words(textpage: Any, content: PageContent, fonts: dict[bytes, Emphasis]) -> None:
    text = _page_text(textpage)
    pattern = WORD_OR_LEADER if LEADER.search(text) else WORD
    spans = [match.span() for match in pattern.finditer(text)]
    if not spans:
        return
    content.characters = sum(end - start for start, end in spans)
    content.unmapped = len(UNMAPPED.findall(text)) / content.characters
    boxes = _word_boxes(textpage, text, spans)
    sizes, turns, styles = _word_styles(textpage, text, [start for start, _ in spans], fonts)
    for turn in sorted(set(turns), key=turns.count, reverse=True):
        chosen = [index for index, value in enumerate(turns) if value == turn]
        upright, visible = content.frame.upright(boxes[chosen], turn)
        content.tokens[content.frame.page_turn(turn)] = [
            token
            for index, box, seen in zip(chosen, upright.tolist(), visible.tolist(), strict=True)
            if seen and (token := _token(text, spans[index], box, sizes[index], styles[index]))
        ]


def _token(
    text: str, span: tuple[int, int], box: list[float], size: float, emphasis: Emphasis
) -> Token | None:
    word = text[span[0] : span[1]]
    hyphen = word[-1] in HYPHENS and len(word) > 1
    if not word.isascii() or hyphen or not word.isprintable():
        word = DROPPED.sub("", word).translate(LIGATURES)
        if hyphen:
            word += "-"
    x0, y0, x1, y1 = box
    return Token(word, x0, y0, x1, y1, size or y1 - y0, emphasis, hyphen) if word else None


def _word_boxes(textpage: Any, text: str, spans: list[tuple[int, int]]) -> np.ndarray:
    """Boxes (words, 4) as left, bottom, right, top in the PDF's own coordinates."""
    rectangles = (pdfium.FS_RECTF * (2 * len(spans)))()
    loose = pdfium.FPDFText_GetLooseCharBox
    position = 0
    for start, end in spans:
        loose(textpage, start, rectangles[position])
        loose(textpage, end - 1, rectangles[position + 1])
        position += 2
    corners = np.frombuffer(rectangles, dtype=np.float32).reshape(-1, 2, 4).astype(np.float64)
    boxes = np.concatenate([corners[:, :, [0, 3]].min(1), corners[:, :, [2, 1]].max(1)], axis=1)
    if RIGHT_TO_LEFT.search(text):
        for index, (start, end) in enumerate(spans):
            if RIGHT_TO_LEFT.search(text, start, end):
                boxes[index] = _whole_box(textpage, start, end)
    return boxes


def _whole_box(textpage: Any, start: int, end: int) -> np.ndarray:
    """The box around every character: mixed directions put the outermost ones anywhere."""
    rectangles = (pdfium.FS_RECTF * (end - start))()
    for index in range(start, end):
        pdfium.FPDFText_GetLooseCharBox(textpage, index, rectangles[index - start])
    corners = np.frombuffer(rectangles, dtype=np.float32).reshape(-1, 4)
    return np.concatenate([corners[:, [0, 3]].min(0), corners[:, [2, 1]].max(0)])


def _word_styles(
    textpage: Any, text: str, starts: list[int], fonts: dict[bytes, Emphasis]
) -> tuple[list[float], list[int], list[Emphasis]]:
    """Sizes in points, directions in degrees counter-clockwise (0, 90, 180, 270) and emphasis."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    flags_pointer = ctypes.byref(flags)
    matrices = (pdfium.FS_MATRIX * len(starts))()
    sizes: list[float] = []
    styles: list[Emphasis] = []
    for position, start in enumerate(starts):
        sizes.append(pdfium.FPDFText_GetFontSize(textpage, start))
        if position and sizes[-1] == sizes[-2] > UNSCALED and text[start - 1] != "\n":
            matrices[position] = matrices[position - 1]
        else:
            pdfium.FPDFText_GetMatrix(textpage, start, matrices[position])
        pdfium.FPDFText_GetFontInfo(textpage, start, name, 128, flags_pointer)
        key = name.value
        emphasis = fonts.get(key)
        if emphasis is None:
            emphasis = fonts[key] = _emphasis(key, flags.value)
        styles.append(emphasis)
    table = np.frombuffer(matrices, dtype=np.float32).reshape(-1, 6)
    scales = np.hypot(table[:, 2], table[:, 3])
    turns = (np.round(np.degrees(np.arctan2(table[:, 1], table[:, 0])) / 90).astype(int) % 4) * 90
    return (np.asarray(sizes) * scales).round(2).tolist(), turns.tolist(), styles


def _emphasis(name: bytes, flags: int) -> Emphasis:
    """What a font's name, or failing that its descriptor's flags, say."""
    if BOLD.search(name) or flags & FORCE_BOLD:
        return 2
    return 1 if ITALIC.search(name) or flags & ITALIC_FLAG else 0
