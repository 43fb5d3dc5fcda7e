from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.api.conftest import Library
from tests.api.house import House, make_settings, open_house
from tests.server_process import wait_for

PARTS = {"database", "schema", "lexical", "vector_db", "embedding", "ollama", "worker"}


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
def test_health_tells_details_to_admins_alone(
    anyone: httpx.Client,
    ann: httpx.Client,
    admin: httpx.Client,
    operator: httpx.Client,
    library: Library,
    path: str,
) -> None:
    for client in (anyone, ann):
        body = client.get(path).json()
        assert body["status"] in ("healthy", "degraded")
        assert body["timestamp"].endswith("Z")
        assert body["checks"] is None
    for client in (admin, operator):
        checks = client.get(path).json()["checks"]
        assert set(checks) == PARTS
        assert checks["database"]["status"] == "healthy"
        assert checks["database"]["response_time_ms"] >= 0
    assert anyone.get(path, headers={"Authorization": "Bearer x"}).json()["checks"] is None


@pytest.mark.parametrize("path", ["/ready", "/api/v1/ready"])
def test_ready(anyone: httpx.Client, library: Library, path: str) -> None:
    assert anyone.get(path).json() == {"ready": True}


def test_metrics_count_templates_and_read_gauges(
    house: House, ann: httpx.Client, anyone: httpx.Client, library: Library, tmp_path: Path
) -> None:
    with open_house(make_settings(tmp_path)):
        pass  # Whoever read the gauges before it does so again after it.
    ann.get(f"/api/v1/documents/{library.document_id}")
    anyone.get("/nowhere/at/all")
    ann.get("/api/v1/documents/no-such-document")
    wait_for(lambda: "dependency_up{" in anyone.get("/metrics").text, "the parts were asked")
    text = anyone.get("/metrics").text
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    template = ("endpoint", "/api/v1/documents/{document_id}")
    counted = "http_requests_total"
    assert samples[counted, template, ("method", "GET"), ("status", "200")] >= 1
    assert samples[counted, template, ("method", "GET"), ("status", "404")] >= 1
    assert library.document_id not in text
    assert "nowhere" not in text
    assert samples["active_users",] >= 1
    assert samples["active_sessions",] >= 1
    assert samples["db_size_bytes",] > 0
    assert samples["index_lag_changes",] >= 0
    assert samples["ingest_queue_length",] >= 0
    assert 0 <= samples["db_pool_in_use",] <= samples["db_pool_limit",] == 60
    assert samples["host_cpu_seconds_total", ("state", "busy")] > 0
    assert samples["host_memory_available_bytes",] < samples["host_memory_total_bytes",]
    assert samples["disk_free_bytes", ("disk", "data")] > 0
    assert samples["dependency_up", ("part", "database")] == 1
    assert samples["dependency_up", ("part", "ollama")] == 1, "the stand-in answers"
    assert samples["ingest_documents_total", ("outcome", "succeeded")] >= 1
    assert samples["http_request_duration_seconds_count", template, ("method", "GET")] >= 2


def test_metrics_can_be_switched_off(house: House) -> None:
    import asyncio

    from on_prem_rag.api.app import create_app

    class Silent:
        settings = house.appliance.settings.model_copy(update={"enable_metrics": False})

        def __getattr__(self, name: str) -> object:
            return getattr(house.appliance, name)

    async def get() -> int:
        transport = httpx.ASGITransport(create_app(Silent()), client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/metrics")).status_code

    assert asyncio.run(get()) == 404
