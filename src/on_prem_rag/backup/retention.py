"""Which snapshots stay."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

from on_prem_rag.audit.receipts import Retention


def kept(
    moments: Iterable[datetime],
    retention: Retention,
    now: datetime,
    verified: Iterable[datetime] = (),
) -> set[datetime]:
    """The moments (UTC) whose snapshots stay.

    The last of each of the past ``daily`` days, of ``weekly`` ISO weeks and ``monthly`` months, the
    present ones included; whatever their age, the newest and the newest of ``verified``.
    """
    ordered = sorted(moments)
    stay = set(ordered[-1:]) | set(sorted(set(verified) & set(ordered))[-1:])
    first_day = now.date() - timedelta(days=retention.daily)
    monday = now.date() - timedelta(days=now.weekday())
    first_monday = monday - timedelta(weeks=retention.weekly)
    first_month = now.year * 12 + now.month - retention.monthly
    stay |= _last_of(
        (m for m in ordered if m.date() > first_day and retention.daily), lambda m: m.date()
    )
    stay |= _last_of(
        (m for m in ordered if m.date() >= first_monday + timedelta(weeks=1) and retention.weekly),
        lambda m: m.isocalendar()[:2],
    )
    stay |= _last_of(
        (m for m in ordered if m.year * 12 + m.month > first_month and retention.monthly),
        lambda m: (m.year, m.month),
    )
    return stay


def _last_of(moments: Iterable[datetime], period: Callable[[datetime], Hashable]) -> set[datetime]:
    """The last moment of each period; ``moments`` are in order."""
    return set({period(moment): moment for moment in moments}.values())
