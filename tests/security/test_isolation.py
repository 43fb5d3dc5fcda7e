"""Nobody is ever shown what they may not read: walks through a house that a model follows.

``RAG_TEST_FULL=1`` takes 10,000 steps from a random seed, which is printed and can be given again
as ``RAG_TEST_SEED``; without it 1,000 steps are the same every time.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Select, String, bindparam, func, or_, select, true
from sqlalchemy.orm import Session
from tests.api.conftest import house  # noqa: F401 - a fixture
from tests.api.house import House, working
from tests.security.isolation.model import CANARY
from tests.security.isolation.reading import ReadingSteps
from tests.security.isolation.sharing import SharingSteps
from tests.security.isolation.walk import Found, Leak
from tests.security.isolation.world import World

from on_prem_rag.access import groups, permissions, principals
from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection
from on_prem_rag.answer.transcript import read_transcript
from on_prem_rag.api import dependencies
from on_prem_rag.api.routes import conversations as routes
from on_prem_rag.api.routes import receipts as receipt_routes
from on_prem_rag.auth.service import AuthService
from on_prem_rag.conversations import rights as stored_rights
from on_prem_rag.conversations import view
from on_prem_rag.conversations.models import Conversation, Message
from on_prem_rag.conversations.rights import Source
from on_prem_rag.documents import repository
from on_prem_rag.documents.models import Chunk, Document
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import DocumentService
from on_prem_rag.errors import DocumentNotFound
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.service import JobService
from on_prem_rag.retrieve import candidates, retriever
from on_prem_rag.retrieve.passage import SearchQuery

FULL = os.environ.get("RAG_TEST_FULL") == "1"
STEPS = 10_000 if FULL else 1_000
PER_WALK = 100


class Walk(ReadingSteps, SharingSteps):
    """All kinds of steps, in any order."""


@pytest.fixture(scope="module")
def world(house: House) -> Iterator[World]:  # noqa: F811
    world = World(house)
    world.restore()  # before the worker starts: both register the embedding model
    with working(house.appliance.settings):
        yield world
    world.close()


def walk(
    world: World, steps: int, *, number: int | None = None, planted: bool = False
) -> type[Walk]:
    """Take at least this many steps; raises what the first failing step raised, or Found."""
    finds = Found if planted else Leak
    kind = type("Walk", (Walk,), {"world": world, "steps": 0, "finds": finds})
    chosen = settings(
        max_examples=steps * 5 // (4 * PER_WALK) + 2,  # a few steps find nothing to do
        stateful_step_count=PER_WALK,
        deadline=None,
        database=None,
        derandomize=number is None,
        report_multiple_bugs=False,
        phases=(Phase.generate,) if planted else (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    if number is not None:
        seed(number)(kind)
    run_state_machine_as_test(kind, settings=chosen)
    return kind


@pytest.mark.slow
@pytest.mark.timeout(7200 if FULL else 900)
def test_nobody_sees_what_they_may_not_read(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    number = int(os.environ.get("RAG_TEST_SEED", random.randrange(2**32))) if FULL else None
    with capsys.disabled():
        print(f"\nseed {number}:", end=" ")  # noqa: T201 - a failure is repeated by it
    taken = walk(world, STEPS, number=number).steps
    with capsys.disabled():
        print(f"{taken} steps, {world.requests} requests")  # noqa: T201
    assert taken >= STEPS


def test_the_log_and_the_metrics_name_no_document(world: World) -> None:
    walk(world, 100)
    with world.house.client() as anyone:
        told = anyone.get("/metrics")
    assert told.status_code == 200
    assert "http_requests_total" in told.text
    written = world.house.log.getvalue()
    assert '"request"' in written or "request" in written
    assert words_in(told.text) == words_in(written) == set()
    assert words_in(f"{written} {world.model.papers[0].name}"), "the check sees one"


def words_in(text: str) -> set[bytes]:
    return set(CANARY.findall(text.lower().encode()))


def see_one_more_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    person = bindparam("person", type_=String)
    right = permissions._readable_by
    private = Collection.name == "Desk"
    monkeypatch.setattr(
        permissions, "_READABLE_IDS", select(Collection.id).where(or_(right(person), private))
    )
    monkeypatch.setattr(permissions, "_readable_by", lambda who: or_(right(who), private))


def list_every_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "readable", lambda _caller: true())


def count_every_document(monkeypatch: pytest.MonkeyPatch) -> None:
    right = DocumentRepository.list_documents

    def list_documents(self: DocumentRepository, session: Session, *rest: Any) -> Any:
        return right(self, session, *rest)[0], session.scalar(select(func.count(Document.id)))

    monkeypatch.setattr(DocumentRepository, "list_documents", list_documents)


def search_everywhere_and_recheck_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(session: Session, *_: object) -> set[str]:
        return set(session.scalars(select(Collection.id)))

    monkeypatch.setattr(retriever, "_allowed", everything)
    monkeypatch.setattr(candidates, "readable_collection_ids", everything)


def forget_that_sources_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_rights, "lost_sources", lambda *_, **__: set())


def keep_members_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "remove_member", lambda *_: None)


def show_own_jobs_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def visible(session: Session, caller: Caller) -> Select[Job]:
        readable = permissions.readable_collection_ids(session, caller)
        own = Job.created_by == caller.id
        return select(Job).where(or_(own, Job.collection_id.in_(readable)))

    monkeypatch.setattr(JobService, "_visible", staticmethod(visible))


def share_conversations_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "delete_share", lambda *_: None)


def show_answers_by_the_owners_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    def withheld(session: Session, _: Caller, messages: Sequence[Message]) -> set[str]:
        owner = _owner(session, messages[0].conversation_id)
        return stored_rights.withheld_answers(session, owner, messages)

    monkeypatch.setattr(view, "withheld_answers", withheld)


def export_by_the_owners_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(session: Session, caller: Caller, service: Any, conversation_id: str) -> Any:
        service.get(session, caller, conversation_id)
        owner = _owner(session, conversation_id)
        return read_transcript(session, owner, service, conversation_id)

    monkeypatch.setattr(routes, "read_transcript", read)


def _owner(session: Session, conversation_id: str) -> Caller:
    owner = session.get_one(Conversation, conversation_id).owner_id
    return Caller(id=owner, username="", role="member")


def judge_answers_by_where_their_sources_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(session: Session, caller: Caller, sources: Iterable[Source], **_: Any) -> set[Source]:
        readable = permissions.readable_collection_ids(session, caller)
        return {source for source in sources if source[0] not in readable}

    monkeypatch.setattr(stored_rights, "lost_sources", lost)


def leave_chunks_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search judges by the collection an index named, not by where the document is now."""

    def recheck(session: Session, caller: Caller, _: SearchQuery, ids: Iterable[str]) -> Any:
        columns = Chunk.version_id, Chunk.document_id, Chunk.ordinal, Chunk.token_count
        found = session.execute(select(Chunk.id, *columns).where(Chunk.id.in_(list(ids))))
        return {row[0]: candidates.Candidate(*row) for row in found}

    monkeypatch.setattr(retriever, "recheck", recheck)


def show_receipts_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_routes, "_bound", lambda _: None)


def name_what_was_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, str] = {}
    right = DocumentService.delete
    body = receipt_routes.ReceiptBody.of.__func__

    def delete(self: DocumentService, session: Session, caller: Caller, document_id: str) -> Any:
        names[document_id] = self.documents.get(session, caller, document_id).document.name
        return right(self, session, caller, document_id)

    def of(cls: type, session: Session, receipt: Any, caller: Caller) -> Any:
        told = body(cls, session, receipt, caller)
        return told.model_copy(update={"actor_name": names.get(receipt.target_id)})

    monkeypatch.setattr(DocumentService, "delete", delete)
    monkeypatch.setattr(receipt_routes.ReceiptBody, "of", classmethod(of))


def tell_names_of_the_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(session: Session, column: Any, part: str, limit: int, *_: object) -> list[str]:
        return list(session.scalars(select(column).where(column.contains(part)).limit(limit)))

    monkeypatch.setattr(principals, "_names", names)


def remember_who_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    right, known = AuthService.authenticate, {}

    def authenticate(self: AuthService, token: str) -> Any:
        if token not in known:
            known[token] = right(self, token)
        return known[token]

    monkeypatch.setattr(AuthService, "authenticate", authenticate)


def tell_forbidden_from_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    right = DocumentRepository.get

    def get(self: DocumentRepository, session: Session, caller: Caller, document_id: str) -> Any:
        try:
            return right(self, session, caller, document_id)
        except DocumentNotFound:
            if session.get(Document, document_id) is not None:
                raise DocumentNotFound("There is no such document for you.") from None
            raise

    monkeypatch.setattr(DocumentRepository, "get", get)


def let_the_auditor_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "_refuse_auditor", lambda caller: caller)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "plant",
    [
        see_one_more_collection,
        list_every_document,
        count_every_document,
        search_everywhere_and_recheck_nothing,
        forget_that_sources_are_lost,
        keep_members_who_left,
        show_own_jobs_for_ever,
        tell_forbidden_from_missing,
        share_conversations_for_ever,
        show_answers_by_the_owners_rights,
        export_by_the_owners_rights,
        judge_answers_by_where_their_sources_were,
        leave_chunks_where_they_were,
        show_receipts_of_others,
        name_what_was_deleted,
        tell_names_of_the_disabled,
        remember_who_signed_in,
        let_the_auditor_in,
    ],
)
def test_a_planted_leak_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    Found.told.clear()
    with suppress(Found, Flaky):
        walk(world, 10_000, planted=True)
    assert Found.told
