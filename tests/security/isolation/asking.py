"""Steps that ask, and that come back to what was answered."""

from __future__ import annotations

import json
import uuid

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.api.house import events
from tests.security.isolation.model import Answer, Paper, Person, Talk
from tests.security.isolation.moving import MovingSteps
from tests.security.isolation.walk import PEOPLE, PLACES

FORMS = ["json", "stream", "chat", "chat stream"]
MODELS = ["mistral:7b", "none-such"]
"""One that is installed, and one that is not: then passages are quoted."""
CONVERSATIONS = "/api/v1/conversations"
HIDDEN_TALK: list[tuple[str, str, dict[str, str] | None]] = [
    ("GET", "", None),
    ("GET", "/messages", None),
    ("GET", "/export?format=json", None),
    ("GET", "/shares", None),
    ("PUT", "/shares", {"principal": "everyone"}),
    ("PATCH", "", {"title": "Mine"}),
    ("DELETE", "", None),
]


def question(paper: Paper) -> str:
    return f"What secret word does the common ledger keep under {paper.key}?"


class AskingSteps(MovingSteps):
    """Questions of each form, conversations and their history."""

    @rule(who=PEOPLE, place=PLACES, form=st.sampled_from(FORMS), model=st.sampled_from(MODELS))
    def ask(self, who: int, place: int, form: str, model: str) -> None:
        self.step()
        person, text = self.person(who), question(self.paper(place))
        stream = form.endswith("stream")
        if form.startswith("chat"):
            path = "/v1/chat/completions"
            turns = [{"role": "user", "content": text}]
            body: dict[str, object] = {"model": model, "messages": turns, "stream": stream}
        else:
            path, body = "/api/v1/query", {"query": text, "model": model, "stream": stream}
        self.call(person, "ask", 200, "POST", path, json=body)

    @rule(
        who=PEOPLE,
        place=PLACES,
        fresh=st.booleans(),
        further=st.booleans(),
        model=st.sampled_from(MODELS),
    )
    def converse(self, who: int, place: int, fresh: bool, further: bool, model: str) -> None:
        self.step()
        text = "And what else does it say about that?" if further else question(self.paper(place))
        self._converse(self.person(who), text, fresh, model)

    def converse_about(self, person: Person, paper: Paper, model: str) -> Answer | None:
        """Ask of one document, in a conversation of its own."""
        before = len(self.model.answers)
        self._converse(person, question(paper), True, model)
        return self.model.answers[-1] if len(self.model.answers) > before else None

    def _converse(self, person: Person, text: str, fresh: bool, model: str) -> None:
        talk = self._talk(person, fresh)
        if talk is None:
            return
        body = {"content": text, "model": model}
        asked = self.call(person, "ask", (202, 409), "POST", f"{talk.path}/messages", json=body)
        if asked.status_code == 202:
            told = asked.json()
            stream = self.call(person, "ask", 200, "GET", told["events_url"])
            sources = frozenset(self._sources(stream))
            self.model.answers.append(Answer(talk, told["answer_id"], sources))

    @rule(who=PEOPLE, place=PLACES, model=st.sampled_from(MODELS))
    def ask_and_leave(self, who: int, place: int, model: str) -> None:
        """The answer is written while other steps are taken."""
        self.step()
        person = self.person(who)
        talk = self._talk(person, fresh=True)
        if talk is not None:
            body = {"content": question(self.paper(place)), "model": model}
            asked = self.call(person, "ask", 202, "POST", f"{talk.path}/messages", json=body)
            if asked.status_code == 202:
                talk.unfollowed = True
                self.left.append((talk, asked.json()["events_url"]))

    @rule(which=PLACES)
    def come_back(self, which: int) -> None:
        self.step()
        if self.left:
            talk, events_url = self.left[which % len(self.left)]
            there = 200 if talk in self.model.talks else 404
            for each in (events_url, f"{talk.path}/messages"):
                self.call(talk.owner, "ask", there, "GET", each)

    @rule(which=PLACES, after=st.sampled_from(["", "1", "3"]))
    def look_back(self, which: int, after: str) -> None:
        """An answer is shown as long as its owner may read what it was written from."""
        self.step()
        if (answer := self.answer(which)) is not None:
            self.look_at(answer, answer.owner, after)

    @rule(which=PLACES, place=PLACES)
    def lose_a_source(self, which: int, place: int) -> None:
        """What people lose just after they asked is what matters most, and chance seldom does."""
        self.step()
        guests = self.guests(self.shelf(place), 1, "ask")
        if guests:
            guest = guests[which % len(guests)]
            self.converse_about(guest, self.paper(place), MODELS[which % 2])
        answer = self.answer(-1)
        papers = sorted(answer.sources, key=lambda paper: paper.seed) if answer else []
        if answer and papers:
            paper = papers[place % len(papers)]
            if which % 3:
                self.cut_off(answer.owner, paper.shelf)
            else:
                self.move_away(answer.owner, paper)
            self.look_at(answer, answer.owner, "")

    def look_at(self, answer: Answer, reader: Person, after: str) -> None:
        """Every way to a stored answer, for its owner or a reader of the conversation."""
        lost = self.model.lost(answer, reader)
        headers = {"Last-Event-ID": after} if after else {}
        replayed = self.call(reader, "ask", 200, "GET", f"{answer.path}/events", headers=headers)
        whole = self.call(reader, "ask", 200, "GET", f"{answer.talk.path}/messages")
        one = self.call(reader, "ask", 200, "GET", answer.path)
        if one.status_code != 200:
            return
        kinds = {kind for _, kind, _ in events(replayed)}
        listed = next(m for m in whole.json()["items"] if m["id"] == answer.id)
        for shown in (one.json(), listed):
            empty = not (shown["content"] or shown["evidence"] or shown["details"])
            if lost and not (shown["withheld"] and empty and not shown["search_query"]):
                self.leak(f"{reader} still sees an answer that was written from lost sources")
            if not shown["withheld"]:
                assert shown["content"] or shown["evidence"] or not answer.sources
        if lost and kinds & {"token", "passages", "citation", "done"}:
            self.leak(f"{reader} was replayed an answer that was written from lost sources")
        if listed["withheld"] and not (lost or self._follows_from_a_lost_one(answer, reader)):
            raise AssertionError("an answer is withheld though every source may be read")

    def _follows_from_a_lost_one(self, answer: Answer, reader: Person) -> bool:
        talk = [each for each in self.model.answers if each.talk is answer.talk]
        return answer.talk.unfollowed or any(self.model.lost(each, reader) for each in talk)

    @rule(which=PLACES, place=PLACES)
    def open_citation(self, which: int, place: int) -> None:
        """A page an answer came from, highlighted, as the page opens it."""
        self.step()
        answer = self.answer(which)
        papers = sorted(answer.sources, key=lambda paper: paper.seed) if answer else []
        if answer and papers:
            paper = papers[place % len(papers)]
            may = self.model.may_read(answer.owner, paper) and paper.drawn
            path = f"/api/v1/documents/{paper.id}/pages/1/words"
            self.call(answer.owner, "read", 200 if may else 404, "GET", path)

    @rule(which=PLACES, who=PEOPLE, rating=st.sampled_from([1, -1]))
    def rate(self, which: int, who: int, rating: int) -> None:
        self.step()
        answer, other = self.answer(which), self.person(who)
        if answer is not None:
            body, path = {"rating": rating}, f"{answer.path}/feedback"
            self.call(answer.owner, "ask", 200, "PUT", path, json=body)
            if self.model.may_open(other, answer.talk):
                allowed = 200 if other is answer.owner else 403  # who it is shared with only reads
                self.call(other, "ask", allowed, "PUT", path, json=body)
            else:
                self.same_as_missing(other, "PUT", path, answer.id, json=body)

    @rule(which=PLACES, who=PEOPLE, way=st.sampled_from(["", "/events", "/cancel", "/regenerate"]))
    def try_someone_elses_answer(self, which: int, who: int, way: str) -> None:
        self.step()
        answer, other = self.answer(which), self.person(who)
        if answer is not None and not self.model.may_open(other, answer.talk):
            method = "POST" if way in ("/cancel", "/regenerate") else "GET"
            self.same_as_missing(other, method, f"{answer.path}{way}", answer.id)
            self.try_hidden_talk(other, answer.talk, which)

    def try_hidden_talk(self, person: Person, talk: Talk, which: int) -> None:
        """A conversation of which the person may not know is like none, whatever is asked of it."""
        for at in (which, which + 1):
            method, rest, body = HIDDEN_TALK[at % len(HIDDEN_TALK)]
            self.same_as_missing(person, method, f"{talk.path}{rest}", talk.id, json=body)

    @rule(who=PEOPLE)
    def list_conversations(self, who: int) -> None:
        self.step()
        self.see_talks(self.person(who))

    def see_talks(self, person: Person) -> None:
        """The lists of one's own conversations and of those that are shared."""
        for shared in (False, True):
            params = {"limit": 200, "shared": shared}
            listed = self.call(person, "ask", 200, "GET", CONVERSATIONS, params=params)
            if listed.status_code == 200:
                expected = {
                    talk.id
                    for talk in self.model.talks
                    if self.model.may_open(person, talk) and (talk.owner is not person) == shared
                }
                told = [item["id"] for item in listed.json()["items"]]
                self.told(person, "conversations", set(told), expected)
                self.told(person, "conversations", listed.json()["total"], len(expected))

    def _talk(self, person: Person, fresh: bool) -> Talk | None:
        known = [talk for talk in self.model.talks if talk.owner is person]
        if known and not fresh:
            return known[-1]
        made = self.call(person, "ask", 201, "POST", CONVERSATIONS, json={})
        if made.status_code != 201:
            return None
        self.model.talks.append(Talk(person, made.json()["id"]))
        return self.model.talks[-1]

    def answer(self, which: int) -> Answer | None:
        """One of the last few: those are the ones whose sources change next."""
        recent = self.model.answers[-6:]
        return recent[which % len(recent)] if recent else None

    def _sources(self, stream: httpx.Response) -> list[Paper]:
        by_id = {paper.id: paper for paper in self.model.papers}
        found = []
        for _, kind, data in events(stream):
            if kind == "passages":
                body = json.loads(data)
                shown = [*body["passages"], *body["dropped"]]
                found = [by_id[str(uuid.UUID(each["document_id"]))] for each in shown]
        return found
