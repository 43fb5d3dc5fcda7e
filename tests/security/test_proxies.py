"""A forwarded address counts when a trusted proxy says so, and from nobody else.

``/metrics`` answers only this machine, so it tells which address a request was taken to come from.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.server_process import running_server

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    ("trusted", "status"), [("127.0.0.0/8", 404), ("192.0.2.1", 200), ("", 200)]
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    tmp_path: Path, built_model: Path, trusted: str, status: int
) -> None:
    data_dir = tmp_path / "data"
    with running_server(data_dir, built_model, trusted_proxies=trusted) as server:
        url = f"{server.entry.url}/metrics"
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert httpx.get(url, trust_env=False).status_code == 200
        assert httpx.get(url, headers=elsewhere, trust_env=False).status_code == status
