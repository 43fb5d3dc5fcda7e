from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from on_prem_rag.access.groups import add_member, create_group, delete_group
from on_prem_rag.access.limits import LimitBook, Limits, clear_limits, list_limits, set_limits
from on_prem_rag.access.models import LimitSet
from on_prem_rag.auth.models import ApiKey, User
from on_prem_rag.db import migrate
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import ApiKeyNotFound, GroupNotFound, InvalidInput, UserNotFound

BOOK = LimitBook(Limits(60, 10, 1000, 5000, 9000))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate.upgrade(database)
    with database.write() as session:
        for name in ("ann", "bob"):
            session.add(User(id=name, username=name, password_hash="x"))
        session.flush()
        session.add(
            ApiKey(
                id="key",
                user_id="ann",
                name="nightly",
                prefix="p",
                key_hash="h",
                scopes="read",
                expires_at=utc_now(),
            )
        )
    yield database
    database.close()


def group_of(database: Database, name: str, *members: str, **limits: int | None) -> str:
    with database.write() as session:
        group_id = create_group(session, name).group.id
        for member in members:
            add_member(session, group_id, member)
        set_limits(session, "group", group_id, limits)
        return group_id


def limits_of(database: Database, user_id: str) -> Limits:
    with database.read() as session:
        return BOOK.of_user(session, user_id)


def test_nothing_set_means_the_defaults(database: Database) -> None:
    assert limits_of(database, "ann") == BOOK.defaults
    with database.read() as session:
        assert BOOK.of_key(session, "key") == Limits()


def test_of_groups_the_most_generous_holds_for_each_limit(database: Database) -> None:
    group_of(database, "legal", "ann", requests_per_minute=5, queries_per_day=50)
    group_of(database, "board", "ann", requests_per_minute=9, queries_per_day=20)
    group_of(database, "others", "bob", requests_per_minute=900)
    assert limits_of(database, "ann") == Limits(9, 10, 50, 5000, 9000)
    group_of(database, "it", "ann", queries_per_day=0)
    assert limits_of(database, "ann").queries_per_day == 0, "without limit is the most"


def test_what_is_set_for_the_person_wins(database: Database) -> None:
    group_of(database, "legal", "ann", requests_per_minute=500, storage_bytes=0)
    with database.write() as session:
        set_limits(session, "user", "ann", {"requests_per_minute": 3})
    assert limits_of(database, "ann") == Limits(3, 10, 1000, 5000, 0)
    with database.write() as session:
        clear_limits(session, "user", "ann")
    assert limits_of(database, "ann").requests_per_minute == 500


def test_a_key_has_its_own_besides(database: Database) -> None:
    with database.write() as session:
        set_limits(session, "api_key", "key", {"queries_per_minute": 2})
    with database.read() as session:
        assert BOOK.of_key(session, "key") == Limits(queries_per_minute=2)
    assert limits_of(database, "ann") == BOOK.defaults
    with database.write() as session, pytest.raises(InvalidInput):
        set_limits(session, "api_key", "key", {"storage_bytes": 5})


def test_they_are_listed_by_name(database: Database) -> None:
    legal = group_of(database, "legal", queries_per_day=5)
    with database.write() as session:
        set_limits(session, "api_key", "key", {"queries_per_minute": 2})
        set_limits(session, "user", "bob", {"queries_per_minute": 2})
    with database.read() as session:
        views, total = list_limits(session, offset=0, limit=10)
    found = [(view.kind, view.id, view.name) for view in views]
    assert found == [
        ("user", "bob", "bob"),
        ("group", legal, "legal"),
        ("api_key", "key", "ann: nightly"),
    ]
    assert total == 3


def test_they_go_with_whom_they_are_for(database: Database) -> None:
    legal = group_of(database, "legal", queries_per_day=5)
    with database.write() as session:
        set_limits(session, "api_key", "key", {"queries_per_minute": 2})
        set_limits(session, "user", "ann", {"queries_per_minute": 2})
    with database.write() as session:
        delete_group(session, legal)
        session.delete(session.get_one(User, "ann"))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LimitSet)) == 0


def test_nobody_has_none(database: Database) -> None:
    for kind, missing in (
        ("user", UserNotFound),
        ("group", GroupNotFound),
        ("api_key", ApiKeyNotFound),
    ):
        with database.write() as session:
            with pytest.raises(missing):
                set_limits(session, kind, "nobody", {"queries_per_day": 1})  # type: ignore[arg-type]
            with pytest.raises(missing):
                clear_limits(session, kind, "nobody")  # type: ignore[arg-type]
