"""Slows guessing of passwords: bounds on sign-ins that fail, by account and by address.

They are counted in SQL, before the password is looked at, so that guesses sent at once or to
several replicas are no way around. Names are kept as keyed hashes only: a password is easily typed
into their field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record, text_hash
from on_prem_rag.auth.addresses import counted_address
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import TooManyRequests
from on_prem_rag.quotas.counters import Standing, forget, give_back, look, take
from on_prem_rag.quotas.window import Window


@dataclass(frozen=True, slots=True)
class Bound:
    """At most ``limit`` failures in ``window``."""

    name: str
    limit: int
    window: Window


# The pair is tight. The account alone is wide, so that a stranger cannot easily lock its owner out;
# the address alone is wide, because an office may share one.
PAIR = Bound("pair", 5, Window(5 * 60, 5))
ACCOUNT = Bound("account", 50, Window(15 * 60, 5))
ADDRESS = Bound("address", 50, Window(5 * 60, 5))
KNOWN = Bound("known", 1, Window(30 * 24 * 3600, 30))
"""That this account signed in from this address lately: nobody elsewhere can lock it out there."""


class LoginThrottle:
    """Counts sign-ins that fail, or have not succeeded yet, over all replicas."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def admit(self, username: str, address: str) -> None:
        """Count an attempt as failed until ``succeeded``. Raises TooManyRequests."""
        now = self._now()
        with self._database.read() as session:
            bounds = self._bounds(session, username, address, now)
            refusal = _refusal(session, bounds, now)
        # A flood of refused attempts is only read for.
        if refusal is None:
            with self._database.write() as session:
                refusal = self._take(session, bounds, now)
        if refusal is None:
            return
        bound, key, standing = refusal
        self._record(bound, key, now)
        raise TooManyRequests("Too many failed sign-ins.", retry_after=standing.seconds_left(now))

    def undecided(self, username: str, address: str) -> None:
        """Undo ``admit``: nobody could look at the password."""
        now = self._now()
        with self._database.write() as session:
            for bound, key in self._bounds(session, username, address, now):
                give_back(session, key, bound.window, now=now)

    def succeeded(self, session: Session, username: str, address: str) -> None:
        """Forget the failures of this account from this address, in a unit of work that writes."""
        now = self._now()
        for bound, key in self._bounds(session, username, address, now):
            if bound is PAIR:
                forget(session, key)
            else:
                give_back(session, key, bound.window, now=now)
        known = _key(session, KNOWN, username, counted_address(address))
        take(session, known, KNOWN.window, KNOWN.limit, now=now)

    def _bounds(
        self, session: Session, username: str, address: str, now: float
    ) -> list[tuple[Bound, str]]:
        """What applies, with the keys it is counted under."""
        place = counted_address(address)
        known = _key(session, KNOWN, username, place)
        is_known = not look(session, known, KNOWN.window, KNOWN.limit, now=now).granted
        bounds = [(PAIR, _key(session, PAIR, username, place))]
        if not is_known:
            bounds.append((ACCOUNT, _key(session, ACCOUNT, username)))
        return [*bounds, (ADDRESS, f"login-{ADDRESS.name}:{place}")]

    def _take(
        self, session: Session, bounds: list[tuple[Bound, str]], now: float
    ) -> tuple[Bound, str, Standing] | None:
        for number, (bound, key) in enumerate(bounds):
            standing = take(session, key, bound.window, bound.limit, now=now)
            if not standing.granted:
                for taken, taken_key in bounds[:number]:
                    give_back(session, taken_key, taken.window, now=now)
                return bound, key, standing
        return None

    def _record(self, bound: Bound, key: str, now: float) -> None:
        """Say once a window that a bound has begun to bite; the attempts after it are many."""
        told = f"told:{key}"
        with self._database.read() as session:
            if not look(session, told, bound.window, 1, now=now).granted:
                return
        with self._database.write() as session:
            if take(session, told, bound.window, 1, now=now).granted:
                record(session, Event.LOGIN_THROTTLED, outcome="failure", bound=bound.name)

    def _now(self) -> float:
        return self._clock().timestamp()


def _refusal(
    session: Session, bounds: list[tuple[Bound, str]], now: float
) -> tuple[Bound, str, Standing] | None:
    for bound, key in bounds:
        standing = look(session, key, bound.window, bound.limit, now=now)
        if not standing.granted:
            return bound, key, standing
    return None


def _key(session: Session, bound: Bound, *parts: str) -> str:
    text = "|".join((bound.name, *parts))
    return f"login-{bound.name}:{text_hash(session, text) or text}"
