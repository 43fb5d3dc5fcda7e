"""Searching raw files for ids, whatever wrote them and in whatever form."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_READ_BYTES = 4 * 1024**2
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UUID_BYTES = 36


@dataclass(frozen=True, slots=True)
class FilesSearched:
    """How much was read, and which of the ids are in it."""

    files: int
    size_bytes: int
    found: frozenset[str]


def search_files(directory: Path, ids: Collection[str]) -> FilesSearched:
    """Read every file under ``directory`` and look for UUIDs in their written form."""
    wanted = {value.encode() for value in ids}
    found: set[bytes] = set()
    files = size = 0
    # Folders and files may go while they are read: their successors are read, or were.
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(FileNotFoundError):
                size += _search(Path(folder, name), wanted, found)
                files += 1
    return FilesSearched(files, size, frozenset(value.decode() for value in found))


def _search(path: Path, wanted: set[bytes], found: set[bytes]) -> int:
    size, kept = 0, b""
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            size += len(data)
            # An id may begin in one piece and end in the next.
            kept += data
            found.update(wanted.intersection(_UUID.findall(kept)))
            kept = kept[-(_UUID_BYTES - 1) :]
    return size
