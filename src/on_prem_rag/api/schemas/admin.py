"""Bodies of the overview and of the review of answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Protocol, Self

from fastapi import Query
from pydantic import Field

from on_prem_rag.api.schemas.base import Output
from on_prem_rag.api.schemas.check import LastCheckBody
from on_prem_rag.conversations.review import FeedbackView, ScopeKind, Unanswered
from on_prem_rag.conversations.statistics import AnswerStatistics, day_of

OVERVIEW_DAYS = 14
ZoneMinutes = Annotated[
    int, Query(ge=-840, le=840, description="The viewer's offset to UTC: days begin by it.")
]


class DayCount(Output):
    """How many on one day."""

    day: date
    count: int


class LatencyBody(Output):
    """Milliseconds that half, and 19 of 20, took at most; null where there was none."""

    p50: float | None = Field(examples=[2150.0])
    p95: float | None = Field(examples=[7900.0])


class AnswersBody(Output):
    """Whole answers of the last days, which are counted in ``questions`` too."""

    questions: list[DayCount]
    answers: int
    unanswered: int = Field(description="Nothing was found.")
    extractive: int = Field(description="Quoted without a model.")
    total: LatencyBody
    first_token: LatencyBody
    helpful: int
    unhelpful: int

    @classmethod
    def of(cls, found: AnswerStatistics, days: list[date]) -> Self:
        """With every day named, also those without questions."""
        return cls(
            questions=day_counts(found.questions, days),
            answers=found.answers,
            unanswered=found.unanswered,
            extractive=found.extractive,
            total=LatencyBody.model_validate(found.total),
            first_token=LatencyBody.model_validate(found.first_token),
            helpful=found.helpful,
            unhelpful=found.unhelpful,
        )


class LibraryBody(Output):
    """What all collections hold together."""

    documents: int
    chunks: int
    original_bytes: int


class BackupNumbers(Protocol):
    """How backups stand; NaN is what never happened."""

    @property
    def snapshots(self) -> float:
        """How many are kept."""

    @property
    def last_made(self) -> float:
        """When the last one was made, in seconds since 1970."""

    @property
    def last_size(self) -> float:
        """Its bytes."""

    @property
    def last_seconds(self) -> float:
        """How long making it took."""

    @property
    def last_restored(self) -> float:
        """When one was last restored to try it, in seconds since 1970."""


class BackupBody(Output):
    """What is kept in case the rest is lost; null is what never happened."""

    snapshots: int = Field(description="How many are kept.")
    last_at: datetime | None
    last_size: int | None = Field(description="Bytes.")
    last_seconds: float | None = Field(description="How long making it took.")
    last_verified_restore_at: datetime | None

    @classmethod
    def of(cls, state: BackupNumbers) -> Self:
        """From numbers, of which NaN is what never happened."""
        size = _known(state.last_size)
        return cls(
            snapshots=int(state.snapshots),
            last_at=_moment(state.last_made),
            last_size=None if size is None else int(size),
            last_seconds=_known(state.last_seconds),
            last_verified_restore_at=_moment(state.last_restored),
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _moment(seconds: float) -> datetime | None:
    return None if math.isnan(seconds) else datetime.fromtimestamp(seconds, UTC)


class OverviewBody(Output):
    """How the appliance fares, in numbers alone."""

    people: int
    active_people: int = Field(description="Seen by this server in the last minutes.")
    jobs_queued: int
    jobs_running: int
    model_running: int = Field(description="Answers that a model writes now, on this server.")
    model_waiting: int
    library: LibraryBody
    database_bytes: int
    index_lag: int = Field(description="Changes that this server's indexes have yet to follow.")
    backup: BackupBody
    answers: AnswersBody
    last_check: LastCheckBody | None = Field(
        description="Of this server's indexes and the originals; null before the first."
    )


class FeedbackCitation(Output):
    """A place an answer cites."""

    document_id: str
    version_id: str
    document_name: str
    page: int | None


class FeedbackReviewBody(Output):
    """One verdict as its sender meant it for administrators.

    ``question`` is null unless they sent it along; ``citations`` is empty unless the caller may
    read every source of the answer. The answer itself is never shown.
    """

    id: str
    rating: Literal[1, -1]
    reason: str
    comment: str
    question: str | None
    mode: str | None = Field(description="generated, extractive or not_found.")
    created_at: datetime
    citations: list[FeedbackCitation]

    @classmethod
    def of(cls, view: FeedbackView) -> Self:
        """From the verdict and what the caller may know of its answer."""
        row = view.feedback
        return cls(
            id=row.id,
            rating=1 if row.rating > 0 else -1,
            reason=row.reason,
            comment=row.comment,
            question=row.question,
            mode=view.mode,
            created_at=row.created_at,
            citations=[FeedbackCitation(**cited) for cited in view.citations],
        )


class ScopeCountBody(Output):
    """Unanswered questions put to one collection, to everything, or to what the caller may not
    read, which is not named."""

    kind: ScopeKind
    id: str | None
    name: str | None
    count: int


class UnansweredBody(Output):
    """Counts alone; a question put to two collections counts for both."""

    days: list[DayCount]
    scopes: list[ScopeCountBody]

    @classmethod
    def of(cls, found: Unanswered, days: list[date]) -> Self:
        """With every day named, also those without any."""
        scopes = [ScopeCountBody.model_validate(scope) for scope in found.scopes]
        return cls(days=day_counts(found.days, days), scopes=scopes)


def last_days(now: datetime, zone: timedelta) -> list[date]:
    """The days an overview spans, today last."""
    today = day_of(now, zone)
    return [today - timedelta(days=back) for back in reversed(range(OVERVIEW_DAYS))]


def day_counts(counts: Mapping[date, int], days: list[date]) -> list[DayCount]:
    """One count a day, 0 where nothing was."""
    return [DayCount(day=day, count=counts.get(day, 0)) for day in days]
