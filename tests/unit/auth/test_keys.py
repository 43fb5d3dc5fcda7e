from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select
from tests.unit.auth.conftest import Clock

from on_prem_rag.auth.keys import MAX_LIVE_KEYS
from on_prem_rag.auth.models import ApiKey
from on_prem_rag.auth.service import AuthService
from on_prem_rag.db.session import Database
from on_prem_rag.errors import (
    ApiKeyNotFound,
    Conflict,
    InvalidInput,
    Unauthenticated,
    UserNotFound,
)

GOOD = "four unrelated words"
SECRET = "s" * 43


@pytest.fixture
def robot(auth: AuthService) -> str:
    auth.users.create_first_admin()
    return auth.users.create_service_account("Robot").id


def test_a_key_is_its_user_within_its_scopes(auth: AuthService, robot: str) -> None:
    view, key = auth.keys.create(robot, " nightly  job ", ["read", "ask", "read"])
    assert key.startswith(f"ork_{view.key.prefix}_")
    assert (view.username, view.key.name, view.key.scopes) == ("robot", "nightly job", "ask read")
    identity = auth.authenticate(key)
    assert (identity.user_id, identity.username, identity.role) == (robot, "robot", "member")
    assert identity.scopes == {"read", "ask"}
    assert (identity.key_id, identity.family_id) == (view.key.id, None)


def test_only_a_hash_is_kept(auth: AuthService, robot: str, database: Database) -> None:
    _, key = auth.keys.create(robot, "job", ["read"])
    secret = key.rsplit("_", 1)[-1] if key.count("_") == 2 else key[17:]
    with database.read() as session:
        row = session.scalars(select(ApiKey)).one()
        kept = " ".join(str(getattr(row, column.name)) for column in ApiKey.__table__.columns)
    assert secret not in kept
    assert key not in kept


def test_a_sign_in_has_no_scopes(auth: AuthService) -> None:
    auth.users.create("ann", password=GOOD)
    identity = auth.authenticate(auth.login("ann", GOOD, address="local").access_token)
    assert identity.scopes is None
    assert identity.key_id is None


def malformed(key: str) -> list[str]:
    mark, prefix, secret = key[:4], key[4:16], key[17:]
    return [
        mark,
        "ork",
        "ork_",
        "ork__",
        "ork___",
        key[:-1],
        key + "a",
        key + "\n",
        key + "=",
        key + "\x00",
        " " + key,
        key.upper(),
        key.replace("ork_", "ork-", 1),
        f"ork_{prefix}",
        f"ork_{prefix}_",
        f"ork__{secret}",
        f"ork_{secret}_{prefix}",
        f"ork_{prefix}_{SECRET}",
        f"ork_{'0' * 12}_{secret}",
        f"ork_{prefix}_{secret[::-1]}",
        f"ork_{prefix}_{secret[:-1]}é",
        f"ork_{prefix[:-1]}٣_{secret}",
        f"ork_%_{secret}",
        f"ork_' OR 1=1 --_{secret}",
        f"ork_{prefix}_{secret}_{secret}",
        "ork_" + "a" * 100_000,
        "ork_\ud800",
        f"ork_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}",
    ]


def test_whatever_is_not_a_key_is_refused_alike(auth: AuthService, robot: str) -> None:
    _, key = auth.keys.create(robot, "job", ["read"])
    forged = malformed(key)
    assert len(forged) >= 20
    said = set()
    for text in forged:
        with pytest.raises(Unauthenticated) as refused:
            auth.authenticate(text)
        said.add(refused.value.message)
    assert len(said) == 1
    assert auth.authenticate(key)


def test_expired_revoked_and_disabled_are_refused_as_the_unknown(
    auth: AuthService, robot: str, clock: Clock
) -> None:
    expiring = auth.keys.create(robot, "short", ["read"], days=1)[1]
    view, revoked = auth.keys.create(robot, "revoked", ["read"])
    kept = auth.keys.create(robot, "kept", ["read"])[1]
    auth.keys.revoke(view.key.id, None)
    said = []
    for text in ("ork_0", revoked):
        with pytest.raises(Unauthenticated) as refused:
            auth.authenticate(text)
        said.append((refused.value.message, refused.value.hint))
    assert auth.authenticate(expiring)
    clock.forward(days=1)
    with pytest.raises(Unauthenticated) as refused:
        auth.authenticate(expiring)
    assert {*said, (refused.value.message, refused.value.hint)} == {said[0]}
    auth.users.update(robot, disabled=True, kind="service")
    with pytest.raises(Unauthenticated):
        auth.authenticate(kept)
    auth.users.update(robot, disabled=False, kind="service")
    assert auth.authenticate(kept)


def test_use_is_recorded_to_the_minute(auth: AuthService, robot: str, clock: Clock) -> None:
    _, key = auth.keys.create(robot, "job", ["read"])

    def last_used() -> object:
        return auth.keys.list(robot)[0][0].key.last_used_at

    assert last_used() is None
    auth.authenticate(key)
    first = last_used()
    assert first == clock.now
    clock.forward(seconds=59)
    auth.authenticate(key)
    assert last_used() == first
    clock.forward(seconds=1)
    auth.authenticate(key)
    assert last_used() == clock.now


def test_bad_wishes_are_refused(auth: AuthService, robot: str) -> None:
    for name, scopes, days in (
        ("", ["read"], 90),
        ("x" * 129, ["read"], 90),
        ("job", [], 90),
        ("job", ["admin"], 90),
        ("job", ["read"], 0),
        ("job", ["read"], 3651),
    ):
        with pytest.raises(InvalidInput):
            auth.keys.create(robot, name, scopes, days=days)  # type: ignore[arg-type]
    with pytest.raises(UserNotFound):
        auth.keys.create("nobody", "job", ["read"])


def test_one_user_holds_so_many_live_keys(auth: AuthService, robot: str) -> None:
    made = [auth.keys.create(robot, "job", ["read"])[0] for _ in range(MAX_LIVE_KEYS)]
    with pytest.raises(Conflict):
        auth.keys.create(robot, "job", ["read"])
    auth.keys.revoke(made[0].key.id, robot)
    auth.keys.create(robot, "job", ["read"])


def test_another_persons_key_does_not_exist(auth: AuthService, robot: str) -> None:
    view, key = auth.keys.create(robot, "job", ["read"])
    ann = auth.users.create("ann", password=GOOD)[0].id
    assert auth.keys.list(ann) == ([], 0)
    for key_id in (view.key.id, "nothing"):
        with pytest.raises(ApiKeyNotFound):
            auth.keys.revoke(key_id, ann)
    assert auth.authenticate(key)
    assert auth.keys.list(None)[1] == 1


def test_a_service_account_has_no_password(auth: AuthService, robot: str) -> None:
    for password in ("", "robot", GOOD):
        with pytest.raises(Unauthenticated):
            auth.login("robot", password, address="local")
    with pytest.raises(UserNotFound):
        auth.users.reset_password(robot)
    with pytest.raises(UserNotFound):
        auth.users.update(robot, role="admin")
    assert auth.users.list(kind="service")[0][0].id == robot
    assert robot not in {user.id for user in auth.users.list()[0]}


def test_a_reset_ends_a_persons_keys(auth: AuthService) -> None:
    ann = auth.users.create("ann", password=GOOD)[0].id
    key = auth.keys.create(ann, "mine", ["read"])[1]
    assert auth.authenticate(key).username == "ann"
    auth.users.reset_password(ann)
    with pytest.raises(Unauthenticated):
        auth.authenticate(key)
