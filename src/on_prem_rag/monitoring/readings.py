"""Values that are read rather than counted: anew at each scrape, side by side, and never for long.

A database or a disk that hangs must not take the other metrics away, least of all those that say
what hangs.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric whose value somebody else knows; with ``label`` it has one for each value of it.

    A counter's ``name`` ends in ``_total``.
    """

    name: str
    documentation: str
    label: str | None = None

    def family(self) -> Metric:
        """The metric without values."""
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        return kind(self.name, self.documentation)


Values = Mapping[Reading, float | Mapping[str, float]]
"""A number, or numbers by their label."""
Source = Callable[[], Values]


class Readings(Collector):
    """Collects ``readings`` from the sources that are given for a while.

    A source gets ``seconds``. One that hangs is left running and not asked again beside itself.
    What cannot be read is NaN, and a metric with a label then has no values.
    """

    def __init__(self, *readings: Reading, seconds: float = 2.0) -> None:
        self.readings = readings
        self._seconds = seconds
        self._sources: tuple[Source, ...] = ()
        self._running: dict[Source, _Run] = {}
        self._failed: set[Source] = set()
        self._lock = threading.Lock()

    @contextmanager
    def read_from(self, *sources: Source) -> Iterator[None]:
        """Within the block read from these; after it from whom it was read before."""
        earlier, self._sources = self._sources, sources
        try:
            yield
        finally:
            self._sources = earlier

    def describe(self) -> list[Metric]:
        """The metrics' names, without asking anybody."""
        return [reading.family() for reading in self.readings]

    def collect(self) -> Iterator[Metric]:
        """All readings as they are now."""
        values = self._read()
        for reading in self.readings:
            found = values.get(reading, math.nan if reading.label is None else {})
            family = reading.family()
            if isinstance(found, Mapping):
                for label, value in found.items():
                    family.add_sample(reading.name, {str(reading.label): label}, value)
            else:
                family.add_sample(reading.name, {}, found)
            yield family

    def _read(self) -> Values:
        # Whoever scrapes at the same time waits for the same answers.
        with self._lock:
            runs = [self._running.get(source) or _Run(source) for source in self._sources]
            deadline = time.monotonic() + self._seconds
            for run in runs:
                run.join(max(0.0, deadline - time.monotonic()))
            done = [run for run in runs if not run.is_alive()]
            self._running = {run.source: run for run in runs if run not in done}
            self._tell({run.source: run.error for run in done if run.error is not None})
        merged: dict[Reading, float | Mapping[str, float]] = {}
        for run in done:
            for reading, value in run.values.items():
                earlier = merged.get(reading)
                if isinstance(value, Mapping) and isinstance(earlier, Mapping):
                    value = {**earlier, **value}  # noqa: PLW2901 - two disks, two sources
                merged[reading] = value
        return merged

    def _tell(self, failed: dict[Source, Exception]) -> None:
        """Say once, not at every scrape, that a source fails."""
        for source in failed.keys() - self._failed:
            name, kind = getattr(source, "__name__", "?"), type(failed[source]).__name__
            _log.warning("metrics_unreadable", source=name, error_type=kind)
        self._failed = set(failed)


class _Run(threading.Thread):
    """One reading of one source."""

    def __init__(self, source: Source) -> None:
        super().__init__(name="scrape", daemon=True)
        self.source = source
        self.values: Values = {}
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Ask the source."""
        try:
            self.values = self.source()
        except Exception as error:  # noqa: BLE001 - one broken part must not take the rest away
            self.error = error
