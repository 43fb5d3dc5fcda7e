"""Tables of what administrators set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base, UTCDateTime, new_id, utc_now


class RuntimeSetting(Base):
    """One value that was set; what has no row has its default."""

    __tablename__ = "runtime_settings"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Logo(Base):
    """The enterprise's logo as PNG; there is one row at most, and a new logo has a new id."""

    __tablename__ = "logos"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    image: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
