"""Text from bytes of unknown encoding."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LATIN = ["cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2"]
_SAMPLE_BYTES = 256 * 1024


def decode(data: bytes, declared: str | None = None) -> str:
    """``data`` as text; bytes that mean nothing become U+FFFD, so this never fails.

    Tried in order: a byte order mark, UTF-16 without one, the ``declared`` encoding, UTF-8, what
    the frequencies of the bytes suggest.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    # Before UTF-8: Latin text in UTF-16 is valid UTF-8 too, with a zero beside every letter.
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if max(even, odd) > len(data) // 5 and min(even, odd) <= len(data) // 50:
        return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    for candidate in (declared, "utf-8"):
        text = _strict(data, candidate)
        if text is not None:
            return text
    return data.decode(_guess(data), "replace")


def _strict(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(data: bytes) -> str:
    """An 8-bit or East Asian encoding; Windows' Western one unless the evidence is against it.

    A Latin script marks few of its letters with accents, so short Western texts give a detector
    little to go by and it picks rare code pages; other scripts have most letters beyond ASCII.
    """
    if _broken_characters(data) * 20 < _whole_characters(data):
        return "utf-8"
    sample = data[:_SAMPLE_BYTES]
    beyond = sum(byte >= 0x80 for byte in sample)
    visible = sum(byte > 0x20 for byte in sample)
    if beyond * 5 > visible:
        best = from_bytes(sample).best()
        return best.encoding if best is not None else "cp1252"
    best = from_bytes(sample, cp_isolation=_LATIN).best()
    return best.encoding if best is not None and best.coherence > 0 else "cp1252"


def _broken_characters(data: bytes) -> int:
    return data.decode("utf-8", "replace").count("\ufffd")


def _whole_characters(data: bytes) -> int:
    return sum(ord(character) > 0x7F for character in data.decode("utf-8", "ignore"))
