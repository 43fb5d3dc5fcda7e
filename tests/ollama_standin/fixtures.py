"""Fixtures for every test that needs an Ollama server.

A conftest.py takes them with ``from tests.ollama_standin.fixtures import *``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.ollama_standin.server import ThreadedStandIn

__all__ = ["ollama"]


@pytest.fixture
def ollama() -> Iterator[ThreadedStandIn]:
    """A stand-in of this test's own: ``.url``, ``.script(...)``, ``.requests``, ``.standin``."""
    with ThreadedStandIn() as server:
        yield server
