from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.unit.auth.conftest import Clock

from on_prem_rag.auth.models import RefreshToken
from on_prem_rag.auth.service import AuthService
from on_prem_rag.db.session import Database
from on_prem_rag.errors import (
    InvalidInput,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
    WeakPassword,
)

GOOD = "four unrelated words"
BETTER = "five very unrelated words"


@pytest.fixture(autouse=True)
def ann(auth: AuthService) -> str:
    return auth.users.create("ann", password=GOOD)[0].id


def test_a_wrong_name_and_a_wrong_password_read_the_same(auth: AuthService) -> None:
    messages = set()
    for name, password in (("ann", "wrong"), ("nobody", GOOD)):
        with pytest.raises(Unauthenticated) as refused:
            auth.login(name, password, address="local")
        messages.add((refused.value.message, refused.value.hint))
    assert len(messages) == 1


def test_guessing_is_slowed_even_with_the_right_password_then(auth: AuthService) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            auth.login("ann", "wrong", address="10.0.0.1")
    with pytest.raises(TooManyRequests):
        auth.login("ann", GOOD, address="10.0.0.1")
    auth.login("ann", GOOD, address="10.0.0.2")


def test_attempts_that_nobody_looked_at_are_not_failures(
    auth: AuthService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> bool:
        raise ServiceUnavailable("Too many people are signing in at this moment.")

    with monkeypatch.context() as patch:
        patch.setattr(auth._passwords, "verify", busy)
        for _ in range(8):
            with pytest.raises(ServiceUnavailable):
                auth.login("ann", GOOD, address="10.0.0.1")
    auth.login("ann", GOOD, address="10.0.0.1")


def test_an_access_token_names_the_person(auth: AuthService, ann: str) -> None:
    identity = auth.authenticate(auth.login("ann", GOOD, address="local").access_token)
    assert (identity.user_id, identity.username, identity.role) == (ann, "ann", "member")


def test_refreshing_rotates(auth: AuthService, clock: Clock) -> None:
    first = auth.login("ann", GOOD, address="local")
    clock.forward(minutes=20)
    with pytest.raises(Unauthenticated):
        auth.authenticate(first.access_token)
    second = auth.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert auth.authenticate(second.access_token).username == "ann"


def test_using_a_refresh_token_again_ends_the_family(auth: AuthService, clock: Clock) -> None:
    first = auth.login("ann", GOOD, address="local")
    second = auth.refresh(first.refresh_token)
    clock.forward(seconds=11)
    with pytest.raises(Unauthenticated):
        auth.refresh(first.refresh_token)
    with pytest.raises(Unauthenticated):
        auth.refresh(second.refresh_token)
    with pytest.raises(Unauthenticated):
        auth.authenticate(second.access_token)


def test_two_tabs_racing_both_stay_signed_in(auth: AuthService, clock: Clock) -> None:
    first = auth.login("ann", GOOD, address="local")
    one = auth.refresh(first.refresh_token)
    clock.forward(seconds=5)
    two = auth.refresh(first.refresh_token)
    clock.forward(minutes=5)
    assert auth.refresh(one.refresh_token).access_token
    assert auth.refresh(two.refresh_token).access_token


def test_one_family_ending_leaves_the_other(auth: AuthService) -> None:
    desk = auth.login("ann", GOOD, address="local")
    phone = auth.login("ann", GOOD, address="local")
    auth.logout(auth.authenticate(desk.access_token).family_id)
    with pytest.raises(Unauthenticated):
        auth.authenticate(desk.access_token)
    with pytest.raises(Unauthenticated):
        auth.refresh(desk.refresh_token)
    assert auth.authenticate(phone.access_token).username == "ann"


def test_an_idle_session_ends(auth: AuthService, clock: Clock) -> None:
    pair = auth.login("ann", GOOD, address="local")
    clock.forward(hours=23)
    pair = auth.refresh(pair.refresh_token)
    clock.forward(hours=25)
    with pytest.raises(Unauthenticated):
        auth.refresh(pair.refresh_token)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_an_unknown_refresh_token_is_refused(auth: AuthService, token: str) -> None:
    with pytest.raises(Unauthenticated):
        auth.refresh(token)


def test_refresh_tokens_are_kept_only_as_hashes(auth: AuthService, database: Database) -> None:
    pair = auth.login("ann", GOOD, address="local")
    with database.read() as session:
        [row] = session.scalars(select(RefreshToken))
    assert pair.refresh_token not in {getattr(row, c.key) for c in RefreshToken.__table__.columns}


def test_changing_the_password_ends_every_other_session(auth: AuthService, ann: str) -> None:
    other = auth.login("ann", GOOD, address="local")
    fresh = auth.change_password(ann, GOOD, BETTER, address="local")
    assert auth.authenticate(fresh.access_token).user_id == ann
    with pytest.raises(Unauthenticated):
        auth.authenticate(other.access_token)
    with pytest.raises(Unauthenticated):
        auth.login("ann", GOOD, address="local")
    auth.login("ann", BETTER, address="local")


def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(
    auth: AuthService, ann: str
) -> None:
    with pytest.raises(InvalidInput):
        auth.change_password(ann, "wrong", BETTER, address="local")
    with pytest.raises(WeakPassword):
        auth.change_password(ann, GOOD, "short", address="local")
    with pytest.raises(InvalidInput):
        auth.change_password(ann, GOOD, GOOD, address="local")
    auth.login("ann", GOOD, address="local")


def test_a_one_time_password_is_spent_by_changing_it(auth: AuthService) -> None:
    user, one_time = auth.users.create("bob")
    assert one_time is not None
    pair = auth.change_password(user.id, one_time, BETTER, address="local")
    assert not pair.must_change_password
    assert not auth.login("bob", BETTER, address="local").must_change_password
