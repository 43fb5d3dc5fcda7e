"""Reading and changing run-time settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.config import Settings
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import InvalidInput
from on_prem_rag.settings.models import RuntimeSetting
from on_prem_rag.settings.values import NAMES, Announcement, RuntimeValues, default_values

FRESH_SECONDS = 4.0
"""How long a replica goes without looking: what is changed holds everywhere soon after."""


class RuntimeSettings:
    """The values of now. ``current`` may read SQL, so it is called on a thread."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.defaults = default_values(settings)
        self._database = database
        self._now = clock
        self._read: tuple[float, RuntimeValues] | None = None

    def current(self) -> RuntimeValues:
        """The values, a few seconds old at most."""
        read, now = self._read, self._now()
        if read is None or now - read[0] >= FRESH_SECONDS:
            with self._database.read() as session:
                read = self._read = (now, self.values(session))
        return read[1]

    def values(self, session: Session) -> RuntimeValues:
        """The values as they are in SQL."""
        return RuntimeValues.model_construct(**{**self.defaults, **_typed(stored(session))})

    def change(self, session: Session, changes: Mapping[str, Any]) -> RuntimeValues:
        """Set some values, None for the default again. Raises InvalidInput.

        This replica follows at once, others within seconds.
        """
        unknown = set(changes) - set(NAMES)
        if unknown:
            raise InvalidInput(f"There is no setting {sorted(unknown)[0]}.")
        given = {name: value for name, value in changes.items() if value is not None}
        checked = _checked(given)
        for name in changes:
            row = session.get(RuntimeSetting, name)
            if name in checked:
                session.merge(RuntimeSetting(name=name, value=checked[name], changed_at=utc_now()))
            elif row is not None:
                session.delete(row)
            record(session, Event.SETTING_CHANGED, name=name, value=_told(name, checked))
        session.flush()
        self._read = None
        return self.values(session)


def stored(session: Session) -> dict[str, Any]:
    """What was set, by name."""
    return {row.name: row.value for row in session.scalars(select(RuntimeSetting))}


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in values.items() if name in NAMES}
    if known.get("announcement") is not None:
        known["announcement"] = Announcement.model_validate(known["announcement"])
    return known


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, each held to its bounds."""
    harmless = {"chat_model": "any", "num_ctx": 8192, "num_predict": 1024, "log_level": "INFO"}
    try:
        values = RuntimeValues.model_validate({**harmless, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{name}: {first['msg']}") from None
    return {name: values.model_dump(mode="json")[name] for name in given}


def _told(name: str, checked: Mapping[str, Any]) -> Any:
    """What the audit log says of a change; an announcement's words are in sight of all anyway."""
    if name == "announcement" and name in checked:
        return {key: checked[name][key] for key in ("severity", "until")}
    return checked.get(name)
