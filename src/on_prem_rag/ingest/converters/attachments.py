"""What a mail carries: each attachment is read by its own converter and added under its name."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from on_prem_rag.errors import AppError, FileTooComplex
from on_prem_rag.ingest import converters, detect
from on_prem_rag.ingest.converters.blocks import BlockWriter, clean_line

MAX_DEPTH = 4
MAX_ATTACHMENTS = 500
# Pictures in a mail are mostly logos and signatures; smaller ones are not worth a recognition.
_MIN_PICTURE_BYTES = 20_000
_PICTURES = frozenset({detect.PNG, detect.JPEG, detect.TIFF})

_depth: ContextVar[int] = ContextVar("attachment_depth", default=0)


class Attachment(NamedTuple):
    """A file in a mail; its name is data and never becomes a path."""

    name: str
    data: bytes


def write_attachments(attachments: Sequence[Attachment], writer: BlockWriter) -> None:
    """Add every readable attachment; what cannot be read becomes a warning."""
    if len(attachments) > MAX_ATTACHMENTS:
        raise FileTooComplex(f"The mail has more than {MAX_ATTACHMENTS} attachments.")
    if attachments and _depth.get() >= MAX_DEPTH:
        writer.warn("Mails nested more deeply than four levels were left out.")
        return
    token = _depth.set(_depth.get() + 1)
    try:
        for attachment in attachments:
            _write_attachment(attachment, writer)
    finally:
        _depth.reset(token)


def _write_attachment(attachment: Attachment, writer: BlockWriter) -> None:
    name = clean_line(attachment.name)[:200] or "attachment"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attachment"
        path.write_bytes(attachment.data)
        try:
            media_type = detect.detect(path, name)
            if media_type in _PICTURES and len(attachment.data) < _MIN_PICTURE_BYTES:
                return
            parsed = converters.convert(path, writer.options, file_name=name, media_type=media_type)
        except FileTooComplex:
            raise
        except AppError as error:
            writer.warn(f"The attachment {name!r} was left out. {error.message}")
            return
    if parsed.blocks:
        writer.heading(name, 1)
        writer.extend(parsed.blocks)
    for warning in parsed.warnings:
        writer.warn(f"{name}: {warning}")
