"""How much people upload in a day, and how much room their originals take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.access.limits import LimitBook
from on_prem_rag.auth.models import User
from on_prem_rag.documents.models import DocumentVersion
from on_prem_rag.errors import AppError, StorageFull, TooManyRequests
from on_prem_rag.monitoring.request_context import current_request
from on_prem_rag.quotas.counters import Standing, look, take
from on_prem_rag.quotas.window import DAY


@dataclass(frozen=True, slots=True)
class Room:
    """What may be uploaded at the moment, and what refuses more."""

    max_bytes: int
    refusal: AppError


class UploadQuota:
    """Counts uploads of every replica. The operator is not counted.

    Every version a person uploaded counts to their storage, in whichever Collection, until its
    document is deleted. What changes nothing, as the same bytes were there, counts to neither.
    """

    def __init__(self, book: LimitBook, *, clock: Callable[[], float] = time.time) -> None:
        self._book = book
        self._now = clock

    def room(self, session: Session, caller: Caller, max_bytes: int) -> Room | None:
        """What of ``max_bytes`` a person may upload now; None when nothing bounds it further.

        Nothing is promised: another upload may come first, and ``admit`` decides.
        """
        rooms: list[Room] = []
        for standing in self.today(session, caller):
            rooms.append(Room(standing.remaining, self._over(standing)))
        limit = 0 if caller is OPERATOR else self._book.of_user(session, caller.id).storage_bytes
        if limit:
            free = max(0, limit - stored_bytes(session, caller.id))
            rooms.append(Room(free, _full(limit)))
        tightest = min(rooms, key=lambda room: room.max_bytes, default=None)
        if tightest is None or tightest.max_bytes >= max_bytes:
            return None
        return tightest

    def admit(self, session: Session, caller: Caller, size_bytes: int) -> None:
        """Count a file that is about to be kept: an ``AdmissionHook``.

        Raises StorageFull or TooManyRequests.
        """
        for key, limit in self._daily(session, caller):
            today = take(session, key, DAY, limit, size_bytes, now=self._now())
            if size_bytes and not today.granted:
                raise self._over(today)
        limit = 0 if caller is OPERATOR else self._book.of_user(session, caller.id).storage_bytes
        if limit:
            # Uploads of one person wait for each other here, or two could share the last room.
            session.execute(
                select(User.id).where(User.id == caller.id).with_for_update(key_share=True)
            )
            if stored_bytes(session, caller.id) + size_bytes > limit:
                raise _full(limit)

    def today(self, session: Session, caller: Caller) -> list[Standing]:
        """How the caller's bytes of the day stand, then those of the API key, where limited."""
        counters = self._daily(session, caller)
        return [look(session, key, DAY, limit, now=self._now()) for key, limit in counters]

    def _daily(self, session: Session, caller: Caller) -> list[tuple[str, int]]:
        """The counters of bytes a day that apply, with their limits."""
        if caller is OPERATOR:
            return []
        found = [(caller.id, self._book.of_user(session, caller.id).upload_bytes_per_day)]
        key_id = current_request().key_id
        if key_id is not None:
            found.append((key_id, self._book.of_key(session, key_id).upload_bytes_per_day))
        return [(f"upload-bytes:{holder}", limit) for holder, limit in found if limit]

    def _over(self, standing: Standing) -> TooManyRequests:
        return TooManyRequests(
            f"More than {_in_words(standing.limit)} uploaded within a day.",
            retry_after=standing.seconds_left(self._now()),
            hint="Upload the rest later, or ask an administrator for a higher limit.",
        )


def stored_bytes(session: Session, user_id: str) -> int:
    """The size of all originals a person uploaded."""
    total = select(func.sum(DocumentVersion.size_bytes)).where(
        DocumentVersion.created_by == user_id
    )
    return int(session.scalar(total) or 0)


def _full(limit: int) -> StorageFull:
    return StorageFull(
        f"Your documents may take {_in_words(limit)} in all, and they would not fit."
    )


def _in_words(size: int) -> str:
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if size >= factor:
            return f"{size / factor:.4g} {unit}"
    return f"{size} bytes"
