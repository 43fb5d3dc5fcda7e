"""The table of counters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base, UTCDateTime


class Counter(Base):
    """What was counted under a key lately: amounts by the number of their slice of time.

    After ``expires_at`` nothing in it counts any more, and the row may go.
    """

    __tablename__ = "counters"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    slices: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
