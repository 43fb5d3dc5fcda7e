from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from on_prem_rag.auth.passwords import MAX_BYTES, Passwords, check_strength, one_time_password
from on_prem_rag.errors import WeakPassword

GOOD = "four unrelated words"


def test_a_hash_is_argon2id_with_owasps_parameters() -> None:
    encoded = Passwords().hash(GOOD)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert GOOD not in encoded


def test_only_the_right_password_matches(passwords: Passwords) -> None:
    encoded = passwords.hash(GOOD)
    assert passwords.verify(GOOD, encoded)
    assert not passwords.verify(GOOD + " ", encoded)
    assert not passwords.verify("", encoded)


def test_nobodys_password_never_matches(passwords: Passwords) -> None:
    assert not passwords.verify(GOOD, None)


def test_an_unknown_name_costs_as_much_time_as_a_wrong_password() -> None:
    slow = Passwords(memory_kib=16_384, passes=3)
    encoded = slow.hash(GOOD)

    def cheapest(hashed: str | None) -> float:
        times = []
        for _ in range(5):
            started = time.thread_time()
            slow.verify("wrong", hashed)
            times.append(time.thread_time() - started)
        return min(times)

    assert cheapest(None) > cheapest(encoded) / 2


def test_composed_and_decomposed_letters_are_the_same_password(passwords: Passwords) -> None:
    assert passwords.verify("mu\u0308nchen straße x", passwords.hash("münchen straße x"))


def test_a_huge_password_is_refused_before_hashing(passwords: Passwords) -> None:
    huge = "ab" * MAX_BYTES
    assert not passwords.verify(huge, passwords.hash(huge))


def test_odd_unicode_is_only_wrong(passwords: Passwords) -> None:
    assert not passwords.verify("\ud800", passwords.hash(GOOD))


def test_no_more_hashes_run_at_once_than_allowed() -> None:
    passwords = Passwords(parallel=1, memory_kib=64, passes=1)
    done = threading.Event()
    with passwords._slot():
        thread = threading.Thread(target=lambda: (passwords.hash(GOOD), done.set()))
        thread.start()
        assert not done.wait(0.1)
    thread.join(10)
    assert done.is_set()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "PasswordPassword",
        "aaaaaaaaaaaaaaaa",
        "johannes.smith",
        "JOHANNES.SMITH",
        "x1y2z3" * 400,
        "qwertyuiop123",
        "P@ssw0rd12345",
        "johannes.smith1",
        "correcthorsebatterystaple",
        "abcdefghijklmnop",
        "asdfghjklasdfghjkl",
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password, "johannes.smith")


@pytest.mark.parametrize("password", [GOOD, "ein langes Passwort", "長い秘密の言葉を四つ並べる"])
def test_a_strong_password_passes(password: str) -> None:
    check_strength(password, "johannes.smith")


def test_one_time_passwords_are_strong_and_differ() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_strength(password, "admin")


def test_judging_the_longest_password_takes_no_time_to_notice() -> None:
    started = time.perf_counter()
    for longest in (("aA1!bB2@" * MAX_BYTES)[:MAX_BYTES], ("p@ssw0rd" * 128)[:MAX_BYTES] + "é"):
        with suppress(WeakPassword):
            check_strength(longest, "johannes.smith")
    assert time.perf_counter() - started < 2
