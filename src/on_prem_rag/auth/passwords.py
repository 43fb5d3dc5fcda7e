"""Passwords: argon2id with OWASP's parameters, and what a new one must be.

Parameters (19 MiB, 2 passes, 1 lane) follow the OWASP Password Storage Cheat Sheet; how many hashes
run at once is bounded, so that a burst of sign-ins cannot take the memory.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from on_prem_rag.errors import ServiceUnavailable, WeakPassword

with warnings.catch_warnings():
    # passlib 1.7.4 imports the deprecated `crypt` and reads argon2-cffi's deprecated version.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.hash import argon2

    argon2.set_backend("argon2_cffi")

MIN_CHARS = 12
MAX_BYTES = 1024
_QUEUE_SECONDS = 10.0
_MIN_SCORE = 3
_JUDGED_CHARS = 40
_KNOWN = ("correcthorsebatterystaple", "onpremrag", "on-prem-rag")
"""What the estimator's lists lack: the example everyone knows, and our own name."""


class Passwords:
    """Hashes and verifies, at most ``parallel`` at once; both take tens of milliseconds.

    Never call from within a unit of work: it would hold the database meanwhile. Raises
    ServiceUnavailable after ten seconds in the queue.
    """

    def __init__(self, *, parallel: int = 2, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._scheme = argon2.using(  # type: ignore[no-untyped-call]
            type="ID", memory_cost=memory_kib, rounds=passes, parallelism=1
        )
        self._slots = threading.BoundedSemaphore(parallel)
        self._nobody = self._scheme.hash(secrets.token_bytes(16))

    def hash(self, password: str) -> str:
        """The encoded argon2id hash of a password."""
        with self._slot():
            return str(self._scheme.hash(_to_bytes(password)))

    def verify(self, password: str, encoded: str | None) -> bool:
        """Whether the password matches; for None (nobody has that name) False after equal work."""
        given = _to_bytes(password)
        if len(given) > MAX_BYTES:
            return False
        with self._slot():
            matches = bool(self._scheme.verify(given, encoded or self._nobody))
        return matches and encoded is not None

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=_QUEUE_SECONDS):
            raise ServiceUnavailable("Too many people are signing in at this moment.")
        try:
            yield
        finally:
            self._slots.release()


def check_strength(password: str, username: str) -> None:
    """Raise WeakPassword unless the password is long enough and hard to guess.

    zxcvbn (Wheeler, USENIX Security 2016) estimates the guesses it withstands from lists of words,
    names and passwords, keyboard walks, dates and repetitions; its score 3 means 10^8 or more.
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < MIN_CHARS:
        raise WeakPassword(f"A password needs at least {MIN_CHARS} characters.")
    if len(_to_bytes(password)) > MAX_BYTES:
        raise WeakPassword(f"A password may take at most {MAX_BYTES} bytes.")
    if username.casefold() in (plain.casefold(), plain.casefold()[::-1]):
        raise WeakPassword("A password must differ from the user name.")
    # Its time grows with the square of the length, and what is hard for 40 is hard for all.
    judged = zxcvbn(plain[:_JUDGED_CHARS], user_inputs=[username, *_KNOWN])
    if judged["score"] < _MIN_SCORE:
        reason = judged["feedback"]["warning"] or "It is too easily guessed."
        raise WeakPassword(f"This password is too weak. {reason}")


def one_time_password() -> str:
    """A random password of 100 bits, in groups that can be read out."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _to_bytes(password: str) -> bytes:
    # The same password typed on two systems may arrive composed or decomposed.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
