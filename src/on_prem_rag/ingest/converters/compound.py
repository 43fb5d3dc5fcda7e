"""Streams of an OLE compound file (MS-CFB), the container of DOC and PPT."""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import Self

import olefile  # type: ignore[import-untyped]

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.ooxml import Properties


class CompoundFile:
    """An open compound file; use as a context manager."""

    def __init__(self, path: Path) -> None:
        try:
            self._ole = olefile.OleFileIO(path)
        except Exception as error:
            raise UnreadableFile("The file is damaged: its structure cannot be read.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ole.close()

    def stream(self, name: str) -> bytes:
        """The bytes of a stream. Raises UnreadableFile."""
        try:
            with self._ole.openstream(name) as stream:
                return bytes(stream.read())
        except Exception as error:
            raise UnreadableFile(f"The file is damaged: its part {name!r} is missing.") from error

    def properties(self) -> Properties:
        """Title, author and creation date, as far as they are there."""
        try:
            found = self._ole.get_metadata()
        except Exception:  # noqa: BLE001 -- as above; a document is readable without them
            return Properties()
        encoding = f"cp{(found.codepage or 1252) % 0x10000}"
        encoding = "utf-8" if encoding == "cp65001" else encoding
        return Properties(_text(found.title, encoding), _text(found.author, encoding))


def unsigned(data: bytes, offset: int, size: int = 4) -> int:
    """A little-endian number. Raises UnreadableFile past the end of ``data``."""
    field = data[offset : offset + size]
    if offset < 0 or len(field) < size:
        raise UnreadableFile("The file is damaged: it is cut short.")
    return int.from_bytes(field, "little")


def unsigned_array(data: bytes, offset: int, count: int) -> tuple[int, ...]:
    """``count`` little-endian 32-bit numbers. Raises UnreadableFile past the end of ``data``."""
    if offset < 0 or count < 0 or offset + 4 * count > len(data):
        raise UnreadableFile("The file is damaged: it is cut short.")
    return struct.unpack_from(f"<{count}I", data, offset)


def _text(value: object, encoding: str) -> str | None:
    if not isinstance(value, bytes):
        return None
    try:
        return value.decode(encoding, "replace").strip("\0 ") or None
    except LookupError:
        return value.decode("cp1252", "replace").strip("\0 ") or None
