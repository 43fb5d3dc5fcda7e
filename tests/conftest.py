"""Fixtures every folder of tests may use."""

import signal

from tests.databases import *  # noqa: F403
from tests.ollama_standin.fixtures import *  # noqa: F403
from tests.server_process import *  # noqa: F403


def pytest_configure() -> None:
    """A suite started in a shell's background ignores Ctrl-C, and so would the commands it runs."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
