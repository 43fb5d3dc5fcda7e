from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ollama_standin import ThreadedStandIn

from on_prem_rag.llm.ollama_client import AsyncNativeClient, ProtocolViolation, _LineGuard


@given(text=st.text(alphabet="a\u0085\u00c2\n\u20ac", max_size=40), size=st.integers(1, 5))
def test_next_line_is_escaped_and_nothing_else_changes(text: str, size: int) -> None:
    guard = _LineGuard(1000)
    data = text.encode()
    parts = [guard.feed(data[i : i + size]) for i in range(0, len(data), size)]
    assert b"".join(parts) == text.replace("\u0085", "\\u0085").encode()


def test_a_line_may_be_as_long_as_the_limit_and_no_longer() -> None:
    guard = _LineGuard(10)
    for _ in range(5):
        guard.feed(b"123456789\n")
    guard.feed(b"12345")
    guard.feed(b"67890")
    with pytest.raises(ProtocolViolation):
        guard.feed(b"1")


async def test_keys_the_package_does_not_know_are_kept(ollama: ThreadedStandIn) -> None:
    client = AsyncNativeClient(ollama.url, connect_timeout=1)
    answer = await client.request_json("GET", "/api/tags")
    assert answer["models"][0]["capabilities"] == ["completion"]
    await client.aclose()
