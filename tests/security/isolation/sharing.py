"""Steps that share conversations, and that read what others shared."""

from __future__ import annotations

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.security.isolation.asking import MODELS, AskingSteps
from tests.security.isolation.model import EVERYONE, Answer, Person, Talk
from tests.security.isolation.walk import PEOPLE, PLACES

FORMS = ["markdown", "json", "html"]
READERS_MAY_NOT: list[tuple[str, str, dict[str, object] | None]] = [
    ("PATCH", "", {"title": "Mine"}),
    ("DELETE", "", None),
    ("GET", "/shares", None),
    ("PUT", "/shares", {"principal": EVERYONE}),
    ("POST", "/messages", {"content": "And what else?"}),
]


class SharingSteps(AskingSteps):
    """Conversations that others read, and exports."""

    @rule(which=PLACES, to=PLACES)
    def share_conversation(self, which: int, to: int) -> None:
        self.step()
        holders = [*self.model.people, *self.world.groups, EVERYONE]
        if (talk := self._any_talk(which)) is not None:
            self.share_with(talk, holders[to % len(holders)])

    def share_with(self, talk: Talk, holder: Person | str) -> None:
        """Let them read, unless they are disabled and so look like nobody."""
        name = holder.name if isinstance(holder, Person) else holder
        kind = {EVERYONE: "everyone"}.get(name, "user" if isinstance(holder, Person) else "group")
        gone = isinstance(holder, Person) and holder.disabled
        body, path = {"principal": name, "kind": kind}, f"{talk.path}/shares"
        put = self.call(talk.owner, "ask", 404 if gone else 200, "PUT", path, json=body)
        if put.status_code == 200:
            talk.shares.add(holder)

    @rule(which=PLACES, place=PLACES)
    def unshare_conversation(self, which: int, place: int) -> None:
        self.step()
        if (talk := self._any_talk(which)) is not None:
            held = sorted(talk.shares, key=str)
            self.unshare_with(talk, held[place % len(held)] if held else EVERYONE)

    def unshare_with(self, talk: Talk, holder: Person | str) -> None:
        """Take the share back, if there is one."""
        listed = self.call(talk.owner, "ask", 200, "GET", f"{talk.path}/shares")
        if listed.status_code == 200:
            ids = {item["principal"]: item["id"] for item in listed.json()["items"]}
            assert set(ids) == {self.world.principal_id(each) for each in talk.shares}
            if holder in talk.shares:
                path = f"{talk.path}/shares/{ids[self.world.principal_id(holder)]}"
                self.call(talk.owner, "ask", 204, "DELETE", path)
                talk.shares.discard(holder)

    @rule(which=PLACES, who=PEOPLE, after=st.sampled_from(["", "2"]), form=st.sampled_from(FORMS))
    def read_shared(self, which: int, who: int, after: str, form: str) -> None:
        self.step()
        if (answer := self.answer(which)) is not None:
            self.read_as(self.person(who), answer, which, after, form)

    def read_as(self, person: Person, answer: Answer, which: int, after: str, form: str) -> None:
        """Everything a conversation shows, or nothing of it."""
        talk = answer.talk
        self.see_talks(person)
        if not self.model.may_open(person, talk):
            self.try_hidden_talk(person, talk, which)
            return
        self.call(person, "ask", 200, "GET", talk.path)
        self.look_at(answer, person, after)
        self._export(person, talk, form)
        if talk.owner is not person:
            method, rest, body = READERS_MAY_NOT[which % len(READERS_MAY_NOT)]
            self.call(person, "ask", 403, method, f"{talk.path}{rest}", json=body)
            way = "/cancel" if which % 2 else "/regenerate"
            self.call(person, "ask", 403, "POST", f"{answer.path}{way}")

    @rule(which=PLACES, who=PEOPLE, form=st.sampled_from(FORMS))
    def export(self, which: int, who: int, form: str) -> None:
        self.step()
        if (talk := self._any_talk(which)) is not None:
            for person in (talk.owner, self.person(who)):
                if self.model.may_open(person, talk):
                    self._export(person, talk, form)

    def _export(self, person: Person, talk: Talk, form: str) -> None:
        path = f"{talk.path}/export?format={form}"
        response = self.call(person, "ask", 200, "GET", path)
        if response.status_code == 200 and form == "json":
            self._held_back(person, talk, response)

    def _held_back(self, person: Person, talk: Talk, response: httpx.Response) -> None:
        """As many answers are left out as have a source the reader may not read, or more."""
        answers = [each for each in self.model.answers if each.talk is talk]
        lost = sum(self.model.lost(answer, person) for answer in answers)
        entries = response.json()["entries"]
        shown = [each for each in entries if each["role"] == "assistant" and each["content"]]
        whole = sum(each["role"] == "assistant" for each in entries)
        if whole - len(shown) < lost:
            self.leak(f"{person} was given an export of answers from lost sources")

    @rule(place=PLACES, which=PLACES, by=st.sampled_from(["person", "group", "everyone"]))
    def lose_what_was_shared(self, place: int, which: int, by: str) -> None:
        """A reader who could read an answer's sources loses one, and then the share."""
        self.step()
        paper, shelf = self.paper(place), self.paper(place).shelf
        owner = shelf.owner
        guests = self.guests(shelf, 1, "ask")
        answer = self.converse_about(owner, paper, MODELS[which % 2]) if guests else None
        if answer is None:
            return
        guest = guests[which % len(guests)]
        groups = [name for name in self.world.groups if guest in self.model.groups[name]]
        holder: Person | str = guest
        if by == "everyone" or (by == "group" and groups):
            holder = EVERYONE if by == "everyone" else groups[0]
        self.share_with(answer.talk, holder)
        form = FORMS[place % 3]
        self.read_as(guest, answer, which, "", form)
        if which % 2:
            self.move_away(guest, paper)
        else:
            self.cut_off(guest, shelf)
        self.read_as(guest, answer, which, "", form)
        self.unshare_with(answer.talk, holder)
        self.read_as(guest, answer, which, "", form)

    def _any_talk(self, which: int) -> Talk | None:
        answer = self.answer(which)
        return answer.talk if answer is not None else None
