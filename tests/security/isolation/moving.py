"""Steps that move documents, and that delete them, collections and conversations."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.security.isolation.model import Paper, Person, Shelf
from tests.security.isolation.rights import DENIED, RightsSteps
from tests.security.isolation.walk import PEOPLE, PLACES, refusal

RECEIPTS = "/api/v1/receipts"


class MovingSteps(RightsSteps):
    """Documents that go elsewhere or away, and the receipts of what went."""

    @rule(who=PEOPLE, by_owner=st.booleans(), place=PLACES, to=PLACES)
    def move(self, who: int, by_owner: bool, place: int, to: int) -> None:
        self.step()
        paper, target = self.paper(place), self.shelf(to)
        person = paper.shelf.owner if by_owner else self.person(who)
        if self.model.may_change(person, paper) and not self.model.level(person, target):
            path = f"/api/v1/documents/{paper.id}/move"
            self.same_as_missing(person, "POST", path, target.id, json={"collection_id": target.id})
        else:
            self.move_to(target, paper, person)

    def move_to(self, target: Shelf, paper: Paper, person: Person) -> None:
        """Move, or be refused as the rights say."""
        expected = 409 if target is paper.shelf else 200
        if (level := self.model.level(person, target)) < 2:
            expected = DENIED[level]
        if not self.model.may_change(person, paper) or paper.deleted:
            expected = 403 if self.model.may_read(person, paper) else 404
        path, body = f"/api/v1/documents/{paper.id}/move", {"collection_id": target.id}
        response = self.call(person, "write", expected, "POST", path, json=body)
        if response.status_code == 200:
            paper.shelf, paper.moved = target, True

    def move_away(self, person: Person, paper: Paper) -> None:
        """Move a document to where the person may not read it, if its owner knows such a place."""
        owner = paper.shelf.owner
        places = [
            shelf
            for shelf in self.model.shelves
            if self.model.level(owner, shelf) >= 2 and not self.model.level(person, shelf)
        ]
        if places and not paper.deleted:
            self.move_to(places[0], paper, owner)

    @rule(who=PEOPLE, by_owner=st.booleans(), place=PLACES)
    def delete_document(self, who: int, by_owner: bool, place: int) -> None:
        self.step()
        paper = self.paper(place)
        person = paper.shelf.owner if by_owner else self.person(who)
        if self.model.may_change(person, paper):
            expected = 404 if paper.deleted else 200
        else:
            expected = 403 if self.model.may_read(person, paper) else 404
        if self._delete(person, "write", expected, f"/api/v1/documents/{paper.id}"):
            paper.deleted = True

    @precondition(lambda self: sum(shelf.deleted for shelf in self.model.shelves) < 2)
    @rule(who=PEOPLE, by_owner=st.booleans(), place=PLACES)
    def delete_collection(self, who: int, by_owner: bool, place: int) -> None:
        self.step()
        shelf = self.shelf(place)
        person = shelf.owner if by_owner else self.person(who)
        expected = DENIED.get(self.model.level(person, shelf), 200)
        if self._delete(person, None, expected, f"/api/v1/collections/{shelf.id}"):
            shelf.deleted = True
            for paper in self.model.papers:
                paper.deleted = paper.deleted or paper.shelf is shelf

    @rule(which=PLACES, who=PEOPLE, by_owner=st.booleans())
    def delete_conversation(self, which: int, who: int, by_owner: bool) -> None:
        self.step()
        if self.model.talks:
            talk = self.model.talks[which % len(self.model.talks)]
            person = talk.owner if by_owner else self.person(who)
            if not self.model.may_open(person, talk):
                self.same_as_missing(person, "DELETE", talk.path, talk.id)
            elif self._delete(person, "ask", 200 if talk.owner is person else 403, talk.path):
                self.model.forget(talk)

    def _delete(self, person: Person, scope: str | None, expected: int, path: str) -> bool:
        response = self.call(person, scope, expected, "DELETE", path)
        if response.status_code == 200:
            receipt = response.json()
            assert receipt["target_id"] == path.rpartition("/")[2]
            self.model.receipts[receipt["id"]] = person
        return response.status_code == 200

    @rule(who=PEOPLE, which=PLACES, proof=st.booleans())
    def read_receipts(self, who: int, which: int, proof: bool) -> None:
        """Everyone sees their own and an auditor all; a receipt of others is like none."""
        self.step()
        person, known = self.person(who), self.model.receipts
        everything = person.role == "auditor"
        refused = refusal(person, None) if not everything or person.disabled else None
        listed = self.send(person, "GET", RECEIPTS, params={"limit": 200})
        assert listed.status_code == (refused or 200), listed.text
        if refused is None:
            told = {item["id"] for item in listed.json()["items"]} & set(known)
            expected = {i for i, actor in known.items() if everything or actor is person}
            self.told(person, "receipts", told, expected)
        for receipt_id in list(known)[which % len(known) :][:1] if known else []:
            path = f"{RECEIPTS}/{receipt_id}"
            ways = [("GET", path), *([("POST", f"{path}/proof")] if proof else [])]
            for method, each in ways:
                if refused is None and (everything or known[receipt_id] is person):
                    shown = self.send(person, method, each)
                    assert shown.status_code == 200, shown.text
                else:
                    self.same_as_missing(person, method, each, receipt_id)
