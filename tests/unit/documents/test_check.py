"""Lost, changed and orphaned originals are named, and so are vectors that are none."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from tests.index_rows import FIRST_MODEL, IndexRows
from tests.unit.documents.conftest import ANN, Library

from on_prem_rag.db.session import Database
from on_prem_rag.documents.check import Finding, StoredCheck
from on_prem_rag.documents.models import Embedding
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import DocumentService

HOURS_AGO = 3 * 3600


def progress(*_: object) -> None:
    """Nobody watches."""


def check_originals(library: Library, *, read_data: bool = False) -> list[tuple[str, str | None]]:
    check = StoredCheck(library.database, library.documents)
    found = list(check.check_originals(progress, read_data=read_data))
    assert {finding.store for finding in found} <= {"originals"}
    return [(finding.kind, finding.version_id) for finding in found]


def test_originals_that_are_lost_or_changed_are_named(library: Library) -> None:
    whole, lost, short, flipped = (
        library.upload(f"{n}.txt", f"file {n}".encode()).version for n in range(4)
    )
    assert check_originals(library, read_data=True) == []
    path = library.originals.path
    path(lost.sha256).unlink()
    for version, data in ((short, b"file"), (flipped, b"FILE 3")):
        path(version.sha256).chmod(0o600)
        path(version.sha256).write_bytes(data)
    expected = {("missing", lost.id), ("changed", short.id)}
    assert set(check_originals(library)) == expected
    assert set(check_originals(library, read_data=True)) == {*expected, ("changed", flipped.id)}
    assert path(whole.sha256).exists()


def test_a_version_deleted_meanwhile_is_no_loss(library: Library) -> None:
    upload = library.upload("a.txt", b"a")
    check = StoredCheck(library.database, library.documents)

    def delete(*_: object) -> None:
        with library.database.write() as session:
            deletion = library.documents.delete(session, ANN, upload.document.id)
        library.remove_originals(deletion)

    assert list(check.check_originals(delete, read_data=False)) == []
    assert check.originals == 1


def test_orphans_are_old_and_ours_and_go_with_repair(library: Library) -> None:
    kept = library.upload("a.txt", b"a").version.sha256
    old, young = "a" * 64, "b" * 64
    for name in (old, young, "a note of the administrator"):
        library.originals.path(name).write_bytes(b"x")
    for name in (old, kept, "a note of the administrator"):
        age = library.originals.path(name).stat().st_mtime - HOURS_AGO
        os.utime(library.originals.path(name), (age, age))
    check = StoredCheck(library.database, library.documents)
    found = list(check.check_orphans(progress, repair=False))
    assert found == [Finding("originals", "orphan", ids=(old,))]
    assert library.originals.path(old).exists()
    [repaired] = check.check_orphans(progress, repair=True)
    assert repaired.repaired
    assert not library.originals.path(old).exists()
    for name in (kept, young, "a note of the administrator"):
        assert library.originals.path(name).exists()
    assert list(check.check_orphans(progress, repair=True)) == []


@pytest.fixture
def rows(database_url: str) -> Iterator[IndexRows]:
    database = Database(database_url)
    yield IndexRows(database)
    database.close()


@pytest.mark.parametrize(
    "blob",
    [b"", b"\0" * 28, np.zeros(8, "<f4").tobytes(), np.full(8, np.nan, "<f4").tobytes()],
    ids=["empty", "short", "zero", "nan"],
)
def test_vectors_that_are_none_are_found_by_reading_and_removed(
    rows: IndexRows, tmp_path: Path, blob: bytes
) -> None:
    rows.model()
    first, second = rows.publish(rows.collection(), "a", ["one", "two"])
    documents = DocumentService(Originals(tmp_path / "originals"), DocumentRepository())
    check = StoredCheck(rows.database, documents)

    def found(*, read_data: bool, repair: bool = False) -> list[tuple[str, tuple[str, ...]]]:
        findings = check.check_embeddings(progress, read_data=read_data, repair=repair)
        return [(finding.kind, finding.ids) for finding in findings]

    assert found(read_data=True) == []
    with rows.database.write() as session:
        session.execute(
            update(Embedding)
            .where(Embedding.chunk_id == first, Embedding.model_id == FIRST_MODEL.id)
            .values(vector=blob)
        )
    assert found(read_data=False) == []
    assert found(read_data=True, repair=True) == [("changed", (first,))]
    assert found(read_data=True) == [("missing", (first,))]
    assert second != first
