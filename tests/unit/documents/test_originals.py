"""Originals: whole and durable, or not there."""

import hashlib
from pathlib import Path

import pytest

from on_prem_rag.documents.originals import Originals, sha256_of
from on_prem_rag.errors import PayloadTooLarge


def test_a_kept_file_lies_under_its_hash_and_cannot_be_written(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    with originals.stage(100) as staged:
        staged.write(b"he")
        staged.write(b"llo")
        sha256 = staged.keep()
    assert sha256 == hashlib.sha256(b"hello").hexdigest() == sha256_of(originals.path(sha256))
    assert originals.path(sha256).stat().st_mode & 0o222 == 0
    assert list(tmp_path.iterdir()) == [originals.path(sha256)]


def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    with Originals(tmp_path).stage(100) as staged:
        staged.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_the_cap_holds_while_writing(tmp_path: Path) -> None:
    with Originals(tmp_path).stage(4) as staged:
        staged.write(b"1234")
        with pytest.raises(PayloadTooLarge):
            staged.write(b"5")
    assert list(tmp_path.iterdir()) == []


def test_the_same_bytes_twice_are_stored_once(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    for _ in range(2):
        with originals.stage(100) as staged:
            staged.write(b"same")
            staged.keep()
    assert len(list(originals.hashes())) == 1


def test_leavings_of_a_dead_process_are_swept_and_originals_stay(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    with originals.stage(100) as staged:
        staged.write(b"x")
        sha256 = staged.keep()
    (tmp_path / ".staged-dead").write_bytes(b"half")
    originals.sweep_staged()
    assert list(tmp_path.iterdir()) == [originals.path(sha256)]


def test_what_another_process_is_writing_is_not_swept(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    with originals.stage(100) as staged:
        staged.write(b"x")
        Originals(tmp_path).sweep_staged()
        assert staged.path.exists()
        staged.finish()
        Originals(tmp_path).sweep_staged()
        assert originals.path(staged.keep()).read_bytes() == b"x"
