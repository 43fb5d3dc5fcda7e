"""Whether the files of a Chroma directory are whole, and whether they are as they were left.

hnswlib reads a file that was cut short without complaint and takes chance memory for the rest,
which may end the process at some later search; so does a link to an element that is not there.
Layout as hnswlib writes it (little-endian): header.bin is version (4 bytes), then offset of level
0, capacity, element count, bytes an element, offset of the label and of the vector, (8 each),
highest level, entry point (4 each), most links above level 0 and on it (8 each), and more;
data_level0.bin is the elements, each begins with its number of links in 2 of 4 bytes and the links;
length.bin is 4 bytes an element; link_lists.bin is, for each element, a size in 4 bytes and then so
many bytes: lists of links of the upper levels, each as long as the longest may be.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

_HEADER = struct.Struct("<IQQQQQQiIQQ")
_HEADER_BYTES = 100
_ELEMENTS_READ = 50_000
_METADATA = "index_metadata.pickle"
FileStates = dict[str, tuple[int, int]]
"""Size and time of the last change (ns) of each file, by its path within the directory."""


@dataclass(frozen=True, slots=True)
class _Header:
    count: int
    element_bytes: int
    vector_offset: int
    highest_level: int
    entry_point: int
    most_above: int
    most_links: int


def file_states(directory: Path) -> FileStates:
    """The files that hold vectors, as they are now.

    Chroma writes them only when it is written to, never while it is searched. A segment that was
    never persisted has no metadata; its vectors are in the database file, and what lies there is
    made anew whenever it is opened.
    """
    segments = [path.parent.glob("*") for path in directory.glob(f"*/{_METADATA}")]
    found = {}
    for path in chain([directory / "chroma.sqlite3"], *segments):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        found[path.relative_to(directory).as_posix()] = (state.st_size, state.st_mtime_ns)
    return found


def differing_file(before: FileStates, now: FileStates) -> str | None:
    """A file that changed, came or went."""
    return min((n for n in before.keys() | now.keys() if before.get(n) != now.get(n)), default=None)


def check_segments(directory: Path) -> None:
    """Check every segment in a Chroma directory. Raises ValueError naming the first bad file."""
    for header in directory.glob("*/header.bin"):
        _check_segment(header.parent)


def _check_segment(segment: Path) -> None:
    header = _read_header(segment / "header.bin")
    sizes = (
        ("data_level0.bin", header.count * header.element_bytes),
        ("length.bin", header.count * 4),
    )
    for name, wanted in sizes:
        if (segment / name).stat().st_size < wanted:
            raise ValueError(f"{segment / name} is not whole")
    _check_links(segment / "data_level0.bin", header)
    _check_upper_links(segment / "link_lists.bin", header)


def _read_header(path: Path) -> _Header:
    content = path.read_bytes()
    if len(content) != _HEADER_BYTES:
        raise ValueError(f"{path} is not whole")
    (_, _, capacity, count, element_bytes, label, vector, level, entry, above, links) = (
        _HEADER.unpack_from(content)
    )
    header = _Header(count, element_bytes, vector, level, entry, above, links)
    fits = count <= capacity and vector == 4 + 4 * links <= label < element_bytes
    if not fits or (count and (entry >= count or level < 0)):
        raise ValueError(f"{path} contradicts itself")
    return header


def _check_links(path: Path, header: _Header) -> None:
    """Every element of level 0 links to elements that are there."""
    if header.count == 0:
        return
    content = np.memmap(path, np.uint8, "r")[: header.count * header.element_bytes]
    elements = content.reshape(header.count, header.element_bytes)
    for start in range(0, header.count, _ELEMENTS_READ):
        part = elements[start : start + _ELEMENTS_READ]
        links = np.ascontiguousarray(part[:, : header.vector_offset]).view("<u4")
        _require_links(path, links, header.most_links, header.count)


def _check_upper_links(path: Path, header: _Header) -> None:
    content, position = path.read_bytes(), 0
    list_bytes = 4 + 4 * header.most_above
    for _ in range(header.count):
        if position + 4 > len(content):
            raise ValueError(f"{path} is not whole")
        size = int.from_bytes(content[position : position + 4], "little")
        position += 4
        if size % list_bytes or size // list_bytes > header.highest_level:
            raise ValueError(f"{path} contradicts the header")
        if position + size > len(content):
            raise ValueError(f"{path} is not whole")
        lists = np.frombuffer(content, "<u4", size // 4, position).reshape(-1, list_bytes // 4)
        _require_links(path, lists, header.most_above, header.count)
        position += size
    if position != len(content):
        raise ValueError(f"{path} is not whole")


def _require_links(path: Path, lists: npt.NDArray[np.uint32], most: int, count: int) -> None:
    """Lists of links, a row each: how many in the low half of the first number, then the links."""
    used = lists[:, :1] & 0xFFFF
    outside = (lists[:, 1:] >= count) & (np.arange(most) < used)
    if (used > most).any() or outside.any():
        raise ValueError(f"{path} links to elements that are not there")
