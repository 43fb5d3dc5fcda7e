"""Who was here in the last minutes, for the gauge of active users."""

from __future__ import annotations

import threading
import time

WINDOW_SECONDS = 300.0


class Presence:
    """Remembers when each person last made a request."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def saw(self, user_id: str) -> None:
        """Note a request."""
        with self._lock:
            self._seen[user_id] = time.monotonic()

    def count(self) -> int:
        """People seen within the window."""
        oldest = time.monotonic() - WINDOW_SECONDS
        with self._lock:
            self._seen = {user: at for user, at in self._seen.items() if at >= oldest}
            return len(self._seen)
