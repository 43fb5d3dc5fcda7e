"""Segment files are whole to the byte; the probe's tests cut real ones apart."""

import struct
from pathlib import Path

import pytest

from on_prem_rag.index.segments import check_segments, differing_file, file_states


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """Three elements of 28 bytes with two links at most, the second also in the layer above."""
    folder = tmp_path / "segment"
    folder.mkdir()
    header = struct.pack("<IQQQQQQiIQQ", 1, 0, 4, 3, 28, 20, 12, 1, 1, 1, 2)
    (folder / "header.bin").write_bytes(header.ljust(100, b"\0"))
    elements = [struct.pack("<IIIffQ", 2, 1, 2, 1.0, 0.0, label) for label in range(3)]
    (folder / "data_level0.bin").write_bytes(b"".join(elements))
    (folder / "length.bin").write_bytes(bytes(12))
    upper = struct.pack("<III", 8, 1, 2)
    (folder / "link_lists.bin").write_bytes(bytes(4) + upper + bytes(4))
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


@pytest.mark.parametrize(
    ("name", "position", "number"),
    [
        ("header.bin", 20, 5),
        ("header.bin", 56, 3),
        ("data_level0.bin", 28, 3),
        ("data_level0.bin", 32, 3),
        ("link_lists.bin", 4, 12),
        ("link_lists.bin", 12, 3),
    ],
    ids=["elements", "entry", "links", "link", "upper lists", "upper link"],
)
def test_a_number_that_leads_outside_is_named(
    segment: Path, name: str, position: int, number: int
) -> None:
    """Each would have the process read memory that is not the segment's."""
    path = segment / name
    content = bytearray(path.read_bytes())
    content[position : position + 4] = struct.pack("<I", number)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="segment"):
        check_segments(segment.parent)


def test_a_file_that_changed_came_or_went_is_named(segment: Path) -> None:
    assert file_states(segment.parent) == {}, "it was never persisted"
    (segment / "index_metadata.pickle").touch()
    before = file_states(segment.parent)
    assert len(before) == 5
    assert differing_file(before, file_states(segment.parent)) is None
    (segment / "length.bin").write_bytes(bytes(13))
    assert differing_file(before, file_states(segment.parent)) == "segment/length.bin"
    (segment / "length.bin").unlink()
    assert differing_file(before, file_states(segment.parent)) == "segment/length.bin"
    (segment.parent / "chroma.sqlite3").touch()
    assert differing_file(before, file_states(segment.parent)) == "chroma.sqlite3"
