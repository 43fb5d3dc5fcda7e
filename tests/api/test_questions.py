from __future__ import annotations

import json
import time

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import LEASE, House, events
from tests.ollama_standin import Step, ThreadedStandIn

QUESTION = "What is the notice period of the warehouse lease?"


def test_search_finds_the_page(ann: httpx.Client, library: Library) -> None:
    found = ann.post("/api/v1/search", json={"query": QUESTION, "top_k": 1}).json()
    [passage] = found["passages"]
    assert passage["document_id"] == library.document_id
    assert LEASE in passage["text"]
    assert 0 <= found["confidence"] <= 1
    assert {box[0] for box in passage["boxes"]} <= {1, 2}


def test_search_is_bounded_by_its_filters(ann: httpx.Client, library: Library) -> None:
    for bounds in ({"media_types": ["text/html"]}, {"date_from": "2999-01-01T00:00:00Z"}):
        found = ann.post("/api/v1/search", json={"query": QUESTION, **bounds}).json()
        assert found["passages"] == [], bounds
    naive = ann.post("/api/v1/search", json={"query": "x", "date_from": "2020-01-01T00:00:00"})
    assert naive.status_code == 422


def test_a_generated_answer_is_cited(
    ann: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    answer = ann.post("/api/v1/query", json={"query": QUESTION}).json()
    assert answer["mode"] == "generated"
    assert "nine months" in answer["answer"]
    citation = answer["citations"][0]
    assert citation["document_id"] == library.document_id
    marker = f"[{citation['marker']}]"
    assert answer["answer"][citation["offset"] :].startswith(marker)
    assert answer["budget"]["num_ctx"] == 8192


@pytest.mark.parametrize("how", ["field", "header"])
def test_the_same_as_a_stream(
    ann: httpx.Client, library: Library, model: ThreadedStandIn, how: str
) -> None:
    body = {"query": QUESTION, "stream": how == "field"}
    headers = {"Accept": "text/event-stream"} if how == "header" else {}
    response = ann.post("/api/v1/query", json=body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "no-store" in response.headers["cache-control"]
    found = events(response)
    kinds = [kind for _, kind, _ in found]
    assert kinds[0] == "status"
    assert kinds[-1] == "done"
    assert {"passages", "token", "citation"} <= set(kinds)
    assert [number for number, _, _ in found] == [str(n + 1) for n in range(len(found))]


def test_without_a_model_the_answer_is_extracted(
    ann: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    model.refuse()
    try:
        answer = ann.post("/api/v1/query", json={"query": QUESTION}).json()
    finally:
        model.accept()
    assert answer["mode"] == "extractive"
    assert "nine months" in answer["answer"]
    assert answer["citations"]


def test_half_an_answer_is_an_error_and_not_an_answer(
    ann: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    model.script(Step("no_done", after=3))
    response = ann.post("/api/v1/query", json={"query": QUESTION})
    assert response.status_code == 503, response.text
    assert response.json()["error"]["code"] == "generation_interrupted"
    model.script(Step("no_done", after=3))
    found = events(ann.post("/api/v1/query", json={"query": QUESTION, "stream": True}))
    assert found[-1][1] == "error"
    assert json.loads(found[-1][2])["code"] == "generation_interrupted"


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": "x" * 4001}, {"query": 1}])
def test_a_bad_question_is_refused(ann: httpx.Client, body: dict) -> None:
    assert ann.post("/api/v1/query", json=body).status_code == 422


@pytest.mark.parametrize("stream", [True, False])
def test_leaving_cancels_a_one_shot_answer(
    house: House, ann: httpx.Client, library: Library, model: ThreadedStandIn, stream: bool
) -> None:
    model.standin.token_delay = 5
    before = len(model.requests)
    token = bearer_of(ann)
    with house.client(token) as client, pytest.raises(httpx.ReadTimeout):
        client.post(
            "/api/v1/query",
            json={"query": QUESTION, "stream": stream},
            timeout=httpx.Timeout(10, read=1),
        )
    assert any(request.path == "/api/chat" for request in model.requests[before:])
    wait_until(lambda: model.standin.active == 0, seconds=4)


def bearer_of(client: httpx.Client) -> str:
    sent = client.get("/api/v1/auth/me").request
    return sent.headers["authorization"].removeprefix("Bearer ")


def wait_until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_no_question_and_no_secret_reaches_the_log(
    house: House, ann: httpx.Client, anyone: httpx.Client, library: Library
) -> None:
    needle = "xylophone-4711"
    ann.post("/api/v1/query", json={"query": f"Where is the {needle}?"})
    ann.post("/api/v1/search", json={"query": needle})
    ann.post("/api/v1/query", json={"query": needle, "nonsense": needle})
    anyone.get(f"/api/v1/{needle}", params={"q": needle})
    anyone.post("/api/v1/auth/token", json={"username": needle, "password": needle})
    log = house.log.getvalue()
    assert "question_hash" in log
    assert "latency_ms" in log
    assert needle not in log
    assert bearer_of(ann) not in log
