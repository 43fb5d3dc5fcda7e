"""The words of a page and their boxes as one compressed blob."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

_FLOATS_PER_WORD = 8
"""A box, and the box of a hyphenated word's second half (NaN when there is none)."""


class PageWords(NamedTuple):
    """``texts[i]`` stands in ``boxes[i]``: x0, y0, x1, y1, then a second half's four or NaN."""

    texts: list[str]
    boxes: NDArray[np.float32]


def encode_words(texts: Sequence[str], boxes: NDArray[np.float32]) -> bytes:
    """Pack words; ``boxes`` has shape (len(texts), 8)."""
    text = "\n".join(texts).encode()
    head = len(texts).to_bytes(4, "little")
    packed = head + np.ascontiguousarray(boxes, dtype="<f4").tobytes() + text
    return zstandard.ZstdCompressor(level=3).compress(packed)


def decode_words(blob: bytes) -> PageWords:
    """Unpack what ``encode_words`` packed."""
    packed = zstandard.ZstdDecompressor().decompress(blob)
    count = int.from_bytes(packed[:4], "little")
    end = 4 + count * _FLOATS_PER_WORD * 4
    boxes = np.frombuffer(packed[4:end], dtype="<f4").reshape(count, _FLOATS_PER_WORD)
    texts = packed[end:].decode().split("\n") if count else []
    return PageWords(texts, boxes)
