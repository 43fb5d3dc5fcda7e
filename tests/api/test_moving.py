from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest
from tests.api.house import House, make_pdf, until_searchable, upload, working
from tests.api.test_conversations import ask

from on_prem_rag.audit.listing import AuditFilter, list_events

QUESTION = "What is the code word of the lighthouse?"
CODE_WORD = "The code word of the lighthouse is marzipan."


@pytest.fixture
def carl(house: House) -> Iterator[httpx.Client]:
    with house.sign_in("carl") as client:
        yield client


def collection(client: httpx.Client, *readers: str) -> str:
    made = client.post("/api/v1/collections", json={"name": uuid.uuid4().hex}).json()["id"]
    for reader in readers:
        share(client, made, reader)
    return made


def share(client: httpx.Client, collection_id: str, principal: str, level: str = "reader") -> None:
    body = {"principal": principal, "level": level}
    given = client.put(f"/api/v1/collections/{collection_id}/grants", json=body)
    assert given.status_code == 200, given.text


def move(client: httpx.Client, document_id: str, target: str, **options) -> httpx.Response:
    body = {"collection_id": target}
    return client.post(f"/api/v1/documents/{document_id}/move", json=body, **options)


def found_by(client: httpx.Client, *collection_ids: str) -> set[str]:
    bounds = {"collection_ids": list(collection_ids)} if collection_ids else {}
    found = client.post("/api/v1/search", json={"query": QUESTION, **bounds})
    assert found.status_code == 200, found.text
    return {passage["document_id"] for passage in found.json()["passages"]}


def test_a_moved_document_is_found_in_its_new_place_only(
    house: House, ann: httpx.Client, bob: httpx.Client, carl: httpx.Client
) -> None:
    old, new = collection(ann, "bob"), collection(ann, "carl")
    sent = upload(ann, old, "light.pdf", make_pdf(CODE_WORD)).json()["document"]["id"]
    with working(house.appliance.settings):
        assert until_searchable(ann, sent)["searchable"]
    assert sent in found_by(bob)
    assert sent not in found_by(carl)
    with house.appliance.projector._lock:  # the indexes know nothing of it yet
        moved = move(ann, sent, new)
        assert (moved.status_code, moved.json()["collection_id"]) == (200, new)
        assert not moved.json()["latest"]["searchable"]
        for client in (ann, bob):
            assert sent not in found_by(client, old)
        assert bob.get(f"/api/v1/documents/{sent}").status_code == 404
        assert carl.get(f"/api/v1/documents/{sent}").status_code == 200
    assert until_searchable(ann, sent)["searchable"]
    assert sent in found_by(ann, new) & found_by(carl)
    assert sent not in found_by(ann, old) | found_by(bob)
    assert house.appliance.projector.find_drift() in (None, [])
    with house.appliance.database.read() as session:
        [event] = list_events(session, AuditFilter(event="document:move", target=sent))
    assert json.loads(event.details) == {"source": old, "collection_id": new}


def test_one_that_is_moved_before_it_was_read_arrives_in_its_new_place(
    house: House, ann: httpx.Client
) -> None:
    old, new = collection(ann), collection(ann)
    sent = upload(ann, old, "light.pdf", make_pdf(CODE_WORD)).json()
    document_id = sent["document"]["id"]
    assert move(ann, document_id, new).status_code == 200
    with working(house.appliance.settings):
        assert until_searchable(ann, document_id)["searchable"]
    assert ann.get(f"/api/v1/jobs/{sent['job_id']}").json()["status"] == "succeeded"
    assert document_id in found_by(ann, new)
    assert document_id not in found_by(ann, old)


def test_unknown_and_unreadable_targets_are_one(ann: httpx.Client, bob: httpx.Client) -> None:
    sent = upload(ann, collection(ann), "a.txt", b"moved nowhere").json()["document"]["id"]
    unreadable = collection(bob)
    answers = []
    for target in (unreadable, str(uuid.uuid4())):
        refused = move(ann, sent, target, headers={"X-Request-ID": "the-same"})
        without = ("date", "ratelimit")
        headers = {k: v for k, v in refused.headers.items() if k not in without}
        answers.append((refused.status_code, headers, refused.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    share(bob, unreadable, "ann")
    assert move(ann, sent, unreadable).json()["error"]["code"] == "forbidden"
    share(bob, unreadable, "ann", "contributor")
    assert move(ann, sent, unreadable).status_code == 200
    assert move(ann, sent, unreadable).json()["error"]["code"] == "conflict"


def test_a_duplicate_is_refused(ann: httpx.Client) -> None:
    old, new = collection(ann), collection(ann)
    sent = upload(ann, old, "a.txt", b"the same bytes").json()["document"]["id"]
    upload(ann, new, "b.txt", b"the same bytes")
    refused = move(ann, sent, new)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "same_content")


def test_a_reader_of_the_old_place_alone_loses_the_answer(
    house: House, ann: httpx.Client, bob: httpx.Client, carl: httpx.Client
) -> None:
    old, new, mine = collection(ann, "bob", "carl"), collection(ann, "carl"), collection(ann)
    sent = upload(ann, old, "light.pdf", make_pdf("The harbour master is called Ottokar.")).json()[
        "document"
    ]["id"]
    with working(house.appliance.settings):
        assert until_searchable(ann, sent)["searchable"]
    answers = []
    for client in (bob, carl):
        made = client.post("/api/v1/conversations", json={}).json()
        place = f"/api/v1/conversations/{made['id']}"
        asked = ask(client, place, "What is the harbour master called?")
        client.get(asked["events_url"])
        answers.append((client, f"{place}/messages/{asked['answer_id']}"))
    assert all("Ottokar" in client.get(path).text for client, path in answers)
    move(ann, sent, new)
    (_, bobs), (_, carls) = answers
    assert bob.get(bobs).json()["withheld"] == "withheld"
    assert "Ottokar" not in bob.get(bobs).text
    assert carl.get(carls).json()["withheld"] is None
    move(ann, sent, mine)
    assert carl.get(carls).json()["withheld"] == "withheld"
