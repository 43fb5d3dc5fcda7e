from __future__ import annotations

import json
import threading

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, events, upload

from on_prem_rag.db.base import utc_now
from on_prem_rag.jobs.models import Job


@pytest.fixture
def queued(ann: httpx.Client, library: Library, request: pytest.FixtureRequest) -> str:
    """A job that no worker takes."""
    shelf = ann.post("/api/v1/collections", json={"name": request.node.name}).json()["id"]
    return upload(ann, shelf, "a.txt", b"text").json()["job_id"]


def change(house: House, job_id: str, **values: object) -> None:
    with house.appliance.database.write() as session:
        job = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)


def test_jobs_are_listed_and_shown(ann: httpx.Client, library: Library, queued: str) -> None:
    found = ann.get("/api/v1/jobs", params={"document_id": library.document_id}).json()
    [job] = found["items"]
    assert (job["kind"], job["status"], job["error"]) == ("ingest", "succeeded", None)
    assert ann.get(f"/api/v1/jobs/{job['id']}").json() == job
    waiting = ann.get("/api/v1/jobs", params={"status": "queued"}).json()
    assert queued in {item["id"] for item in waiting["items"]}
    shelf = ann.get(f"/api/v1/jobs/{queued}").json()["collection_id"]
    here = ann.get("/api/v1/jobs", params={"collection_id": shelf}).json()
    assert ([item["id"] for item in here["items"]], here["total"]) == ([queued], 1)


def test_a_finished_job_says_so_at_once(ann: httpx.Client, library: Library) -> None:
    params = {"document_id": library.document_id}
    job = ann.get("/api/v1/jobs", params=params).json()["items"][0]
    [(number, kind, data)] = events(ann.get(f"/api/v1/jobs/{job['id']}/events"))
    assert kind == "done"
    assert number.isdecimal()
    assert json.loads(data)["status"] == "succeeded"


def test_progress_streams_until_the_end(house: House, ann: httpx.Client, queued: str) -> None:
    seen: list[tuple[str, str, str]] = []
    with ann.stream("GET", f"/api/v1/jobs/{queued}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        lines = response.iter_lines()
        for step in ("queued", "embedding", None):
            block = [next(lines) for _ in range(4)]
            seen.append(tuple(line.partition(": ")[2] for line in (*block[:2], block[2])))
            if step == "queued":
                change(house, queued, status="running", stage="embedding", done=3, total=9)
            elif step == "embedding":
                change(house, queued, status="succeeded", stage="done", finished_at=utc_now())
    kinds = [kind for kind, _, _ in seen]
    assert kinds == ["progress", "progress", "done"]
    assert [json.loads(data)["done"] for _, data, _ in seen] == [0, 3, 3]


def test_what_was_seen_is_not_sent_again(house: House, ann: httpx.Client, queued: str) -> None:
    with ann.stream("GET", f"/api/v1/jobs/{queued}/events") as response:
        lines = response.iter_lines()
        block = [next(lines) for _ in range(3)]
    number = block[2].removeprefix("id: ")
    timer = threading.Timer(1.5, change, (house, queued), {"status": "failed", "error_code": "x"})
    timer.start()
    response = ann.get(f"/api/v1/jobs/{queued}/events", headers={"Last-Event-ID": number})
    timer.join()
    found = events(response)
    assert [kind for _, kind, _ in found] == ["done"]
    assert json.loads(found[0][2])["error"]["code"] == "x"


def test_cancelling(ann: httpx.Client, queued: str) -> None:
    assert ann.post(f"/api/v1/jobs/{queued}/cancel").json()["status"] == "cancelled"
    again = ann.post(f"/api/v1/jobs/{queued}/cancel")
    assert again.json()["error"]["code"] == "conflict"


def test_a_job_is_seen_no_longer_than_its_collection(
    house: House, ann: httpx.Client, request: pytest.FixtureRequest
) -> None:
    shelf = ann.post("/api/v1/collections", json={"name": request.node.name}).json()["id"]
    grants = f"/api/v1/collections/{shelf}/grants"
    with house.sign_in("ines") as ines:
        grant = ann.put(grants, json={"principal": "ines", "level": "contributor"}).json()
        job = f"/api/v1/jobs/{upload(ines, shelf, 'a.txt', b'text').json()['job_id']}"
        assert ines.get(job).status_code == 200
        assert ann.delete(f"{grants}/{grant['id']}").status_code == 204
        assert ines.get(job).json()["error"]["code"] == "job_not_found"
        assert ines.get("/api/v1/jobs").json()["total"] == 0
    assert ann.get(job).status_code == 200
