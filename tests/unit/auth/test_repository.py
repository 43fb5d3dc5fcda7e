from __future__ import annotations

from datetime import UTC, datetime, timedelta

from on_prem_rag.auth import repository
from on_prem_rag.auth.models import RefreshToken, User
from on_prem_rag.db.session import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def add_token(database: Database, digest: str, *, family: str = "f1", hours: float = 1) -> None:
    with database.write() as session:
        user = repository.find_user_by_name(session, "ann")
        if user is None:
            user = User(username="ann", password_hash="x")
            session.add(user)
            session.flush()
        expires = NOW + timedelta(hours=hours)
        session.add(
            RefreshToken(user_id=user.id, family_id=family, token_hash=digest, expires_at=expires)
        )


def test_a_refresh_token_is_used_once(database: Database) -> None:
    add_token(database, "a")
    with database.write() as session:
        token = repository.find_refresh_token(session, "a")
        assert token is not None
        assert repository.use_refresh_token(session, token, NOW)
        assert not repository.use_refresh_token(session, token, NOW)


def test_a_family_lives_until_revoked_or_idle(database: Database) -> None:
    add_token(database, "a")
    with database.write() as session:
        token = repository.find_refresh_token(session, "a")
        assert token is not None
        ann = token.user_id
        assert repository.family_is_alive(session, ann, "f1", NOW)
        assert not repository.family_is_alive(session, "someone else", "f1", NOW)
        assert not repository.family_is_alive(session, ann, "f1", NOW + timedelta(hours=2))
        assert not repository.family_is_alive(session, ann, "f2", NOW)
        repository.revoke_family(session, "f1", NOW)
        assert not repository.family_is_alive(session, ann, "f1", NOW)


def test_active_sessions_count_families(database: Database) -> None:
    add_token(database, "a", family="f1")
    add_token(database, "b", family="f1")
    add_token(database, "c", family="f2")
    add_token(database, "d", family="f3", hours=-1)
    with database.read() as session:
        assert repository.count_active_sessions(session, NOW) == 2


def test_dead_tokens_are_forgotten(database: Database) -> None:
    add_token(database, "live")
    add_token(database, "old", hours=-1)
    with database.write() as session:
        token = repository.find_refresh_token(session, "live")
        assert token is not None
        repository.delete_dead_tokens(session, token.user_id, NOW)
        assert repository.find_refresh_token(session, "old") is None
        assert repository.find_refresh_token(session, "live") is not None
