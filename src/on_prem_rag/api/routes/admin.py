"""How the appliance fares and which answers did not help; for administrators."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from on_prem_rag.api.dependencies import AdminDep, ApplianceDep, Gate
from on_prem_rag.api.gauges import size_bytes
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN
from on_prem_rag.api.schemas.admin import (
    AnswersBody,
    BackupBody,
    FeedbackReviewBody,
    LibraryBody,
    OverviewBody,
    UnansweredBody,
    ZoneMinutes,
    last_days,
)
from on_prem_rag.api.schemas.base import Limit, Offset, Page
from on_prem_rag.api.schemas.check import LastCheckBody
from on_prem_rag.backup.state import backup_state
from on_prem_rag.conversations.review import count_unanswered, list_feedback
from on_prem_rag.conversations.statistics import answer_statistics
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.changes import last_change
from on_prem_rag.documents.statistics import library_totals

router = APIRouter(prefix=f"{API}/admin", tags=["admin"], responses=SIGNED_IN)
Rating = Annotated[int | None, Query(ge=-1, le=1, description="1 or -1; without it, both.")]


@router.get("/overview", summary="How the appliance fares")
def get_overview(
    request: Request, _admin: AdminDep, appliance: ApplianceDep, zone_minutes: ZoneMinutes = 0
) -> OverviewBody:
    """Counts and times of the last 14 days; no question, title or name is in it."""
    gate: Gate = request.app.state.gate
    zone = timedelta(minutes=zone_minutes)
    days = last_days(utc_now(), zone)
    with appliance.database.read() as session:
        answers = answer_statistics(session, _start(days[0], zone), zone)
        library = library_totals(session)
        jobs = appliance.jobs.counts(session)
        lag = max(0, last_change(session) - appliance.projector.watermark)
    return OverviewBody(
        people=appliance.auth.users.list(limit=1)[1],
        active_people=int(gate.presence.count()),
        jobs_queued=jobs.get("queued", 0),
        jobs_running=jobs.get("running", 0),
        model_running=appliance.queue.running,
        model_waiting=appliance.queue.waiting,
        library=LibraryBody.model_validate(library),
        database_bytes=size_bytes(appliance.database),
        index_lag=lag,
        answers=AnswersBody.of(answers, days),
        last_check=LastCheckBody.of(appliance.check.last),
        backup=BackupBody.of(backup_state(appliance.settings.backup_dir)),
    )


@router.get("/feedback", summary="What people say of answers")
def list_answer_feedback(
    admin: AdminDep,
    appliance: ApplianceDep,
    rating: Rating = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[FeedbackReviewBody]:
    """A page of verdicts, newest first, with what their senders meant administrators to see."""
    with appliance.database.read() as session:
        views, total = list_feedback(session, admin, rating=rating, offset=offset, limit=limit)
        items = [FeedbackReviewBody.of(view) for view in views]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/unanswered", summary="Questions that nothing was found for")
def get_unanswered(
    admin: AdminDep, appliance: ApplianceDep, zone_minutes: ZoneMinutes = 0
) -> UnansweredBody:
    """How many there were in the last 14 days, by day and by collection; never their words."""
    zone = timedelta(minutes=zone_minutes)
    days = last_days(utc_now(), zone)
    with appliance.database.read() as session:
        found = count_unanswered(session, admin, _start(days[0], zone), zone)
    return UnansweredBody.of(found, days)


def _start(day: date, zone: timedelta) -> datetime:
    """When ``day`` began at this offset to UTC."""
    return datetime.combine(day, time(), UTC) - zone
