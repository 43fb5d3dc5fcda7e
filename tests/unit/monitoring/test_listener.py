"""The internal metrics listener."""

import socket

import httpx
import pytest

from on_prem_rag.config import load_settings
from on_prem_rag.monitoring.listener import start_metrics_listener


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_metrics_are_served_on_their_own_port(free_port: int) -> None:
    start_metrics_listener(load_settings({}, metrics_port=free_port)[0])
    response = httpx.get(f"http://127.0.0.1:{free_port}/metrics", trust_env=False)
    assert "http_requests_total" in response.text


def test_a_taken_port_does_not_stop_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        start_metrics_listener(load_settings({}, metrics_port=taken.getsockname()[1])[0])


def test_switched_off_nothing_listens(free_port: int) -> None:
    settings, _ = load_settings({}, metrics_port=free_port, enable_metrics=False)
    start_metrics_listener(settings)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{free_port}/metrics", trust_env=False)
