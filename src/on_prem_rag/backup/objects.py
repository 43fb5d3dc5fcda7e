"""Originals in a repository: each once, by its SHA-256, sealed or not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import BinaryIO

from on_prem_rag.backup.archive import Progress, silent
from on_prem_rag.backup.errors import SnapshotBroken
from on_prem_rag.backup.repository import PARTIAL, Repository, open_private
from on_prem_rag.backup.seal import SUFFIX, Identities, Recipients
from on_prem_rag.documents.originals import fsync_folder, sha256_of

_THREADS = 4
_PIECE = 1024 * 1024
_SUMS = "objects.sums"


class ObjectStore:
    """Puts originals into a repository and takes them out again, every byte checked."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Those of ``hashes`` that the repository does not hold yet."""
        held = {path.name.removesuffix(SUFFIX) for path in self._repository.objects.iterdir()}
        return sorted(set(hashes) - held)

    def add(
        self,
        originals: Path,
        sizes: Mapping[str, int],
        recipients: Recipients,
        progress: Progress = silent,
    ) -> tuple[int, list[str]]:
        """Copy originals of these hashes and sizes; returns the bytes added and those lost.

        Lost is what is missing or is not what its name says. When this returns, all is durable and
        was read back.
        """
        total, done, added, lost = sum(sizes.values()), 0, 0, []
        sums: list[str] = []
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="copy") as pool:
            copying = [pool.submit(self._copy, originals / h, h, recipients) for h in sizes]
            for sha256, copied in zip(sizes, copying, strict=True):
                stored = copied.result()
                done += sizes[sha256]
                progress("originals", done, total)
                if stored is None:
                    lost.append(sha256)
                else:
                    added += stored[1]
                    sums.append(f"{stored[0]}  {sha256}{SUFFIX}\n")
        fsync_folder(self._repository.objects)
        if recipients and sums:
            self._note(sums)
        return added, lost

    def verify(self, hashes: Iterable[str], identities: Identities, progress: Progress) -> None:
        """Read objects whole. Raises SnapshotBroken naming the first that is not what it should be.

        Sealed ones are opened when there is a key, else their sealed bytes are compared.
        """
        wanted = sorted(hashes)
        sums = self._sums() if not identities else {}
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="verify") as pool:
            checking = pool.map(lambda each: self._check(each, identities, sums), wanted)
            for number, _ in enumerate(checking, 1):
                progress("objects", number, len(wanted))

    def require(self, hashes: Iterable[str]) -> None:
        """Raise SnapshotBroken unless all are there."""
        gone = self.missing(hashes)
        if gone:
            raise SnapshotBroken(f"{len(gone)} originals are missing, the first is {gone[0]}.")

    def take_out(self, sha256: str, identities: Identities, target: Path) -> None:
        """Write an original to ``target``, durably. Raises SnapshotBroken or BackupKeyMissing."""
        path = self._repository.object_path(sha256)
        if path is None:
            raise SnapshotBroken(f"The original {sha256} is missing.")
        with open_private(target) as out:
            if _hash(path, identities, out) != sha256:
                raise SnapshotBroken(f"The original {sha256} was changed.")
            out.flush()
            os.fsync(out.fileno())
        target.chmod(0o440)

    def collect(self, needed: set[str]) -> tuple[int, int]:
        """Remove what no snapshot needs; returns how many and their bytes."""
        removed = freed = 0
        for path in self._repository.objects.iterdir():
            if path.name.removesuffix(SUFFIX) not in needed and not path.name.endswith(PARTIAL):
                freed += path.stat().st_size
                path.unlink()
                removed += 1
        fsync_folder(self._repository.objects)
        return removed, freed

    def _copy(self, source: Path, sha256: str, recipients: Recipients) -> tuple[str, int] | None:
        """Hash and size of what was stored; None when the original is lost."""
        target = self._repository.objects / f"{sha256}{SUFFIX if recipients else ''}"
        partial = target.with_name(f"{target.name}{PARTIAL}")
        digest = hashlib.sha256()
        try:
            with source.open("rb") as file, open_private(partial) as out:
                with recipients.seal(out) if recipients else nullcontext(out) as sealed:
                    while piece := file.read(_PIECE):
                        digest.update(piece)
                        sealed.write(piece)
                out.flush()
                os.fsync(out.fileno())
                size = out.tell()
        except FileNotFoundError:
            return None
        stored = read_back(partial)
        if digest.hexdigest() != sha256 or (not recipients and stored != sha256):
            partial.unlink()
            return None
        partial.replace(target)
        return stored, size

    def _check(self, sha256: str, identities: Identities, sums: Mapping[str, str]) -> None:
        path = self._repository.object_path(sha256)
        if path is None:
            raise SnapshotBroken(f"The original {sha256} is missing.")
        sealed = path.name.endswith(SUFFIX)
        if sealed and not identities:
            sound = read_back(path) == sums.get(path.name)
        else:
            sound = _hash(path, identities, None) == sha256
        if not sound:
            raise SnapshotBroken(f"The original {sha256} was changed.")

    def _note(self, lines: list[str]) -> None:
        """Append to the sums of sealed objects, in the form that sha256sum checks."""
        with (self._repository.root / _SUMS).open("a") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())

    def _sums(self) -> dict[str, str]:
        try:
            text = (self._repository.root / _SUMS).read_text()
        except FileNotFoundError:
            return {}
        pairs = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
        return {name: sha256 for sha256, name in pairs}


def _hash(path: Path, identities: Identities, out: BinaryIO | None) -> str:
    """SHA-256 of the plain bytes, which are written to ``out`` on the way."""
    digest = hashlib.sha256()
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(path.open("rb"))
        if path.name.endswith(SUFFIX):
            file = stack.enter_context(identities.open(file))
        while piece := file.read(_PIECE):
            digest.update(piece)
            if out is not None:
                out.write(piece)
    return digest.hexdigest()


def read_back(path: Path) -> str:
    """SHA-256 of what lies on the disk, not in the cache of this machine's memory."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return sha256_of(path)
