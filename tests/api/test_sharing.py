from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, events
from tests.api.test_conversations import ask
from tests.ollama_standin import ThreadedStandIn

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.replay import replay
from on_prem_rag.audit.listing import AuditFilter, list_events
from on_prem_rag.errors import MessageNotFound


@pytest.fixture
def place(ann: httpx.Client, library: Library, model: ThreadedStandIn) -> str:
    """A conversation of Ann's with an answer from what Bob may not read."""
    made = ann.post("/api/v1/conversations", json={}).json()["id"]
    place = f"/api/v1/conversations/{made}"
    asked = ask(ann, place, collection_ids=[library.collection_id])
    ann.get(asked["events_url"])
    return place


@pytest.fixture
def granted(ann: httpx.Client, library: Library) -> Iterator[None]:
    """Bob may read Ann's library for the time of a test."""
    grants = f"/api/v1/collections/{library.collection_id}/grants"
    grant = ann.put(grants, json={"principal": "bob", "level": "reader"}).json()
    yield
    ann.delete(f"{grants}/{grant['id']}")


def share(client: httpx.Client, place: str, principal: str = "bob", **fields: str) -> str:
    given = client.put(f"{place}/shares", json={"principal": principal, **fields})
    assert given.status_code == 200, given.text
    return f"{place}/shares/{given.json()['id']}"


def test_a_reader_sees_the_questions_and_what_they_may_read_themselves(
    ann: httpx.Client, bob: httpx.Client, place: str
) -> None:
    assert bob.get(place).status_code == 404
    share(ann, place)
    shown = bob.get(place).json()
    assert shown == ann.get(place).json()
    listed = bob.get("/api/v1/conversations", params={"shared": True}).json()["items"]
    assert shown in listed
    assert shown not in bob.get("/api/v1/conversations").json()["items"]
    question, answer = bob.get(f"{place}/messages").json()["items"]
    assert question["content"]
    assert (answer["withheld"], answer["content"], answer["evidence"]) == ("withheld", "", [])
    assert answer["search_query"] is None
    assert bob.get(f"{place}/messages/{answer['id']}").json() == answer
    [(_, kind, data)] = events(bob.get(f"{place}/messages/{answer['id']}/events"))
    assert (kind, json.loads(data)["code"]) == ("error", "withheld")
    for path in ("", "/messages", f"/messages/{answer['id']}/events"):
        assert "nine months" not in bob.get(f"{place}{path}").text


def test_with_a_grant_of_their_own_they_see_the_whole_and_replay_it(
    ann: httpx.Client, bob: httpx.Client, place: str, granted: None
) -> None:
    share(ann, place)
    question, answer = bob.get(f"{place}/messages").json()["items"]
    anns = ann.get(f"{place}/messages").json()["items"]
    assert "nine months" in answer["content"]
    # All but what she bounded the question to.
    assert [{**each, "filters": {}} for each in anns] == [question, answer]
    assert anns[0]["filters"] != {}
    path = f"{place}/messages/{answer['id']}/events"
    assert events(bob.get(path)) == events(ann.get(path))


def test_the_end_of_a_grant_or_of_the_share_acts_at_the_next_request(
    ann: httpx.Client, bob: httpx.Client, library: Library, place: str
) -> None:
    grants = f"/api/v1/collections/{library.collection_id}/grants"
    grant = ann.put(grants, json={"principal": "bob", "level": "reader"}).json()
    shared = share(ann, place)
    assert "nine months" in bob.get(f"{place}/messages").text
    ann.delete(f"{grants}/{grant['id']}")
    assert "nine months" not in bob.get(f"{place}/messages").text
    assert ann.delete(shared).status_code == 204
    unknown = f"/api/v1/conversations/{uuid.uuid4()}"
    for path in ("", "/messages", "/shares", "/export"):
        answers = [
            bob.get(f"{each}{path}", headers={"X-Request-ID": "the-same"})
            for each in (place, unknown)
        ]
        assert answers[0].status_code == answers[1].status_code == 404
        assert answers[0].content == answers[1].content


def test_leaving_the_group_or_being_disabled_ends_it(
    house: House, ann: httpx.Client, bob: httpx.Client, admin: httpx.Client, place: str
) -> None:
    group = admin.post("/api/v1/groups", json={"name": f"readers {uuid.uuid4().hex}"}).json()
    bobs_id = bob.get("/api/v1/auth/me").json()["id"]
    share(ann, place, group["name"], kind="group")
    assert bob.get(place).status_code == 404
    member = f"/api/v1/groups/{group['id']}/members/{bobs_id}"
    admin.put(member)
    assert bob.get(place).status_code == 200
    admin.delete(member)
    assert bob.get(place).status_code == 404
    with house.sign_in("dora") as dora:
        doras_id = dora.get("/api/v1/auth/me").json()["id"]
        share(ann, place, "dora")
        assert dora.get(place).status_code == 200
        admin.patch(f"/api/v1/users/{doras_id}", json={"disabled": True})
        assert dora.get(place).status_code == 401
    refused = ann.put(f"{place}/shares", json={"principal": "dora"})
    nobody = ann.put(f"{place}/shares", json={"principal": "no-one-at-all"})
    assert refused.status_code == nobody.status_code == 404
    assert refused.json()["error"]["message"] == nobody.json()["error"]["message"]
    admin.delete(f"/api/v1/users/{doras_id}")
    kinds = [item["kind"] for item in ann.get(f"{place}/shares").json()["items"]]
    assert kinds == ["group"]


def test_a_reader_may_do_nothing_but_read(
    ann: httpx.Client, bob: httpx.Client, place: str, granted: None
) -> None:
    shared = share(ann, place)
    answer = bob.get(f"{place}/messages").json()["items"][1]["id"]
    message = f"{place}/messages/{answer}"
    before = ann.get(f"{place}/messages").json()
    attempts = [
        bob.patch(place, json={"title": "Mine"}),
        bob.delete(place),
        bob.post(f"{place}/messages", json={"content": "And now?"}),
        bob.post(f"{message}/cancel"),
        bob.post(f"{message}/regenerate"),
        bob.put(f"{message}/feedback", json={"rating": -1}),
        bob.get(f"{place}/shares"),
        bob.put(f"{place}/shares", json={"principal": "everyone"}),
        bob.delete(shared),
    ]
    assert {(r.status_code, r.json()["error"]["code"]) for r in attempts} == {(403, "forbidden")}
    assert ann.get(f"{place}/messages").json() == before
    assert len(ann.get(f"{place}/shares").json()["items"]) == 1


def test_a_reader_follows_an_answer_until_the_share_ends(
    ann: httpx.Client, bob: httpx.Client, place: str, granted: None, model: ThreadedStandIn
) -> None:
    shared = share(ann, place)
    first = ann.get(f"{place}/messages").json()["items"][1]["id"]
    model.standin.token_delay = 0.3
    asked = ann.post(f"{place}/messages/{first}/regenerate").json()
    message = f"{place}/messages/{asked['answer_id']}"
    with bob.stream("GET", asked["events_url"]) as following:
        lines = following.iter_lines()
        seen = [next(lines)]
        assert ann.delete(shared).status_code == 204
        seen += lines
    assert seen[0].startswith("event: status")
    assert "event: error" in seen
    assert "message_not_found" in seen[seen.index("event: error") + 1]
    assert "event: done" not in seen
    assert ann.get(message).json()["status"] == "streaming", "the answer itself goes on"
    ann.post(f"{message}/cancel")


def test_a_share_that_ends_between_two_batches_ends_the_replay(
    house: House, ann: httpx.Client, bob: httpx.Client, place: str, granted: None, monkeypatch
) -> None:
    monkeypatch.setattr("on_prem_rag.answer.replay._BATCH", 1)
    shared = share(ann, place)
    answer = ann.get(f"{place}/messages").json()["items"][1]["id"]
    me = bob.get("/api/v1/auth/me").json()
    reader = Caller(me["id"], "bob", "member")

    async def follow() -> int:
        number = 0
        with ThreadPoolExecutor(1) as pool:
            async for event in replay(house.appliance.database, pool, reader, answer, 0):
                number = event.number
                if number == 2:
                    await asyncio.to_thread(ann.delete, shared)
        return number

    with pytest.raises(MessageNotFound):
        asyncio.run(follow())


def test_sharing_is_recorded(house: House, ann: httpx.Client, place: str) -> None:
    shared = share(ann, place, "everyone")
    ann.delete(shared)
    target = place.rpartition("/")[2]
    with house.appliance.database.read() as session:
        found = list_events(session, AuditFilter(event="conversation", target=target))
        recorded = [(e.action, json.loads(e.details)["principal"]) for e in found]
    assert recorded == [("unshare", "everyone"), ("share", "everyone")]
