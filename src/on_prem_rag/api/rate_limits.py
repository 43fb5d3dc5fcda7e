"""How often one person, one API key, or one address before sign-in, may ask; over all replicas."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.types import Scope

from on_prem_rag.access.limits import LimitBook, Limits
from on_prem_rag.api.quotas import Quota, note_quota
from on_prem_rag.auth.addresses import counted_address
from on_prem_rag.db.session import Database
from on_prem_rag.errors import TooManyRequests
from on_prem_rag.quotas.blocks import Blocks
from on_prem_rag.quotas.counters import take
from on_prem_rag.quotas.window import DAY, MINUTE


class RateLimits:
    """Counts requests a minute, and questions a minute and a day.

    A key's requests count to its owner, and to the key where limits are set for it. Every method
    may wait for SQL, so it is called from a thread; each notes in the request's ``scope`` what the
    answer shall tell, and raises TooManyRequests.
    """

    def __init__(
        self, database: Database, book: LimitBook, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._book = book
        self._now = clock
        self._requests = Blocks(database, MINUTE, clock=clock)

    def count_address(self, scope: Scope, address: str) -> None:
        """Count a request of someone who is not signed in."""
        default = self._book.defaults.requests_per_minute
        self._request(scope, f"address:{counted_address(address)}", lambda _: default)

    def count_request(self, scope: Scope, user_id: str, key_id: str | None) -> None:
        """Count one request of a person or a service account, made with this key if any."""

        def of_user(session: Session) -> int:
            return self._book.of_user(session, user_id).requests_per_minute

        def of_key(session: Session) -> int:
            return self._book.of_key(session, key_id or "").requests_per_minute

        self._request(scope, user_id, of_user)
        if key_id is not None:
            self._request(scope, f"key:{key_id}", of_key, "key-")

    def count_query(self, scope: Scope, user_id: str, key_id: str | None) -> None:
        """Count one question, exactly: there are few, and each is dear."""
        with self._database.write() as session:
            of_user = self._book.of_user(session, user_id)
            self._question(session, scope, user_id, of_user)
            if key_id is not None:
                of_key = self._book.of_key(session, key_id)
                self._question(session, scope, f"key:{key_id}", of_key, "key-")

    def _request(
        self, scope: Scope, holder: str, limit_of: Callable[[Session], int], prefix: str = ""
    ) -> None:
        standing = self._requests.spend(f"requests:{holder}", limit_of)
        self._note(scope, Quota(f"{prefix}requests", MINUTE, standing), "requests in one minute")

    def _question(
        self, session: Session, scope: Scope, holder: str, limits: Limits, prefix: str = ""
    ) -> None:
        for name, window, limit, words in (
            ("questions", MINUTE, limits.queries_per_minute, "questions in one minute"),
            ("questions-day", DAY, limits.queries_per_day, "questions in one day"),
        ):
            if limit:
                key = f"{name}:{holder}"
                standing = take(session, key, window, limit, now=self._now())
                self._note(scope, Quota(f"{prefix}{name}", window, standing), words)

    def _note(self, scope: Scope, quota: Quota, words: str) -> None:
        note_quota(scope, quota)
        if not quota.standing.granted:
            raise TooManyRequests(
                f"More than {quota.standing.limit} {words}.",
                retry_after=quota.standing.seconds_left(self._now()),
            )
