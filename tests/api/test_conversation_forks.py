from __future__ import annotations

import json

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, events, make_pdf, until_searchable, upload, working
from tests.api.test_conversations import ask
from tests.api.test_sharing import granted, place, share  # noqa: F401 - fixtures
from tests.ollama_standin import ThreadedStandIn

from on_prem_rag.audit.listing import AuditFilter, list_events

PAGE = "/api/v1/conversations"


def fork(client: httpx.Client, place: str, **body: str) -> str:  # noqa: F811
    made = client.post(f"{place}/fork", json=body)
    assert made.status_code == 201, made.text
    return f"{PAGE}/{made.json()['id']}"


def contents(client: httpx.Client, place: str) -> list[str]:  # noqa: F811
    return [item["content"] for item in client.get(f"{place}/messages").json()["items"]]


def test_a_fork_goes_on_by_itself(
    house: House,
    ann: httpx.Client,
    place: str,  # noqa: F811
    model: ThreadedStandIn,
) -> None:
    answer = ann.get(f"{place}/messages").json()["items"][1]
    copy = fork(ann, place, up_to_message_id=answer["id"])
    assert contents(ann, copy) == contents(ann, place)
    copied = ann.get(f"{copy}/messages").json()["items"][1]
    assert copied["evidence"] == answer["evidence"]
    replayed = events(ann.get(f"{copy}/messages/{copied['id']}/events"))
    assert replayed[-1][1] == "done"
    ann.get(ask(ann, copy, "And the office?")["events_url"])
    assert len(contents(ann, copy)) == 4
    assert len(contents(ann, place)) == 2
    source = place.rpartition("/")[2]
    assert ann.get(copy).json()["forked_from"] == source
    with house.appliance.database.read() as session:
        [found] = list_events(session, AuditFilter(event="conversation:fork", target=copy[-36:]))
        assert json.loads(found.details)["source"] == source


def test_a_readers_fork_is_bounded_by_their_rights_now_and_later(
    ann: httpx.Client,
    bob: httpx.Client,
    place: str,  # noqa: F811
    library: Library,
) -> None:
    assert bob.post(f"{place}/fork", json={}).status_code == 404
    share(ann, place)
    assert len(contents(bob, fork(bob, place))) == 1, "the question alone"
    grants = f"/api/v1/collections/{library.collection_id}/grants"
    grant = ann.put(grants, json={"principal": "bob", "level": "reader"}).json()
    copy = fork(bob, place)
    assert "nine months" in contents(bob, copy)[1]
    assert ann.get(copy).status_code == 404, "it is Bob's own"
    ann.delete(f"{grants}/{grant['id']}")
    assert contents(bob, copy)[1] == ""
    for path in ("/messages", "/export"):
        assert "nine months" not in bob.get(f"{copy}{path}").text


def test_deleting_a_document_erases_the_copies_of_its_answers(
    house: House, ann: httpx.Client, bob: httpx.Client, model: ThreadedStandIn
) -> None:
    made = ann.post("/api/v1/collections", json={"name": "To be deleted"}).json()
    ann.put(f"/api/v1/collections/{made['id']}/grants", json={"principal": "bob"} | LEVEL)
    pdf = make_pdf("The zeppelin hangar is painted ochre every seventh spring.")
    document = upload(ann, made["id"], "hangar.pdf", pdf).json()["document"]["id"]
    with working(house.appliance.settings):
        assert until_searchable(ann, document)["searchable"]
    started = f"{PAGE}/{ann.post(PAGE, json={}).json()['id']}"
    question = "Which colour is the zeppelin hangar painted?"
    ann.get(ask(ann, started, question, collection_ids=[made["id"]])["events_url"])
    share(ann, started)
    copies = [(ann, fork(ann, started)), (bob, fork(bob, started))]
    for client, copy in copies:
        assert "ochre" in client.get(f"{copy}/messages").text
    ann.delete(f"/api/v1/documents/{document}")
    for client, copy in copies:
        shown = client.get(f"{copy}/messages")
        assert "ochre" not in shown.text
        assert shown.json()["items"][1]["withheld"] == "erased"
        assert "ochre" not in client.get(f"{copy}/export").text


LEVEL = {"level": "reader"}


def test_an_edited_question_is_asked_in_a_copy(
    ann: httpx.Client,
    bob: httpx.Client,
    place: str,  # noqa: F811
    granted: None,  # noqa: F811
    model: ThreadedStandIn,
) -> None:
    question, answer = ann.get(f"{place}/messages").json()["items"]
    path = f"{place}/messages/{question['id']}/edit"
    share(ann, place)
    assert bob.post(path, json={"content": "Mine?"}).status_code == 403
    edited = ann.post(path, json={"content": "When does the office lease end?"})
    assert edited.status_code == 202, edited.text
    body = edited.json()
    assert events(ann.get(body["events_url"]))[-1][1] == "done"
    copy = f"{PAGE}/{body['conversation_id']}"
    assert contents(ann, copy)[0] == "When does the office lease end?"
    shown = ann.get(copy).json()
    assert (shown["edited"], shown["forked_from"]) == (True, place.rpartition("/")[2])
    assert shown["title"] == "When does the office lease end?"
    assert len(contents(ann, place)) == 2, "the earlier version stays"
    assert bob.get(copy).status_code == 404, "a share is not copied"
    for message, content, status in (
        (answer["id"], "x", 422),
        (question["id"], "   ", 422),
        ("none", "x", 404),
    ):
        refused = ann.post(f"{place}/messages/{message}/edit", json={"content": content})
        assert refused.status_code == status, refused.text


@pytest.fixture
def kept(house: House) -> httpx.Client:
    """Someone with no conversation yet."""
    with house.sign_in("keeper") as client:
        for item in client.get(PAGE).json()["items"]:
            client.delete(f"{PAGE}/{item['id']}")
        yield client


def test_conversations_are_pinned_archived_and_put_into_folders(
    kept: httpx.Client, bob: httpx.Client
) -> None:
    first, second = (kept.post(PAGE, json={"title": t}).json()["id"] for t in ("one", "two"))

    def listed(**query: str | bool) -> list[str]:
        return [item["title"] for item in kept.get(PAGE, params=query).json()["items"]]

    changed = kept.patch(f"{PAGE}/{first}", json={"pinned": True, "folder": "Leases"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["pinned"], changed.json()["folder"]) == (True, "Leases")
    assert listed() == ["one", "two"]
    assert listed(folder="") == ["two"]
    assert listed(folder="Leases") == listed(pinned=True) == ["one"]
    assert kept.get(f"{PAGE}/folders").json() == {"items": [{"name": "Leases", "conversations": 1}]}
    assert bob.get(f"{PAGE}/folders").json() == {"items": []}
    kept.patch(f"{PAGE}/{second}", json={"archived": True})
    assert (listed(archived=False), listed(archived=True)) == (["one"], ["two"])
    assert bob.patch(f"{PAGE}/{first}", json={"pinned": False}).status_code == 404
    assert kept.patch(f"{PAGE}/{first}", json={"folder": "x" * 81}).status_code == 422
    assert kept.patch(f"{PAGE}/{first}", json={"folder": "", "title": "One"}).json()["folder"] == ""
    assert listed(archived=False) == ["One"]
