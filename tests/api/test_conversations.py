from __future__ import annotations

import json

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, events
from tests.api.test_questions import QUESTION, wait_until
from tests.ollama_standin import ThreadedStandIn


@pytest.fixture
def place(ann: httpx.Client, library: Library) -> str:
    made = ann.post("/api/v1/conversations", json={})
    assert made.status_code == 201
    return f"/api/v1/conversations/{made.json()['id']}"


def ask(client: httpx.Client, place: str, content: str = QUESTION, **bounds: list[str]) -> dict:
    asked = client.post(f"{place}/messages", json={"content": content, **bounds})
    assert asked.status_code == 202, asked.text
    return asked.json()


def test_asking_streams_and_stores_the_same_answer(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    asked = ask(ann, place)
    found = events(ann.get(asked["events_url"]))
    assert found[-1][1] == "done"
    streamed = "".join(json.loads(data)["text"] for _, kind, data in found if kind == "token")
    question, answer = ann.get(f"{place}/messages").json()["items"]
    assert (question["role"], question["content"]) == ("user", QUESTION)
    assert answer["content"] == streamed
    assert answer["status"] == "complete"
    assert any(item["cited"] for item in answer["evidence"])
    assert ann.get(f"{place}/messages/{answer['id']}").json() == answer
    assert ann.get(place).json()["title"]


def test_a_stream_resumes_after_the_last_event_seen(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    asked = ask(ann, place)
    whole = events(ann.get(asked["events_url"]))
    assert [int(number) for number, _, _ in whole] == list(range(1, len(whole) + 1))
    for after in (0, 1, len(whole) - 1):
        rest = ann.get(asked["events_url"], headers={"Last-Event-ID": str(after)})
        assert events(rest) == whole[after:]
    nonsense = ann.get(asked["events_url"], headers={"Last-Event-ID": "nonsense"})
    assert events(nonsense) == whole


def test_an_answer_goes_on_when_its_reader_leaves(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    model.standin.token_delay = 0.02
    asked = ask(ann, place)
    with ann.stream("GET", asked["events_url"]) as response:
        next(response.iter_lines())
    message = f"{place}/messages/{asked['answer_id']}"
    wait_until(lambda: ann.get(message).json()["status"] == "complete")


def test_cancelling_an_answer(ann: httpx.Client, place: str, model: ThreadedStandIn) -> None:
    model.standin.token_delay = 1
    asked = ask(ann, place)
    message = f"{place}/messages/{asked['answer_id']}"
    wait_until(lambda: model.standin.active > 0)
    second = ann.post(f"{place}/messages", json={"content": "And now?"})
    assert second.json()["error"]["code"] == "answer_unfinished"
    assert ann.post(f"{message}/cancel").status_code == 202
    wait_until(lambda: ann.get(message).json()["status"] == "cancelled")
    wait_until(lambda: model.standin.active == 0)


def test_regenerating_asks_the_same_again(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    asked = ask(ann, place)
    ann.get(asked["events_url"])
    again = ann.post(f"{place}/messages/{asked['answer_id']}/regenerate")
    assert again.status_code == 202
    assert events(ann.get(again.json()["events_url"]))[-1][1] == "done"
    items = ann.get(f"{place}/messages").json()["items"]
    assert [item["role"] for item in items] == ["user", "assistant"] * 2
    assert items[2]["content"] == QUESTION
    refused = ann.post(f"{place}/messages/{asked['question_id']}/regenerate")
    assert refused.status_code == 422


def test_feedback_is_kept_and_replaced(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    asked = ask(ann, place)
    ann.get(asked["events_url"])
    message = f"{place}/messages/{asked['answer_id']}"
    ann.put(f"{message}/feedback", json={"rating": -1, "comment": "no"})
    kept = ann.put(f"{message}/feedback", json={"rating": 1})
    assert (kept.json()["rating"], kept.json()["comment"]) == (1, "")
    assert ann.get(message).json()["rating"] == 1
    assert ann.put(f"{message}/feedback", json={"rating": 5}).status_code == 422


def test_listing_renaming_deleting(ann: httpx.Client, place: str) -> None:
    assert ann.patch(place, json={"title": "About leases"}).json()["title"] == "About leases"
    found = ann.get("/api/v1/conversations", params={"search": "LEASES"}).json()
    assert place.rpartition("/")[2] in {item["id"] for item in found["items"]}
    assert ann.delete(place).status_code == 200
    assert ann.get(place).status_code == 404


def test_a_message_is_found_only_in_its_conversation(
    ann: httpx.Client, place: str, model: ThreadedStandIn
) -> None:
    asked = ask(ann, place)
    ann.get(asked["events_url"])
    other = ann.post("/api/v1/conversations", json={}).json()["id"]
    elsewhere = f"/api/v1/conversations/{other}/messages/{asked['answer_id']}"
    for path in (elsewhere, f"{elsewhere}/events"):
        assert ann.get(path).json()["error"]["code"] == "message_not_found"
    assert ann.post(f"{elsewhere}/cancel").status_code == 404


def test_an_answer_being_written_is_not_shown_once_a_source_is_lost(
    house: House,
    ann: httpx.Client,
    library: Library,
    model: ThreadedStandIn,
) -> None:
    model.standin.token_delay = 0.2
    grants = f"/api/v1/collections/{library.collection_id}/grants"
    with house.sign_in("ines") as ines:
        body = {"principal": "ines", "level": "reader"}
        grant = ann.put(grants, json=body).json()
        made = ines.post("/api/v1/conversations", json={}).json()["id"]
        asked = ask(ines, f"/api/v1/conversations/{made}")
        with ines.stream("GET", asked["events_url"]) as response:
            assert any("token" in line for line in response.iter_lines())
        assert ann.delete(f"{grants}/{grant['id']}").status_code == 204
        shown = ines.get(asked["events_url"])
    *_, (_, kind, data) = events(shown)
    assert (kind, json.loads(data)["code"]) == ("error", "withheld")
    assert "lease.pdf" not in shown.text
