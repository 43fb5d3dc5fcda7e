"""Guessing of passwords: few guesses are ever looked at, and others still get in.

What a guess costs is the password's hash, so the guesses that reach it are what is counted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.log import AuditLog
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.auth.passwords import Passwords
from on_prem_rag.auth.service import AuthService
from on_prem_rag.auth.throttle import ACCOUNT, ADDRESS, PAIR, LoginThrottle
from on_prem_rag.auth.tokens import AccessTokens
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.errors import TooManyRequests, Unauthenticated

FULL = bool(os.environ.get("RAG_TEST_FULL"))
GUESSES = 1000
ROUNDS = 300 if FULL else 60
GOOD = "four unrelated words"


class Counted(Passwords):
    """Real hashes, made cheap, that are counted."""

    def __init__(self, *, memory_kib: int = 64) -> None:
        super().__init__(memory_kib=memory_kib, passes=1)
        self.verified = 0

    def verify(self, password: str, encoded: str | None) -> bool:
        self.verified += 1
        return super().verify(password, encoded)


@dataclass
class Replicas:
    """Two servers' sign-ins on one database."""

    database: Database
    second: Database
    passwords: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        self.services = [self.service(self.passwords), self.service(self.passwords, second=True)]
        for name in ("ann", "bob"):
            self.services[0].users.create(name, password=GOOD)

    def service(self, passwords: Passwords, *, second: bool = False) -> AuthService:
        database = self.second if second else self.database
        return AuthService(database, AccessTokens("s" * 40), passwords)

    def attack(self, guesses: list[tuple[str, str]]) -> int:
        """Guess by (name, address), eight at once over both replicas; how many were looked at."""
        before = self.passwords.verified

        def guess(number: int) -> None:
            name, address = guesses[number]
            with suppress(Unauthenticated, TooManyRequests):
                self.services[number % 2].login(name, f"guess {number}", address=address)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(guess, range(len(guesses))))
        return self.passwords.verified - before

    def events(self, action: str) -> int:
        query = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
        with self.database.read() as session:
            return session.scalar(query) or 0


@pytest.fixture
def replicas(database_url: str) -> Iterator[Replicas]:
    databases = [Database(database_url), Database(database_url)]
    migrate.upgrade(databases[0])
    for database in databases:
        AuditLog(Chain("k" * 40)).attach(database)
    yield Replicas(*databases)
    for database in databases:
        database.close()


def test_a_thousand_guesses_at_one_account(replicas: Replicas) -> None:
    assert replicas.attack([("ann", "10.6.6.6")] * GUESSES) == PAIR.limit
    # The one who is attacked gets in from elsewhere, and so does everyone at the attacker's place.
    replicas.services[0].login("ann", GOOD, address="10.0.0.1")
    replicas.services[1].login("bob", GOOD, address="10.6.6.6")


def test_a_thousand_guesses_at_many_accounts_from_one_address(replicas: Replicas) -> None:
    names = ["ann", "bob", *(f"nobody{number}" for number in range(200))]
    guesses = [(names[number % len(names)], "10.6.6.6") for number in range(GUESSES)]
    assert replicas.attack(guesses) == ADDRESS.limit
    for name in ("ann", "bob"):
        replicas.services[0].login(name, GOOD, address="10.0.0.1")


def test_a_thousand_guesses_at_one_account_from_everywhere(replicas: Replicas) -> None:
    replicas.services[0].login("ann", GOOD, address="10.0.0.1")
    guesses = [("ann", f"10.6.{number % 250}.1") for number in range(GUESSES)]
    assert replicas.attack(guesses) == ACCOUNT.limit
    # Where they signed in before they still get in; from a new address they have to wait.
    replicas.services[1].login("ann", GOOD, address="10.0.0.1")
    with pytest.raises(TooManyRequests):
        replicas.services[1].login("ann", GOOD, address="10.0.0.2")


def test_the_log_tells_of_an_attack_in_few_lines(replicas: Replicas) -> None:
    replicas.attack([("ann", "10.6.6.6")] * 300)
    assert replicas.events("login_failed") == PAIR.limit
    assert replicas.events("throttled") == 1


def test_without_the_throttle_every_guess_would_be_looked_at(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoginThrottle, "admit", lambda *_: None)
    assert replicas.attack([("ann", "10.6.6.6")] * 100) == 100


def test_known_and_unknown_names_take_the_same_time(replicas: Replicas) -> None:
    assert difference(replicas.service(Passwords())) < 0.10


def test_the_comparison_finds_an_early_return(replicas: Replicas) -> None:
    class Hasty(Passwords):
        def verify(self, password: str, encoded: str | None) -> bool:
            return encoded is not None and super().verify(password, encoded)

    assert difference(replicas.service(Hasty()), rounds=10) > 0.10


def difference(service: AuthService, rounds: int = ROUNDS) -> float:
    """By what part the sign-in of one kind of name takes longer, by medians.

    Measured in this thread's processor time, which other processes do not add to, in pairs whose
    order changes, so that whatever drifts meets both. Names and addresses change before any bound
    bites, which would end the work early.
    """
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        pair = number // (ACCOUNT.limit // 2)
        if number % (ACCOUNT.limit // 2) == 0:
            service.users.create(f"known{pair}", password=GOOD)
        for known in (True, False) if number % 2 else (False, True):
            name = f"known{pair}" if known else f"other{pair}"
            began = time.thread_time()
            with pytest.raises(Unauthenticated):
                service.login(name, "a wrong guess", address=f"10.1.{pair}.{number}")
            spent[known].append(time.thread_time() - began)
    medians = {known: statistics.median(times) for known, times in spent.items()}
    return max(medians.values()) / min(medians.values()) - 1
