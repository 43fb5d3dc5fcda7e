"""The check by its API: its report, its place in the overview and in the audit log."""

from __future__ import annotations

import httpx
from tests.api.conftest import Library
from tests.api.house import House
from tests.server_process import wait_for

CHECK = "/api/v1/check"


def run(client: httpx.Client, **body: bool) -> dict:
    """A check's report, after whatever runs already."""
    wait_for(lambda: client.post(CHECK, json=body).status_code == 202, "it begins")
    wait_for(lambda: client.get(CHECK).json()["state"] == "idle", "it ends")
    report: dict = client.get(CHECK).json()["last"]
    return report


def test_a_report_holds_ids_and_counts_and_no_names(
    admin: httpx.Client, auditor: httpx.Client, library: Library, house: House
) -> None:
    report = run(admin, read_data=True)
    assert (report["consistent"], report["findings"]) == (True, [])
    assert report["checked"]["originals"] >= 1
    with house.appliance.projector.still():
        live = house.appliance.projector.dense.live
        assert live is not None
        chunk_ids = live.chroma.chunk_ids(library.collection_id)
        live.chroma.delete(library.collection_id, sorted(chunk_ids))
        live.note_files()
    response = admin.post(CHECK, json={"repair": True})
    assert response.status_code == 202
    wait_for(lambda: admin.get(CHECK).json()["state"] == "idle", "it ends")
    shown = admin.get(CHECK)
    [found] = shown.json()["last"]["findings"]
    assert (found["store"], found["kind"], found["repaired"]) == ("vectors", "missing", True)
    assert found["collection_id"] == library.collection_id
    assert set(found["ids"]) <= chunk_ids
    assert "lease" not in shown.text
    last = admin.get("/api/v1/admin/overview").json()["last_check"]
    assert (last["consistent"], last["inconsistencies"]) == (True, 0)
    told = auditor.get("/api/v1/audit", params={"event": "check"}).json()["items"]
    assert {"read_data": False, "repair": True} in [event["details"] for event in told]


def test_metrics_say_when_and_what(admin: httpx.Client, operator: httpx.Client) -> None:
    run(admin)
    text = operator.get("/metrics").text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["check_last_run_timestamp_seconds"]) > 1.7e9
    assert float(values["check_last_inconsistencies"]) == 0


def test_cancelling_nothing_is_no_error_and_unknown_options_are(admin: httpx.Client) -> None:
    run(admin)
    assert admin.delete(CHECK).json()["state"] == "idle"
    assert admin.post(CHECK, json={"reed_data": True}).status_code == 422
