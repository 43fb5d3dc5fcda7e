"""Looking for what must not be there in the bytes of files, whatever program wrote them."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np


def written_forms(word: str) -> dict[str, bytes]:
    """A word of ASCII in the encodings in which it might lie in a file."""
    plain = word.encode()
    forms = {
        "utf-8": plain,
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
    }
    for shift in range(3):
        # What is around the word changes the first and the last characters of base64.
        forms[f"base64+{shift}"] = base64.b64encode(b"\0" * shift + plain)[4:-4]
    return forms


def files_below(directory: Path) -> Iterator[Path]:
    """Every file; folders may go while they are looked through, which rglob does not bear."""
    for folder, _, names in os.walk(directory):
        yield from (Path(folder, name) for name in names)


def grep(directory: Path, needles: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """(label, file) of every needle that lies in a file under ``directory``.

    Models are left out: they are links to files older than any needle.
    """
    found = set()
    for path in files_below(directory):
        if "models" in path.parts or not path.is_file():
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        relative = path.relative_to(directory).as_posix()
        found |= {(label, relative) for label, needle in needles.items() if needle in data}
    return found


def vectors_in_hnsw_files(directory: Path, vectors: Iterable[bytes]) -> int:
    """How many of ``vectors`` (float32) lie in HNSW files, which keep them scaled anew."""
    wanted = np.array([np.frombuffer(vector, dtype="<f4") for vector in vectors])
    best = np.zeros(len(wanted))
    for header in files_below(directory):
        if header.name != "header.bin":
            continue
        try:
            _, _, _, count, size = struct.unpack_from("<IQQQQ", header.read_bytes())
            raw = (header.parent / "data_level0.bin").read_bytes()[: count * size]
        except FileNotFoundError:
            continue
        rows = np.frombuffer(raw, dtype=np.uint8).reshape(count, size)
        # An element is its links, the vector, and a label of 8 bytes.
        start = size - 8 - wanted.shape[1] * 4
        held = np.ascontiguousarray(rows[:, start : size - 8]).view("<f4")
        if len(held):
            best = np.maximum(best, (wanted @ held.T).max(axis=1))
    return int((best > 0.9999).sum())
