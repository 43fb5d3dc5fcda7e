"""Which parts of the appliance work, found out concurrently and without waiting for long.

A check is a function that returns when its part works and raises when it does not; a plain one runs
on a thread. The parts are named by whoever builds the object graph: ``database``, ``schema``,
``lexical``, ``vector_db``, ``embedding``, ``ollama``, ``worker``.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog

from on_prem_rag.errors import AppError

Status = Literal["healthy", "degraded", "unhealthy"]
Check = Callable[[], None] | Callable[[], Awaitable[None]]
VITAL = ("database", "schema", "lexical")
"""What must work for the appliance to be ready; the rest only degrades it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One part: its status, how long the check took in milliseconds, and what is wrong."""

    status: Status
    response_time_ms: float
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All parts at one moment.

    ``status`` is unhealthy when a vital part is down, degraded when another one is.
    """

    status: Status
    timestamp: datetime
    checks: dict[str, CheckResult]

    @property
    def ready(self) -> bool:
        """Whether requests can be answered: SQL reachable, schema current, lexical serving."""
        return self.status != "unhealthy"


class Health:
    """Runs the checks at most once in ``ttl`` seconds, however many ask.

    Each check gets ``timeout`` seconds. One that hangs is left running and reported until it ends;
    it is never started a second time beside itself.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        vital: Collection[str] = VITAL,
        timeout: float = 2.0,
        ttl: float = 2.0,
    ) -> None:
        self._checks = dict(checks)
        self._vital = frozenset(vital)
        self._timeout = timeout
        self._ttl = ttl
        self._running: dict[str, asyncio.Task[CheckResult]] = {}
        self._lock = asyncio.Lock()
        self._report: HealthReport | None = None
        self._taken = 0.0

    async def report(self) -> HealthReport:
        """The state of every part, at most ``ttl`` seconds old."""
        async with self._lock:
            if self._report is None or time.monotonic() - self._taken >= self._ttl:
                self._report = await self._run_all()
                self._taken = time.monotonic()
            return self._report

    async def _run_all(self) -> HealthReport:
        for name, check in self._checks.items():
            if name not in self._running:
                self._running[name] = asyncio.create_task(_run(name, check))
        tasks = self._running
        if tasks:
            await asyncio.wait(tasks.values(), timeout=self._timeout)
        late = CheckResult("unhealthy", self._timeout * 1000, "No answer in time.")
        results = {n: tasks[n].result() if tasks[n].done() else late for n in self._checks}
        self._running = {name: task for name, task in tasks.items() if not task.done()}
        return HealthReport(self._overall(results), datetime.now(UTC), results)

    def _overall(self, results: Mapping[str, CheckResult]) -> Status:
        down = {name for name, result in results.items() if result.status != "healthy"}
        if down & self._vital:
            return "unhealthy"
        return "degraded" if down else "healthy"


async def _run(name: str, check: Check) -> CheckResult:
    started = time.perf_counter()
    try:
        if inspect.iscoroutinefunction(check):
            await check()
        else:
            await asyncio.to_thread(check)
    except Exception as error:  # noqa: BLE001 - whatever a part throws, it is down
        _log.debug("check_failed", part=name, error_type=type(error).__name__)
        message = error.message if isinstance(error, AppError) else type(error).__name__
        return CheckResult("unhealthy", _ms_since(started), message)
    return CheckResult("healthy", _ms_since(started))


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
