"""Bodies of the audit log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Query
from pydantic import AfterValidator, ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Moment, Output
from on_prem_rag.audit.chain import Link
from on_prem_rag.audit.listing import AuditFilter
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.audit.verify import Kind, Verification

_MAX_NUMBER = 10**15
_HASH = r"^[0-9a-f]{64}$"


def _storable(value: datetime) -> datetime:
    if not 1970 <= value.year < 9999:
        raise ValueError("the time lies outside of what can be stored")
    return value.astimezone(UTC)


StoredMoment = Annotated[Moment, AfterValidator(_storable)]
Words = Annotated[str | None, Query(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]
Before = Annotated[
    int | None, Query(ge=1, le=_MAX_NUMBER, description="Only events with a lower number.")
]


def audit_filter(
    since: Annotated[StoredMoment | None, Query(description="From this time on.")] = None,
    until: Annotated[StoredMoment | None, Query(description="Before this time.")] = None,
    actor: Words = None,
    event: Words = None,
    target: Words = None,
    outcome: Annotated[Literal["success", "failure"] | None, Query()] = None,
) -> AuditFilter:
    """Which events: `actor` is an id or a name, `event` a subject or `subject:action`."""
    return AuditFilter(since, until, actor, event, target, outcome)


class AuditEventBody(Output):
    """One event, with its place in the chain."""

    number: int = Field(examples=[4711])
    time: datetime
    actor_id: str | None
    actor_name: str | None = Field(examples=["ann"])
    address: str | None = Field(examples=["10.0.0.7"])
    request_id: str | None
    subject: str = Field(examples=["document"])
    action: str = Field(examples=["download"])
    target_type: str | None = Field(examples=["document"])
    target_id: str | None
    outcome: Literal["success", "failure"]
    details: dict[str, Any] = Field(examples=[{"version_id": "0b0e…"}])
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """From the event's row."""
        names = set(cls.model_fields) - {"details"}
        values = {name: getattr(event, name) for name in names}
        return cls(**values, details=json.loads(event.details))


class AuditPage(Output):
    """Events, newest first; ``next_before`` asks for the page after, null on the last one."""

    items: list[AuditEventBody]
    next_before: int | None


class Anchor(Input):
    """A head of the chain as it was noted outside of the appliance."""

    number: int = Field(ge=0, le=_MAX_NUMBER)
    hash: str = Field(pattern=_HASH)


class VerifyRequest(Input):
    """What to check against besides the chain itself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"anchor": {"number": 4711, "hash": "0" * 64}}]}
    )

    anchor: Anchor | None = None

    def link(self) -> Link | None:
        """The anchor as the check takes it."""
        return Link(self.anchor.number, self.anchor.hash) if self.anchor else None


class BreakBody(Output):
    """The first event that does not hold, and how."""

    number: int
    kind: Kind


class HeadBody(Output):
    """The last event's number and hash: note it elsewhere, as an anchor for later checks."""

    number: int
    hash: str


class VerificationBody(Output):
    """What a check found.

    ``checked`` events after number ``checkpoint`` (the last one that retention dropped) hold;
    ``head`` is the last of them.
    """

    intact: bool
    checked: int
    checkpoint: int
    head: HeadBody
    broken: BreakBody | None
    anchor_checked: bool

    @classmethod
    def of(cls, found: Verification) -> Self:
        """From what the check found."""
        return cls.model_validate(found)


class RetentionRequest(Input):
    """How long events are kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"older_than_days": 730}]})

    older_than_days: int = Field(ge=1, le=36_500)


class RetentionResult(Output):
    """How many events were dropped."""

    dropped: int
