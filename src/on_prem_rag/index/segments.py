"""Whether the files of a Chroma segment are whole.

hnswlib reads a file that was cut short without complaint and takes chance memory for the rest,
which may end the process at some later search. Layout as hnswlib writes it (little-endian):
header.bin begins with version (4 bytes), offset, capacity, element count and bytes an element (8
each); data_level0.bin is the elements; length.bin is 4 bytes an element; link_lists.bin is, for
each element, a size in 4 bytes and then so many bytes.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER = struct.Struct("<IQQQQ")
_HEADER_BYTES = 100


def check_segments(directory: Path) -> None:
    """Check every segment in a Chroma directory. Raises ValueError naming the first bad file."""
    for header in directory.glob("*/header.bin"):
        _check_segment(header.parent)


def _check_segment(segment: Path) -> None:
    header = (segment / "header.bin").read_bytes()
    if len(header) != _HEADER_BYTES:
        raise ValueError(f"{segment / 'header.bin'} is not whole")
    _, _, _, count, element_bytes = _HEADER.unpack_from(header)
    for name, wanted in (("data_level0.bin", count * element_bytes), ("length.bin", count * 4)):
        if (segment / name).stat().st_size < wanted:
            raise ValueError(f"{segment / name} is not whole")
    links = (segment / "link_lists.bin").read_bytes()
    position = 0
    for _ in range(count):
        if position + 4 > len(links):
            raise ValueError(f"{segment / 'link_lists.bin'} is not whole")
        position += 4 + int.from_bytes(links[position : position + 4], "little")
    if position != len(links):
        raise ValueError(f"{segment / 'link_lists.bin'} is not whole")
