"""A house full of people and documents, which a walk finds the same at its beginning every time.

People, groups, collections and 200 documents are written as the services and the worker would leave
them, in one transaction: taking 200 files in one by one would take longer than the walk. What is
uploaded on the walk goes through the real worker.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from itertools import count

import httpx
import numpy as np
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session
from tests.api.house import PASSWORD, House, make_pdf
from tests.security.isolation.model import EVERYONE, Model, Paper, Person, Shelf

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.access.models import Collection, Grant, Group, GroupMember
from on_prem_rag.auth.models import User
from on_prem_rag.auth.passwords import Passwords
from on_prem_rag.conversations.models import Conversation
from on_prem_rag.db.base import new_id
from on_prem_rag.documents.generations import register_model, store_vectors
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion, Page
from on_prem_rag.documents.page_words import encode_words
from on_prem_rag.documents.service import publish_version

MEMBERS = 20
GROUPS = 7
SHARED = 12
PER_SHARED = 14
PER_PRIVATE = 4
PRIVATE_WITH_PAPERS = 8
LEVELS = ("reader", "contributor", "manager")
_TOKEN_SECONDS = 400


class World:
    """The house, its model, and a way in for everyone. ``restore`` begins a new walk."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._appliance = house.appliance
        self._fresh = count()
        self._clients: dict[Person, tuple[httpx.Client, float]] = {}
        self.people = _people()
        self.groups = [f"circle {n}" for n in range(GROUPS)]
        self._group_ids: dict[str, str] = {}
        self.retired: list[str] = []
        """Canaries of earlier walks, for the log and the metrics."""
        self.requests = 0
        self._make_people()
        self.model = Model(self.people, {}, _shelves(self.people), [])

    def fresh(self) -> int:
        """A number nothing in this house was called by before."""
        return next(self._fresh)

    def known_client(self, person: Person) -> httpx.Client | None:
        """The client the person used last, as it is."""
        return self._clients.get(person, (None, 0.0))[0]

    def group_id(self, name: str) -> str:
        return self._group_ids[name]

    def client(self, person: Person) -> httpx.Client:
        """A client with the person's own token or key, signed in again when that has aged."""
        client, until = self._clients.get(person, (None, 0.0))
        if client is None or (time.monotonic() > until and not person.disabled):
            if client is not None:
                client.close()
            client = self._appliance_client(person)
            self._clients[person] = (client, time.monotonic() + _TOKEN_SECONDS)
        return client

    def sessions_ended(self, person: Person) -> None:
        """Their token is dead: they sign in again before their next request, if they can."""
        client, _ = self._clients.get(person, (None, 0.0))
        if client is not None and person.scopes is None:
            self._clients[person] = (client, 0.0)

    def close(self) -> None:
        for client, _ in self._clients.values():
            client.close()

    def restore(self) -> Model:
        """Everything as at the beginning, with new words for the documents that were touched."""
        for paper in self.model.papers:
            self._remove(paper)
        with self._appliance.database.write() as session:
            self._restore_people(session)
            papers = self._restore_shelves(session)
            self._put(session, [paper for paper in papers if not paper.id])
            memberships = self._restore_rights(session)
            session.execute(delete(Conversation))
        self.model = Model(self.people, memberships, self.model.shelves, papers)
        # Here rather than by its thread, which waits for more to come.
        self._appliance.projector.run_until_current()
        return self.model

    def _appliance_client(self, person: Person) -> httpx.Client:
        if person.scopes is not None:
            _, key = self._appliance.auth.keys.create(person.id, "walk", list(person.scopes))
            return self.house.client(key)
        if person.by_cookie:
            return self._signed_in_on_the_page(person)
        pair = self._appliance.auth.login(person.name, PASSWORD, address="walk")
        return self.house.client(pair.access_token)

    def _signed_in_on_the_page(self, person: Person) -> httpx.Client:
        """A client as a browser is one: with cookies, an origin and the session's CSRF token."""
        client = self.house.client()
        client.headers["Origin"] = self.house.url
        body = {"username": person.name, "password": PASSWORD}
        opened = client.post("/api/v1/auth/session", json=body)
        assert opened.status_code == 200, opened.text
        client.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
        return client

    def _make_people(self) -> None:
        auth = self._appliance.auth
        # What passwords cost is no matter here, and the walk signs people in over and over.
        auth._passwords = auth.users._passwords = Passwords(memory_kib=64, passes=1)
        for person in self.people:
            if person.scopes is None:
                role: str = person.role
                user, _ = auth.users.create(person.name, role=role, password=PASSWORD)  # type: ignore[arg-type]
            else:
                user = auth.users.create_service_account(person.name)
            person.id = user.id
        with self._appliance.database.write() as session:
            for name in self.groups:
                self._group_ids[name] = group_id = new_id()
                session.add(Group(id=group_id, name=name))
        for person in self.people:
            self.client(person)

    def _restore_people(self, session: Session) -> None:
        for person in self.people:
            role = _role_of(person.name)
            if person.disabled or person.role != role:
                person.disabled, person.role = False, role
                session.execute(
                    update(User).where(User.id == person.id).values(disabled=False, role=role)
                )
                self.sessions_ended(person)

    def _restore_shelves(self, session: Session) -> list[Paper]:
        """Collections as at first, and the documents that shall lie in them, new or untouched."""
        kept = {}
        for shelf in self.model.shelves:
            if not shelf.id or shelf.deleted:
                shelf.id, shelf.deleted = new_id(), False
                session.add(
                    Collection(
                        id=shelf.id,
                        name=shelf.name,
                        owner_id=shelf.owner.id,
                        private=shelf.private,
                    )
                )
        session.flush()
        for paper in self.model.papers:
            if not paper.deleted:
                kept.setdefault(paper.shelf, []).append(paper)
        papers = []
        for shelf in self.model.shelves:
            there = kept.get(shelf, [])
            papers += there
            for _ in range(len(there), _papers_on(shelf, self.model.shelves)):
                number = self.fresh()
                paper = Paper(str(number), shelf, drawn=number % 4 == 0, creator=shelf.owner)
                papers.append(paper)
        return papers

    def _restore_rights(self, session: Session) -> dict[str, set[Person]]:
        draw = random.Random(7)
        session.execute(delete(Grant))
        session.execute(delete(GroupMember))
        members = [person for person in self.people if person.role != "auditor"]
        memberships = {name: set(draw.sample(members, 5)) for name in self.groups}
        for name, group in memberships.items():
            session.add_all(
                GroupMember(group_id=self.group_id(name), user_id=person.id) for person in group
            )
        for shelf in self.model.shelves:
            shelf.grants.clear()
            if shelf.private:
                continue
            for person in draw.sample(members, 3):
                shelf.grants[person] = draw.choice(LEVELS)
            shelf.grants[draw.choice(self.groups)] = draw.choice(LEVELS)
            if draw.random() < 0.2:
                shelf.grants[EVERYONE] = "reader"
            session.add_all(
                Grant(collection_id=shelf.id, principal=self.principal_id(holder), level=level)
                for holder, level in shelf.grants.items()
            )
        return memberships

    def principal_id(self, holder: Person | str) -> str:
        """The id a grant to this holder names."""
        if isinstance(holder, Person):
            return holder.id
        return EVERYONE if holder == EVERYONE else self.group_id(holder)

    def _remove(self, paper: Paper) -> None:
        """Take away what a walk uploaded or moved; what it deleted is gone already."""
        if paper.deleted:
            self.retired.append(paper.canary)
        elif paper.moved or not paper.seed.isdigit():
            owner = paper.shelf.owner
            caller = Caller(id=owner.id, username=owner.name, role="member")
            with self._appliance.database.write() as session:
                self._appliance.documents.delete(session, caller, paper.id)
            paper.deleted = True
            self.retired.append(paper.canary)

    def _put(self, session: Session, papers: Sequence[Paper]) -> None:
        """Write documents as the worker leaves them: original, version, page, chunk, vector."""
        if not papers:
            return
        embedder = self._appliance.embedders.configured()
        model_id = register_model(session, embedder).id
        vectors = embedder.embed_documents([paper.text for paper in papers])
        for paper, vector in zip(papers, vectors, strict=True):
            self._put_one(session, paper, model_id, vector[None, :])

    def _put_one(self, session: Session, paper: Paper, model_id: str, vector: np.ndarray) -> None:
        data = content_of(paper)
        with self._appliance.originals.stage(len(data)) as staged:
            staged.write(data)
            sha256 = staged.keep()
        paper.id = new_id()
        creator = paper.creator.id if paper.creator else OPERATOR.id
        document = Document(
            id=paper.id, collection_id=paper.shelf.id, name=paper.name, created_by=creator
        )
        session.add(document)
        session.flush()
        version = DocumentVersion(
            document_id=paper.id,
            number=1,
            sha256=sha256,
            size_bytes=len(data),
            media_type="application/pdf" if paper.drawn else "text/plain",
            title=f"About {paper.canary}",
            created_by=creator,
            page_count=int(paper.drawn),
        )
        session.add(version)
        session.flush()
        if paper.drawn:
            words = paper.text.split()
            boxes = np.full((len(words), 8), np.nan, dtype=np.float32)
            boxes[:, :4] = (40, 88, 210, 102)
            page = {"version_id": version.id, "number": 1, "width": 400, "height": 300}
            session.execute(insert(Page), [page | {"words": encode_words(words, boxes)}])
        chunk_id = new_id()
        session.execute(insert(Chunk), [_chunk(paper, version, chunk_id)])
        store_vectors(session, model_id, [chunk_id], vector.astype(np.float32))
        publish_version(session, self._appliance.repository, document, version)


def content_of(paper: Paper) -> bytes:
    """The file itself; the canary of a PDF can be read in its bytes."""
    return make_pdf(paper.text, compressed=False) if paper.drawn else paper.text.encode()


def _chunk(paper: Paper, version: DocumentVersion, chunk_id: str) -> dict[str, object]:
    page = 1 if paper.drawn else None
    return {
        "id": chunk_id,
        "version_id": version.id,
        "document_id": paper.id,
        "collection_id": paper.shelf.id,
        "ordinal": 0,
        "kind": "text",
        "text": paper.text,
        "heading_path": [f"Chapter {paper.canary}"],
        "page_start": page,
        "page_end": page,
        "char_start": 0,
        "char_end": len(paper.text),
        "token_count": 20,
        "boxes": [[1, 40, 88, 210, 102]] if paper.drawn else [],
        "spans": [],
        "content_sha256": hashlib.sha256(paper.text.encode()).hexdigest(),
    }


def _role_of(name: str) -> str:
    return {"root": "admin", "second": "admin", "vera": "auditor"}.get(name, "member")


def _people() -> list[Person]:
    names = [*(f"p{n:02}" for n in range(MEMBERS)), "root", "second", "vera"]
    people = [Person(name, _role_of(name)) for name in names]
    for person in people[1:MEMBERS:3]:
        person.by_cookie = True
    people.append(Person("reading-robot", scopes=("read",)))
    people.append(Person("asking-robot", scopes=("read", "ask", "write")))
    return people


def _shelves(people: Sequence[Person]) -> list[Shelf]:
    shared = [Shelf(f"Shelf {n}", people[n % MEMBERS]) for n in range(SHARED)]
    own = [Shelf("Desk", person, private=True) for person in people[:PRIVATE_WITH_PAPERS]]
    return shared + own


def _papers_on(shelf: Shelf, shelves: Sequence[Shelf]) -> int:
    return PER_PRIVATE if shelf.private else PER_SHARED
