from __future__ import annotations

import json

import httpx
from tests.api.conftest import Library
from tests.api.house import events
from tests.api.test_questions import QUESTION
from tests.ollama_standin import Step, ThreadedStandIn

PATH = "/v1/chat/completions"


def body(**changes: object) -> dict:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    return {"model": "", "messages": messages, "temperature": 0.2, **changes}


def test_a_completion_in_openais_form(
    ann: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    answer = ann.post(PATH, json=body()).json()
    assert answer["object"] == "chat.completion"
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert "nine months" in choice["message"]["content"]
    assert choice["message"]["content"].splitlines()[-1].startswith("[")
    assert "lease.pdf, page" in choice["message"]["content"]
    assert answer["citations"][0]["document_id"] == library.document_id
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_a_streamed_completion(ann: httpx.Client, library: Library, model: ThreadedStandIn) -> None:
    given = body(stream=True, stream_options={"include_usage": True})
    sent = [data for _, kind, data in events(ann.post(PATH, json=given)) if not kind]
    assert sent[-1] == "[DONE]"
    chunks = [json.loads(data) for data in sent[:-1]]
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    assert "nine months" in text
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] > 0


def test_earlier_turns_are_the_history(
    ann: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    turns = [
        {"role": "user", "content": "Tell me about the warehouse lease."},
        {"role": "assistant", "content": "It is a lease of a warehouse."},
        {"role": "user", "content": [{"type": "text", "text": "What is its notice period?"}]},
    ]
    answer = ann.post(PATH, json=body(messages=turns)).json()
    assert "nine months" in answer["choices"][0]["message"]["content"]


def test_nothing_found_is_said_in_words(bob: httpx.Client, library: Library) -> None:
    answer = bob.post(PATH, json=body()).json()
    assert "not found" in answer["choices"][0]["message"]["content"].lower()
    assert answer["citations"] == []


def test_errors_have_openais_shape(
    ann: httpx.Client, anyone: httpx.Client, library: Library, model: ThreadedStandIn
) -> None:
    nobody = anyone.post(PATH, json=body())
    assert (nobody.status_code, nobody.json()["error"]["type"]) == (401, "authentication_error")
    for bad in (body(messages=[]), body(messages=[{"role": "assistant", "content": "x"}])):
        refused = ann.post(PATH, json=bad)
        assert refused.status_code == 422
        assert refused.json()["error"]["type"] == "invalid_request_error"
    model.script(Step("no_done"))
    failed = ann.post(PATH, json=body())
    assert (failed.status_code, failed.json()["error"]["type"]) == (503, "server_error")
    model.script(Step("no_done"))
    streamed = events(ann.post(PATH, json=body(stream=True)))
    assert json.loads(streamed[-2][2])["error"]["code"] == "generation_interrupted"


def test_models_are_listed_also_without_ollama(ann: httpx.Client, model: ThreadedStandIn) -> None:
    listed = ann.get("/v1/models").json()
    assert listed["object"] == "list"
    assert "mistral:7b" in {card["id"] for card in listed["data"]}
    ours = ann.get("/api/v1/models").json()
    assert ours["reachable"]
    model.refuse()
    try:
        assert [card["id"] for card in ann.get("/v1/models").json()["data"]] == ["mistral:7b"]
        assert not ann.get("/api/v1/models").json()["reachable"]
    finally:
        model.accept()
