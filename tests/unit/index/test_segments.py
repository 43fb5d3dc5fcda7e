"""Segment files are whole to the byte; the probe's tests cut real ones apart."""

import struct
from pathlib import Path

import pytest

from on_prem_rag.index.segments import check_segments


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """Three elements of 20 bytes, the second with 8 bytes of links in upper layers."""
    folder = tmp_path / "segment"
    folder.mkdir()
    (folder / "header.bin").write_bytes(struct.pack("<IQQQQ", 1, 0, 4, 3, 20).ljust(100, b"\0"))
    (folder / "data_level0.bin").write_bytes(bytes(60))
    (folder / "length.bin").write_bytes(bytes(12))
    (folder / "link_lists.bin").write_bytes(bytes(4) + struct.pack("<I", 8) + bytes(8) + bytes(4))
    return folder


def test_whole_segments_and_none_at_all_pass(segment: Path, tmp_path: Path) -> None:
    check_segments(segment.parent)
    check_segments(tmp_path / "absent")


@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin", "length.bin", "link_lists.bin"])
def test_a_byte_too_few_is_named(segment: Path, name: str) -> None:
    path = segment / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"{name} is not whole"):
        check_segments(segment.parent)


def test_links_past_the_last_element_are_named(segment: Path) -> None:
    path = segment / "link_lists.bin"
    path.write_bytes(path.read_bytes() + bytes(4))
    with pytest.raises(ValueError, match="link_lists"):
        check_segments(segment.parent)
