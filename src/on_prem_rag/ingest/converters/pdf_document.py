"""Opening a PDF with pdfium's raw interface: clear errors, metadata, pages one at a time."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

from on_prem_rag.errors import EmptyFile, EncryptedFile, UnreadableFile

PDF_DATE = re.compile(
    r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-])(\d\d)'?(\d\d)?'?)?"
)

NO_TITLE = re.compile(
    r"^(?:untitled|unknown|document\d*|microsoft (?:word|powerpoint|excel)|powerpoint|slide \d)"
    r"|\.(?:docx?|xlsx?|pptx?|pdf|indd|qxd|rtf|txt|html?|tex|dvi|ps|eps|fm|p65)$"
    r"|^[0-9a-f-]{16,}$|^[a-z]:|^/|^file:",
    re.IGNORECASE,
)


@contextmanager
def open_pdf(path: Path) -> Iterator[Any]:
    """The pdfium document of ``path``; an empty user password is tried by pdfium itself.

    Raises ``EmptyFile``, ``EncryptedFile`` or ``UnreadableFile``.
    """
    if path.stat().st_size == 0:
        raise EmptyFile("The PDF is empty (0 bytes).")
    document = pdfium.FPDF_LoadDocument(bytes(path), None)
    if not document:
        if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise EncryptedFile("The PDF needs a password.")
        raise UnreadableFile("The PDF is damaged or not a PDF.")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def open_page(document: Any, index: int) -> Iterator[Any]:
    """Page ``index`` (from 0) of ``document``, or None when pdfium cannot read it."""
    page = pdfium.FPDF_LoadPage(document, index)
    try:
        yield page or None
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def metadata(document: Any, key: str) -> str | None:
    """The document information entry ``key`` ("Title", "Author"), None when absent or blank."""
    length = pdfium.FPDF_GetMetaText(document, key.encode(), None, 0)
    if length <= 2:
        return None
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDF_GetMetaText(document, key.encode(), buffer, length)
    text = buffer.raw[:length].decode("utf-16-le", "ignore")
    text = " ".join(text.replace("\x00", " ").split())
    return text or None


def sensible_title(text: str | None) -> str | None:
    """``text`` unless it is what a program wrote for want of a title, such as a file's name."""
    if text is None or NO_TITLE.search(text) or sum(map(str.isalpha, text)) < 4:
        return None
    return text


def parse_date(text: str | None) -> datetime | None:
    """The aware UTC time of a PDF date ("D:20240131120000+01'00'"), None when it is no date."""
    match = PDF_DATE.match(text or "")
    if match is None:
        return None
    year, *rest = (int(part) if part else None for part in match.groups()[:6])
    month, day, hour, minute, second = rest
    sign = -1 if match[7] == "-" else 1
    offset = sign * timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    try:
        zone = timezone(offset)
        moment = datetime(
            year or 0,
            month or 1,
            day or 1,
            hour or 0,
            minute or 0,
            min(second or 0, 59),
            tzinfo=zone,
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
