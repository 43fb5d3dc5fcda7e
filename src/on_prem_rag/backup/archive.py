"""Writing and reading the archive of a snapshot: a tar, compressed by zstd, sealed by age or not.

What is read is trusted in nothing: every member must be a plain file that the manifest lists, in
its place, with its size and hash, and nothing may follow.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO

import zstandard

from on_prem_rag.backup.errors import BackupKeyMissing, SnapshotBroken
from on_prem_rag.backup.manifest import MANIFEST, MEMBERS, Manifest
from on_prem_rag.backup.seal import SUFFIX, Identities, Recipients
from on_prem_rag.documents.originals import sha256_of

Progress = Callable[[str, int, int], None]
"""Called with a stage, what is done of it and its whole, in bytes or things."""
_LEVEL = 3
_THREADS = 2
_PIECE = 1024 * 1024
_MAX_MANIFEST = 64 * 1024 * 1024
_OTHER_HASH = "The archive is not what was written: its hash differs."


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


def write_archive(
    target: BinaryIO,
    manifest: Manifest,
    folder: Path,
    recipients: Recipients,
    progress: Progress = silent,
) -> None:
    """Write the manifest and its members, which lie in ``folder``, to ``target``."""
    total = sum(member.size for member in manifest.members)
    done = 0
    with ExitStack() as stack:
        sealed = stack.enter_context(recipients.seal(target)) if recipients else target
        compressor = zstandard.ZstdCompressor(_LEVEL, threads=_THREADS, write_checksum=True)
        packed = stack.enter_context(compressor.stream_writer(sealed, closefd=False))
        tar = stack.enter_context(
            tarfile.open(mode="w|", fileobj=packed, format=tarfile.PAX_FORMAT)
        )
        body = manifest.to_json()
        tar.addfile(_entry(MANIFEST, len(body)), io.BytesIO(body))
        for member in manifest.members:
            with (folder / member.path).open("rb") as file:
                told = _Told(file, partial(_tell_archive, progress, done, total))
                tar.addfile(_entry(member.path, member.size), told)
            done += member.size


def read_archive(
    path: Path,
    sha256: str,
    identities: Identities,
    into: Path | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Read an archive whole and check every byte; its members are written to ``into`` if given.

    ``sha256`` is what the whole file must have. Raises SnapshotBroken, SnapshotForeign,
    SnapshotTooNew or BackupKeyMissing.
    """
    try:
        with _opened(path, sha256, identities) as tar:
            return _read_members(tar, into, progress)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise SnapshotBroken(f"The archive is damaged or cut short ({error}).") from None
    except BackupKeyMissing:
        # A damaged header fits no key either.
        if sha256_of(path) != sha256:
            raise SnapshotBroken(_OTHER_HASH) from None
        raise


def _tell_archive(progress: Progress, before: int, total: int, read: int) -> None:
    progress("archive", before + read, total)


def _read_members(tar: tarfile.TarFile, into: Path | None, progress: Progress) -> Manifest:
    manifest = _read_manifest(tar)
    total = sum(member.size for member in manifest.members)
    done = 0
    for member in manifest.members:
        source = _next_file(tar, member.path, member.size)
        digest = hashlib.sha256()
        with ExitStack() as stack:
            out = stack.enter_context((into / member.path).open("xb")) if into else None
            while piece := source.read(_PIECE):
                digest.update(piece)
                done += len(piece)
                progress("verify", done, total)
                if out is not None:
                    out.write(piece)
        if digest.hexdigest() != member.sha256:
            raise SnapshotBroken(f"{member.path} is not what was written: its hash differs.")
    if tar.next() is not None:
        raise SnapshotBroken("The archive holds more than its manifest lists.")
    return manifest


@contextmanager
def _opened(path: Path, sha256: str, identities: Identities) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as file:
        hashed = _Hashed(file)
        sealed = SUFFIX in path.suffixes
        with identities.open(hashed) if sealed else nullcontext(hashed) as packed:
            reader = zstandard.ZstdDecompressor().stream_reader(packed, closefd=False)
            with reader as plain, tarfile.open(mode="r|", fileobj=plain) as tar:
                yield tar
            while packed.read(_PIECE):
                pass
        while hashed.read(_PIECE):
            pass
    if hashed.sha256 != sha256:
        raise SnapshotBroken(_OTHER_HASH)


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    source = _next_file(tar, MANIFEST, None)
    return Manifest.from_json(source.read(_MAX_MANIFEST))


def _next_file(tar: tarfile.TarFile, path: str, size: int | None) -> BinaryIO:
    entry = tar.next()
    if entry is None:
        raise SnapshotBroken(f"The archive lacks {path}.")
    if entry.name != path or not entry.isreg() or entry.issparse():
        raise SnapshotBroken(f"The archive holds something else where {path} should be.")
    if size is not None and entry.size != size:
        raise SnapshotBroken(f"{path} has {entry.size} bytes instead of {size}.")
    file = tar.extractfile(entry)
    if file is None:
        raise SnapshotBroken(f"{path} cannot be read.")
    return file  # type: ignore[return-value]


def _entry(path: str, size: int) -> tarfile.TarInfo:
    if path not in (MANIFEST, *MEMBERS):
        raise ValueError(f"{path} is no member of a snapshot")
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, 0o600
    return entry


class _Told(io.BytesIO):
    """A file whose reading is told."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._tell, self._read = file, tell, 0

    def read(self, size: int | None = -1) -> bytes:
        piece = self._file.read(-1 if size is None else size)
        self._read += len(piece)
        self._tell(self._read)
        return piece


class _Hashed(io.BytesIO):
    """A file whose reading is hashed."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._digest = file, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int | None = -1) -> bytes:
        piece = self._file.read(-1 if size is None else size)
        self._digest.update(piece)
        return piece
