from __future__ import annotations

import socket

import pytest

from on_prem_rag.api.middleware.hosts import AllowedHosts


async def nothing(scope: object, receive: object, send: object) -> None:
    return None


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("192.168.7.7:443", True),
        (socket.gethostname(), True),
        ("rag.example.org", True),
        ("RAG.example.org.:443", True),
        ("", False),
        ("evil.example", False),
        ("rag.example.org.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", True),
        ("[evil.example]", False),
    ],
)
def test_which_names_are_ours(header: str, accepted: bool) -> None:
    hosts = AllowedHosts(nothing, ["rag.example.org"])  # type: ignore[arg-type]
    assert hosts._accepts(header) is accepted


def test_a_star_accepts_all() -> None:
    assert AllowedHosts(nothing, ["*"])._accepts("evil.example")  # type: ignore[arg-type]
