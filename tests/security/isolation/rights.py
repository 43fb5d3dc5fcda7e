"""Steps that change who may read what."""

from __future__ import annotations

import uuid

from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.security.isolation.model import EVERYONE, Paper, Person, Shelf
from tests.security.isolation.walk import PEOPLE, PLACES, Step, refusal
from tests.security.isolation.world import GROUPS, LEVELS

DENIED = {0: 404, 1: 403, 2: 403}
"""What those of a lower level are told who try what a manager may."""


class RightsSteps(Step):
    """Grants, groups, roles, and documents that come in."""

    @rule(
        who=PEOPLE, by_owner=st.booleans(), place=PLACES, to=PLACES, level=st.sampled_from(LEVELS)
    )
    def share(self, who: int, by_owner: bool, place: int, to: int, level: str) -> None:
        self.step()
        shelf = self.shelf(place)
        person = shelf.owner if by_owner else self.person(who)
        holders = [*self.model.people, *self.world.groups, EVERYONE]
        holder = holders[to % len(holders)]
        name = holder.name if isinstance(holder, Person) else holder
        kind = {EVERYONE: "everyone"}.get(name, "user" if isinstance(holder, Person) else "group")
        allowed = 409 if shelf.private else 200
        body = {"principal": name, "kind": kind, "level": level}
        response = self.call(
            person,
            None,
            DENIED.get(self.model.level(person, shelf), allowed),
            "PUT",
            f"/api/v1/collections/{shelf.id}/grants",
            json=body,
        )
        if response.status_code == 200:
            shelf.grants[holder] = level

    @rule(who=PEOPLE, by_owner=st.booleans(), place=PLACES, which=PLACES)
    def revoke(self, who: int, by_owner: bool, place: int, which: int) -> None:
        self.step()
        shelf = self.shelf(place)
        person = shelf.owner if by_owner else self.person(who)
        grants = f"/api/v1/collections/{shelf.id}/grants"
        denied = DENIED.get(self.model.level(person, shelf))
        listed = self.call(person, None, denied or 200, "GET", grants)
        if listed.status_code != 200:
            self.call(person, None, denied or 200, "DELETE", f"{grants}/{uuid.uuid4()}")
            return
        ids = {item["principal"]: item["id"] for item in listed.json()["items"]}
        held = {self.world.principal_id(holder): holder for holder in shelf.grants}
        assert set(ids) == set(held)
        if held:
            principal = sorted(held)[which % len(held)]
            self.call(person, None, 204, "DELETE", f"{grants}/{ids[principal]}")
            del shelf.grants[held[principal]]

    def guests(self, shelf: Shelf, level: int, scope: str) -> list[Person]:
        """Who has this level in a collection of someone else."""
        return [
            person
            for person in self.model.people
            if person is not shelf.owner
            and self.model.level(person, shelf) >= level
            and refusal(person, scope) is None
        ]

    def cut_off(self, person: Person, shelf: Shelf) -> None:
        """Take away all that lets the person read the collection, if its owner can still do so."""
        owner = shelf.owner
        if shelf.deleted or owner is person or self.model.level(owner, shelf) < 3:
            return
        grants = f"/api/v1/collections/{shelf.id}/grants"
        ids = {i["principal"]: i["id"] for i in self.send(owner, "GET", grants).json()["items"]}
        for holder in [person, EVERYONE]:
            if holder in shelf.grants:
                grant_id = ids[self.world.principal_id(holder)]
                self.call(owner, None, 204, "DELETE", f"{grants}/{grant_id}")
                del shelf.grants[holder]
        for name in self.world.groups:
            if name in shelf.grants and person in self.model.groups[name]:
                path = f"/api/v1/groups/{self.world.group_id(name)}/members/{person.id}"
                self.call(self.root, None, 204, "DELETE", path)
                self.model.groups[name].discard(person)

    @rule(who=PEOPLE, group=st.integers(0, GROUPS - 1), inside=st.booleans())
    def change_membership(self, who: int, group: int, inside: bool) -> None:
        self.step()
        person, name = self.person(who), self.world.groups[group]
        path = f"/api/v1/groups/{self.world.group_id(name)}/members/{person.id}"
        self.call(self.root, None, 204, "PUT" if inside else "DELETE", path)
        (set.add if inside else set.discard)(self.model.groups[name], person)
        self.see_collections(person)

    @rule(who=PEOPLE, disabled=st.booleans())
    def disable_or_enable(self, who: int, disabled: bool) -> None:
        self.step()
        person = self.person(who)
        if person is not self.root:
            kind = "users" if person.scopes is None else "service-accounts"
            body = {"disabled": disabled}
            self.call(self.root, None, 200, "PATCH", f"/api/v1/{kind}/{person.id}", json=body)
            if person.disabled != disabled:
                person.disabled = disabled
                self._old_token_is_dead(person)

    @rule(who=PEOPLE, role=st.sampled_from(["member", "member", "admin", "auditor"]))
    def change_role(self, who: int, role: str) -> None:
        self.step()
        person = self.person(who)
        if person is not self.root and person.scopes is None:
            path = f"/api/v1/users/{person.id}"
            self.call(self.root, None, 200, "PATCH", path, json={"role": role})
            if person.role != role:
                person.role = role
                self._old_token_is_dead(person)

    def _old_token_is_dead(self, person: Person) -> None:
        if person.scopes is None:
            client = self.world.known_client(person)
            if client is not None and client.get("/api/v1/documents").status_code != 401:
                self.leak(f"{person} is still let in by what they signed in with before")
            self.world.sessions_ended(person)

    @rule(who=PEOPLE, by_owner=st.booleans(), place=PLACES)
    def upload(self, who: int, by_owner: bool, place: int) -> None:
        self.step()
        shelf = self.shelf(place)
        self.upload_to(shelf, shelf.owner if by_owner else self.person(who))

    def upload_to(self, shelf: Shelf, person: Person) -> None:
        """Upload a document nobody has yet, or be refused."""
        paper = Paper(f"uploaded {self.world.fresh()}", shelf, creator=person)
        level = self.model.level(person, shelf)
        # Whoever may upload is told of the upload; whoever may not is not told its name either.
        self.model.papers += [paper] if level >= 2 else []
        response = self.call(
            person,
            "write",
            {0: 404, 1: 403}.get(level, 202),
            "POST",
            f"/api/v1/collections/{shelf.id}/documents",
            files={"file": ("note.txt", paper.text.encode())},
            data={"name": paper.name},
        )
        if response.status_code == 202:
            sent = response.json()
            paper.id = sent["document"]["id"]
            self.model.jobs[sent["job_id"]] = paper
        elif level >= 2:
            self.model.papers.remove(paper)
