"""What was deleted and revoked, noted in the repository so that a restore does not undo it.

The notes come from the audit log and hold ids alone. Each names its event by number and hash, which
tells whether a snapshot knows of it already, whatever was restored in between.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.backup.errors import SnapshotBroken
from on_prem_rag.backup.repository import PARTIAL, Repository, publish
from on_prem_rag.db.session import Database

_FILE = "tombstones.jsonl"
_AT_ONCE = 500
_KEPT = ("grant_id", "level", "user_id", "share_id", "heir_id", "kind", "before", "after")
DELETIONS = (
    Event.DOCUMENT_DELETED,
    Event.COLLECTION_DELETED,
    Event.CONVERSATION_DELETED,
    Event.USER_DELETED,
)
RIGHTS = (
    Event.GRANT_PUT,
    Event.GRANT_DELETED,
    Event.GROUP_MEMBER_ADDED,
    Event.GROUP_MEMBER_REMOVED,
    Event.GROUP_DELETED,
    Event.USER_DISABLED,
    Event.USER_ENABLED,
    Event.USER_ROLE,
    Event.API_KEY_REVOKED,
    Event.CONVERSATION_UNSHARED,
)
_FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An event after which something, or someone's right to it, was no more."""

    number: int
    hash: str
    time: str
    event: str
    target_id: str
    details: dict[str, Any]


def note_tombstones(database: Database, repository: Repository) -> int:
    """Append what happened since the last note; returns how many. Needs no lock of its own.

    Nothing is noted of a database whose schema is not this version's: its log is not readable.
    """
    known = _read(repository)
    with database.read() as session:
        found = _events_after(session, _last_common(session, known))
    seen = {(each.number, each.hash) for each in known}
    new = [each for each in found if (each.number, each.hash) not in seen]
    _append(repository, [asdict(each) for each in new])
    return len(new)


def forget_tombstones(repository: Repository) -> None:
    """From here on what was noted before counts no more: it was brought back on purpose."""
    _append(repository, [{"event": _FORGOTTEN}])


def tombstones_for(repository: Repository, session: Session) -> list[Tombstone]:
    """What a restored database, open in ``session``, does not know of; oldest first."""
    noted = _read(repository)
    held = _held(session, noted)
    return [each for each in noted if (each.number, each.hash) not in held]


def _last_common(session: Session, known: Sequence[Tombstone]) -> int:
    """The number of the newest note that this database's log holds."""
    held = _held(session, known)
    return max((each.number for each in known if (each.number, each.hash) in held), default=0)


def _held(session: Session, noted: Sequence[Tombstone]) -> set[tuple[int, str]]:
    held: set[tuple[int, str]] = set()
    for start in range(0, len(noted), _AT_ONCE):
        pairs = [(each.number, each.hash) for each in noted[start : start + _AT_ONCE]]
        query = select(AuditEvent.number, AuditEvent.hash)
        rows = session.execute(query.where(tuple_(AuditEvent.number, AuditEvent.hash).in_(pairs)))
        held |= {(row.number, row.hash) for row in rows}
    return held


def _events_after(session: Session, number: int) -> list[Tombstone]:
    kinds = [(event.subject, event.action) for event in (*DELETIONS, *RIGHTS)]
    query = (
        select(AuditEvent)
        .where(
            AuditEvent.number > number,
            AuditEvent.outcome == "success",
            tuple_(AuditEvent.subject, AuditEvent.action).in_(kinds),
        )
        .order_by(AuditEvent.number)
    )
    return [
        Tombstone(
            number=event.number,
            hash=event.hash,
            time=event.time.isoformat(),
            event=f"{event.subject}:{event.action}",
            target_id=event.target_id or "",
            details={k: v for k, v in json.loads(event.details).items() if k in _KEPT},
        )
        for event in session.scalars(query)
    ]


def _read(repository: Repository) -> list[Tombstone]:
    """The notes that count. A last line cut short by a crash is none."""
    try:
        lines = (repository.root / _FILE).read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    found: list[Tombstone] = []
    for number, line in enumerate(lines, 1):
        if number == len(lines) and not line.endswith("\n"):
            break
        try:
            told = json.loads(line)
            if told["event"] == _FORGOTTEN:
                found.clear()
            else:
                found.append(Tombstone(**told))
        except (ValueError, KeyError, TypeError):
            raise SnapshotBroken(f"{_FILE} is damaged in line {number}.") from None
    return found


def _append(repository: Repository, told: list[dict[str, Any]]) -> None:
    """Write the file anew with these at its end: what a crash cut short goes with it."""
    if not told:
        return
    path = repository.root / _FILE
    partial = path.with_name(f"{_FILE}{PARTIAL}")
    earlier = path.read_text() if path.exists() else ""
    whole = earlier[: earlier.rfind("\n") + 1]
    with partial.open("w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(whole)
        file.writelines(json.dumps(each) + "\n" for each in told)
        file.flush()
        os.fsync(file.fileno())
    publish(partial, path)
