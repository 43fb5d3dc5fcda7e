"""The endpoints operators rely on answer under their names."""

import httpx
import pytest
from tests.architecture.test_contract import promised


@pytest.mark.parametrize("endpoint", promised("Endpoints"))
def test_an_endpoint_exists(operator: httpx.Client, endpoint: str) -> None:
    method, path = endpoint.split()
    response = operator.request(method, path, json={} if method == "POST" else None)
    assert response.status_code not in (404, 405), response.text


def test_the_check_notices_what_is_missing(operator: httpx.Client) -> None:
    assert operator.get("/api/v1/nothing").status_code == 404
    assert operator.delete("/ready").status_code == 405
