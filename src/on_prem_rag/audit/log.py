"""Recording events in the unit of work that does what they tell of.

Neither is kept without the other: events wait in the session and are written just before its
commit. So the lock on the chain's head is the last one any transaction takes and is held only for
the commit, and transactions that take other locks in whatever order cannot deadlock over it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from on_prem_rag.audit.chain import START, Chain, Link, canonical_json
from on_prem_rag.audit.events import Event, Outcome
from on_prem_rag.audit.marks import find_mark, put_mark
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.monitoring.request_context import current_request

_LOG = "audit_log"
_PENDING = "audit_pending"
_log = structlog.get_logger(__name__)


class Actor(Protocol):
    """Whoever acts: a caller or a user."""

    @property
    def id(self) -> str:
        """Their id."""
        ...

    @property
    def username(self) -> str:
        """Their name at the time."""
        ...


class AuditLog:
    """The chain of one database; ``attach`` it wherever that database is opened."""

    def __init__(self, chain: Chain, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.chain = chain
        self._now = clock

    def attach(self, database: Database) -> None:
        """Begin the chain if there is none, and write what sessions of ``database`` record."""
        with database.read() as session:
            head, signed = find_mark(session, self.chain, "head")
        if head is None and not _last_event(database):
            self._begin(database)
        elif not signed:
            _log.error("audit_head_is_not_ours", hint="Is AUDIT_KEY the one the chain began with?")
        database.session_info[_LOG] = self
        database.before_commit(self._write)

    def row(
        self,
        event: Event,
        actor: Actor | None,
        target: tuple[str, str] | None,
        outcome: Outcome,
        details: dict[str, Any],
    ) -> dict[str, Any]:
        """An event's columns, but for its place in the chain."""
        request = current_request()
        kind, target_id = target or (None, None)
        if request.key_id is not None:
            details = {**details, "api_key_id": request.key_id}
        return {
            "time": self._now(),
            "actor_id": _cut(actor.id if actor else request.actor_id, 64),
            "actor_name": _cut(actor.username if actor else request.actor_name, 128),
            "address": _cut(request.address, 64),
            "request_id": _cut(request.request_id, 64),
            "subject": event.subject,
            "action": event.action,
            "target_type": kind,
            "target_id": _cut(target_id, 64),
            "outcome": outcome,
            "details": canonical_json(details),
        }

    def _begin(self, database: Database) -> None:
        try:
            with database.write() as session:
                put_mark(session, self.chain, "head", START)
        except IntegrityError:
            _log.debug("audit_chain_begun_by_another_replica")

    def _write(self, session: Session) -> None:
        pending = session.info.get(_PENDING)
        if not pending or session.in_nested_transaction():
            return
        session.flush()  # whatever else waits for a lock does so before the head is taken
        del session.info[_PENDING]
        head, signed = find_mark(session, self.chain, "head", lock=True)
        if head is None or not signed:
            # Signing it now would hide that it was touched. What happens is still recorded.
            _log.error("audit_head_broken", hint="Run: on-prem-rag audit verify")
            head = _last_link(session)
        for row in pending:
            row["number"], row["previous_hash"] = head.number + 1, head.hash
            row["hash"] = self.chain.event_hash(row)
            head = Link(row["number"], row["hash"])
        session.execute(insert(AuditEvent), pending)
        put_mark(session, self.chain, "head", head, sign=signed)


def record(
    session: Session,
    event: Event,
    *,
    actor: Actor | None = None,
    target: tuple[str, str] | None = None,
    outcome: Outcome = "success",
    question: str | None = None,
    **details: Any,
) -> None:
    """Record an event with the unit of work ``session``, which must be a write.

    The actor is who makes the present request unless given; ``target`` is (type, id). Of
    ``question`` a keyed hash is kept. A database without a log (in migrations) records nothing.
    """
    log = session.info.get(_LOG)
    if log is None:
        return
    if not session.info.get("writes"):
        raise RuntimeError("an event was recorded in a unit of work that is not kept")
    if question is not None:
        details["question_hash"] = log.chain.text_hash(question)
    row = log.row(event, actor, target, outcome, details)
    session.info.setdefault(_PENDING, []).append(row)


def attached_log(database: Database) -> AuditLog:
    """The log of a database that was opened with one."""
    log = database.session_info.get(_LOG)
    if not isinstance(log, AuditLog):
        raise RuntimeError("this database was opened without its audit log")
    return log


def text_hash(session: Session, text: str) -> str | None:
    """The keyed hash that stands for ``text`` in details; None without a log."""
    log = session.info.get(_LOG)
    return None if log is None else log.chain.text_hash(text)


def _last_event(database: Database) -> int:
    with database.read() as session:
        return _last_link(session).number


def _last_link(session: Session) -> Link:
    query = select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
    row = session.execute(query).one_or_none()
    return START if row is None else Link(row.number, row.hash)


def _cut(text: str | None, length: int) -> str | None:
    return None if text is None else text[:length].replace("\x00", "")
