"""Encryption by age, as streams; a snapshot without recipients is not encrypted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from on_prem_rag.backup.errors import BackupKeyMissing, SnapshotBroken
from on_prem_rag.errors import ConfigurationError

SUFFIX = ".age"
_PIPE_BYTES = 1024 * 1024


class Recipients:
    """Public keys (``age1…``) whose holders can each open what is sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        from pyrage import x25519  # noqa: PLC0415 - only where backups are made

        try:
            self._recipients = [x25519.Recipient.from_str(key) for key in keys]
        except Exception as error:  # noqa: BLE001 - pyrage's own exception type is not public
            raise ConfigurationError(
                f"BACKUP_RECIPIENTS holds what is not an age key ({error}).",
                hint="A recipient is the line `age1…` that age-keygen prints.",
            ) from None

    def __bool__(self) -> bool:
        return bool(self._recipients)

    @contextmanager
    def seal(self, target: BinaryIO) -> Iterator[BinaryIO]:
        """A stream whose plain bytes arrive encrypted in ``target``."""
        import pyrage  # noqa: PLC0415

        def encrypt(reading: BinaryIO) -> None:
            pyrage.encrypt_io(reading, target, self._recipients)

        with _written_through(encrypt) as stream:
            yield stream


class Identities:
    """Private keys (``AGE-SECRET-KEY-1…``), any of which may open a snapshot."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        from pyrage import x25519  # noqa: PLC0415

        lines = [line.strip() for text in texts for line in text.splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        try:
            self._identities = [x25519.Identity.from_str(key) for key in keys]
        except Exception:  # noqa: BLE001 - and its message could hold the key
            raise ConfigurationError(
                "An identity is not an age key.",
                hint="An identity file holds the line AGE-SECRET-KEY-1… that age-keygen wrote.",
            ) from None

    @classmethod
    def from_files(cls, paths: Sequence[Path], *texts: str) -> Identities:
        """Read identity files, as age-keygen writes them. Raises ConfigurationError."""
        try:
            return cls([*(path.read_text() for path in paths), *texts])
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"An identity file cannot be read: {error}.") from None

    def __bool__(self) -> bool:
        return bool(self._identities)

    def public_keys(self) -> list[str]:
        """The recipients that these identities open."""
        return [str(identity.to_public()) for identity in self._identities]

    @contextmanager
    def open(self, sealed: BinaryIO) -> Iterator[BinaryIO]:
        """The plain bytes of ``sealed`` as a stream.

        Raises BackupKeyMissing without a fitting key, SnapshotBroken when the bytes were changed;
        the latter no later than when the block ends.
        """
        import pyrage  # noqa: PLC0415

        if not self._identities:
            raise BackupKeyMissing("The snapshot is encrypted, and no key was given.")

        def decrypt(writing: BinaryIO) -> None:
            try:
                pyrage.decrypt_io(sealed, writing, self._identities)
            except pyrage.DecryptError as error:
                if "No matching keys" in str(error):
                    raise BackupKeyMissing("None of the keys given opens this snapshot.") from None
                raise SnapshotBroken("The encrypted bytes were changed or cut short.") from None
            except OSError as error:
                if error.errno is not None:
                    raise  # the disk's, or the reader's who stopped early
                raise SnapshotBroken("The encrypted bytes were changed or cut short.") from None

        with _read_through(decrypt) as stream:
            yield stream


@contextmanager
def _written_through(consume: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """A stream whose bytes ``consume`` reads on a thread; its error is raised at the end."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(reading, "rb", _PIPE_BYTES) as source:
            try:
                consume(source)
            except BaseException as error:  # noqa: BLE001 - raised by the other thread below
                failed.append(error)

    thread = Thread(target=run, name="seal")
    thread.start()
    try:
        with os.fdopen(writing, "wb", _PIPE_BYTES) as stream:
            yield stream
    except BrokenPipeError:
        if not failed:
            raise
    finally:
        thread.join()
        if failed:
            raise failed[0]


@contextmanager
def _read_through(produce: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """A stream of what ``produce`` writes on a thread; its error comes before the reader's own."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb", _PIPE_BYTES) as target:
                produce(target)
        except BrokenPipeError:
            pass  # the reader stopped early
        except BaseException as error:  # noqa: BLE001 - raised by the other thread below
            failed.append(error)

    thread = Thread(target=run, name="unseal")
    thread.start()
    try:
        with os.fdopen(reading, "rb", _PIPE_BYTES) as stream:
            yield stream
    finally:
        thread.join()
        if failed:
            raise failed[0]
