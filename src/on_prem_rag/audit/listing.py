"""Reading the log: filtered, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.audit.models import AuditEvent


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events; every part that is given must hold.

    ``since`` is inclusive, ``until`` exclusive. ``actor`` is an id or a name, ``target`` an id,
    ``event`` either a subject or ``subject:action``.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    event: str | None = None
    target: str | None = None
    outcome: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter in SQL."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(AuditEvent.time >= self.since)
        if self.until is not None:
            found.append(AuditEvent.time < self.until)
        if self.actor is not None:
            by_name = AuditEvent.actor_name == self.actor
            found.append(or_(AuditEvent.actor_id == self.actor, by_name))
        if self.event is not None:
            subject, _, action = self.event.partition(":")
            found.append(AuditEvent.subject == subject)
            if action:
                found.append(AuditEvent.action == action)
        if self.target is not None:
            found.append(AuditEvent.target_id == self.target)
        if self.outcome is not None:
            found.append(AuditEvent.outcome == self.outcome)
        return found


def list_events(
    session: Session, chosen: AuditFilter, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEvent]:
    """At most ``limit`` events, newest first, with numbers below ``before``."""
    query = select(AuditEvent).where(*chosen.conditions())
    if before is not None:
        query = query.where(AuditEvent.number < before)
    return session.scalars(query.order_by(AuditEvent.number.desc()).limit(limit)).all()


def events_after(
    session: Session, chosen: AuditFilter, number: int, *, through: int, limit: int
) -> Sequence[AuditEvent]:
    """At most ``limit`` events, oldest first, above ``number`` up to ``through``."""
    query = select(AuditEvent).where(
        *chosen.conditions(), AuditEvent.number > number, AuditEvent.number <= through
    )
    return session.scalars(query.order_by(AuditEvent.number).limit(limit)).all()
