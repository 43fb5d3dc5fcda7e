from __future__ import annotations

import pytest

from on_prem_rag.auth.service import AuthService
from on_prem_rag.errors import (
    Conflict,
    InvalidInput,
    Unauthenticated,
    UserNotFound,
    WeakPassword,
)

GOOD = "four unrelated words"


def test_the_first_run_makes_an_admin_with_a_one_time_password(auth: AuthService) -> None:
    password = auth.users.create_first_admin()
    assert password is not None
    pair = auth.login("admin", password, address="local")
    assert pair.must_change_password
    assert auth.authenticate(pair.access_token).role == "admin"
    assert auth.users.create_first_admin() is None


def test_a_user_made_with_a_password_need_not_change_it(auth: AuthService) -> None:
    user, one_time = auth.users.create("Ann", password=GOOD)
    assert one_time is None
    assert (user.username, user.role) == ("ann", "member")
    assert not auth.login("ANN ", GOOD, address="local").must_change_password


@pytest.mark.parametrize("name", ["", " ", "operator", "Everyone", "a b", "-x", "a/b", "x" * 129])
def test_bad_names_are_refused(auth: AuthService, name: str) -> None:
    with pytest.raises(InvalidInput):
        auth.users.create(name, password=GOOD)


def test_a_name_is_taken_once_in_any_spelling(auth: AuthService) -> None:
    auth.users.create("ann", password=GOOD)
    with pytest.raises(Conflict):
        auth.users.create("ＡＮＮ", password=GOOD)


def test_a_weak_password_is_refused(auth: AuthService) -> None:
    with pytest.raises(WeakPassword):
        auth.users.create("ann", password="short")


def test_listing_pages_by_name(auth: AuthService) -> None:
    for name in ("cid", "ann", "bob"):
        auth.users.create(name, password=GOOD)
    users, total = auth.users.list(offset=1, limit=1)
    assert ([user.username for user in users], total) == (["bob"], 3)


def test_a_search_finds_a_part_of_the_name_in_any_spelling(auth: AuthService) -> None:
    for name in ("ann.lee", "anna", "bob"):
        auth.users.create(name, password=GOOD)
    users, total = auth.users.list(search=" ANN")
    assert ([user.username for user in users], total) == (["ann.lee", "anna"], 2)
    assert [u.username for u in auth.users.list(search="n.l")[0]] == ["ann.lee"]
    assert auth.users.list(search="%")[1] == 0, "a letter like any other"


def test_disabling_ends_sessions_and_keeps_out(auth: AuthService) -> None:
    auth.users.create_first_admin()
    user, _ = auth.users.create("ann", password=GOOD)
    pair = auth.login("ann", GOOD, address="local")
    auth.users.update(user.id, disabled=True)
    with pytest.raises(Unauthenticated):
        auth.authenticate(pair.access_token)
    with pytest.raises(Unauthenticated):
        auth.refresh(pair.refresh_token)
    with pytest.raises(Unauthenticated):
        auth.login("ann", GOOD, address="local")
    auth.users.update(user.id, disabled=False)
    auth.login("ann", GOOD, address="local")


def test_a_change_of_role_ends_sessions(auth: AuthService) -> None:
    auth.users.create_first_admin()
    user, _ = auth.users.create("ann", password=GOOD)
    pair = auth.login("ann", GOOD, address="local")
    auth.users.update(user.id, role="admin")
    with pytest.raises(Unauthenticated):
        auth.authenticate(pair.access_token)


def test_the_last_admin_stays(auth: AuthService) -> None:
    auth.users.create_first_admin()
    [admin], _ = auth.users.list()
    with pytest.raises(Conflict):
        auth.users.update(admin.id, disabled=True)
    with pytest.raises(Conflict):
        auth.users.update(admin.id, role="member")
    assert not auth.users.get(admin.id).disabled


def test_a_reset_gives_a_one_time_password_and_ends_sessions(auth: AuthService) -> None:
    user, _ = auth.users.create("ann", password=GOOD)
    pair = auth.login("ann", GOOD, address="local")
    one_time = auth.users.reset_password(user.id)
    with pytest.raises(Unauthenticated):
        auth.authenticate(pair.access_token)
    assert auth.login("ann", one_time, address="local").must_change_password


def test_an_unknown_user_is_not_found(auth: AuthService) -> None:
    for act in (auth.users.get, auth.users.update, auth.users.reset_password):
        with pytest.raises(UserNotFound):
            act("no-such-id")


def test_whoever_never_administered_may_change_without_an_admin(auth: AuthService) -> None:
    robot = auth.users.create_service_account("robot")
    assert auth.users.update(robot.id, disabled=True, kind="service").disabled
    user, _ = auth.users.create("ann", password=GOOD)
    assert auth.users.update(user.id, role="auditor").role == "auditor"
