"""The log's level, followed while a process runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import structlog

FOLLOW_SECONDS = 4.0
"""How often the wanted level is looked at; it may come from SQL."""

_log = structlog.get_logger(__name__)


class LevelFollower:
    """Sets this process's level to what ``wanted`` says, at the start and every few seconds.

    While ``wanted`` cannot say, for want of a database, the level stays.
    """

    def __init__(self, wanted: Callable[[], str], seconds: float = FOLLOW_SECONDS) -> None:
        self._wanted = wanted
        self._seconds = seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-level", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, before what ``wanted`` reads is closed."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def follow(self) -> None:
        """Look once."""
        try:
            level = self._wanted()
        except Exception:  # noqa: BLE001 - whatever keeps SQL away is told by what needs it
            return
        root = logging.getLogger()
        before = root.level
        if logging.getLevelName(before) != level:
            root.setLevel(level)
            new = root.level
            # Told by the more talkative of both, so that whoever turns it down sees that, too.
            root.setLevel(min(before, new))
            _log.info("log_level_changed", wanted=level)
            root.setLevel(new)

    def _run(self) -> None:
        self.follow()
        while not self._closing.wait(self._seconds):
            self.follow()
