"""Steps that ask, and that come back to what was answered."""

from __future__ import annotations

import json
import uuid

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.api.house import events
from tests.security.isolation.model import Answer, Paper, Person
from tests.security.isolation.rights import RightsSteps
from tests.security.isolation.walk import PEOPLE, PLACES, Leak

FORMS = ["json", "stream", "chat", "chat stream"]
MODELS = ["mistral:7b", "none-such"]
"""One that is installed, and one that is not: then passages are quoted."""
CONVERSATIONS = "/api/v1/conversations"


def question(paper: Paper) -> str:
    return f"What secret word does the common ledger keep under {paper.key}?"


class AskingSteps(RightsSteps):
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

    def _converse(self, person: Person, text: str, fresh: bool, model: str) -> None:
        conversation_id = self._conversation(person, fresh)
        if conversation_id is None:
            return
        path = f"{CONVERSATIONS}/{conversation_id}/messages"
        body = {"content": text, "model": model}
        asked = self.call(person, "ask", (202, 409), "POST", path, json=body)
        if asked.status_code == 202:
            told = asked.json()
            stream = self.call(person, "ask", 200, "GET", told["events_url"])
            sources = frozenset(self._sources(stream))
            answer = Answer(person, conversation_id, told["answer_id"], sources)
            self.model.answers.append(answer)

    @rule(who=PEOPLE, place=PLACES, model=st.sampled_from(MODELS))
    def ask_and_leave(self, who: int, place: int, model: str) -> None:
        """The answer is written while other steps are taken."""
        self.step()
        person = self.person(who)
        conversation_id = self._conversation(person, fresh=True)
        if conversation_id is not None:
            path = f"{CONVERSATIONS}/{conversation_id}/messages"
            body = {"content": question(self.paper(place)), "model": model}
            asked = self.call(person, "ask", 202, "POST", path, json=body)
            if asked.status_code == 202:
                self.left.append((person, path, asked.json()["events_url"]))

    @rule(which=PLACES)
    def come_back(self, which: int) -> None:
        self.step()
        if self.left:
            person, path, events_url = self.left[which % len(self.left)]
            for each in (events_url, path):
                self.call(person, "ask", 200, "GET", each)

    @rule(which=PLACES, after=st.sampled_from(["", "1", "3"]))
    def look_back(self, which: int, after: str) -> None:
        """An answer is shown as long as its owner may read what it was written from."""
        self.step()
        if (answer := self._answer(which)) is not None:
            self._look_back(answer, after)

    @rule(which=PLACES, place=PLACES)
    def lose_a_source(self, which: int, place: int) -> None:
        """What people lose just after they asked is what matters most, and chance seldom does."""
        self.step()
        guests = self.guests(self.shelf(place), 1, "ask")
        if guests:
            text = question(self.paper(place))
            self._converse(guests[which % len(guests)], text, True, MODELS[which % 2])
        answer = self._answer(-1)
        papers = sorted(answer.sources, key=lambda paper: paper.seed) if answer else []
        if answer and papers:
            self.cut_off(answer.owner, papers[place % len(papers)].shelf)
            self._look_back(answer, "")

    def _look_back(self, answer: Answer, after: str) -> None:
        person, lost = answer.owner, self.model.lost(answer)
        headers = {"Last-Event-ID": after} if after else {}
        replayed = self.call(person, "ask", 200, "GET", f"{answer.path}/events", headers=headers)
        whole = self.call(person, "ask", 200, "GET", answer.path.rpartition("/")[0])
        one = self.call(person, "ask", 200, "GET", answer.path)
        if one.status_code != 200:
            return
        kinds = {kind for _, kind, _ in events(replayed)}
        listed = next(m for m in whole.json()["items"] if m["id"] == answer.id)
        for shown in (one.json(), listed):
            empty = not (shown["content"] or shown["evidence"] or shown["details"])
            if lost and not (shown["withheld"] and empty and not shown["search_query"]):
                raise Leak(f"{person} still sees an answer that was written from lost sources")
            if not shown["withheld"]:
                assert shown["content"] or shown["evidence"] or not answer.sources
        if lost and kinds & {"token", "passages", "citation", "done"}:
            raise Leak(f"{person} was replayed an answer that was written from lost sources")
        talk = [
            each for each in self.model.answers if each.conversation_id == answer.conversation_id
        ]
        if listed["withheld"] and not any(map(self.model.lost, talk)):
            raise AssertionError("an answer is withheld though every source may be read")

    @rule(which=PLACES, place=PLACES)
    def open_citation(self, which: int, place: int) -> None:
        """A page an answer came from, highlighted, as the page opens it."""
        self.step()
        answer = self._answer(which)
        papers = sorted(answer.sources, key=lambda paper: paper.seed) if answer else []
        if answer and papers:
            paper = papers[place % len(papers)]
            may = self.model.may_read(answer.owner, paper) and paper.drawn
            path = f"/api/v1/documents/{paper.id}/pages/1/words"
            self.call(answer.owner, "read", 200 if may else 404, "GET", path)

    @rule(which=PLACES, who=PEOPLE, rating=st.sampled_from([1, -1]))
    def rate(self, which: int, who: int, rating: int) -> None:
        self.step()
        answer, other = self._answer(which), self.person(who)
        if answer is not None:
            body, path = {"rating": rating}, f"{answer.path}/feedback"
            self.call(answer.owner, "ask", 200, "PUT", path, json=body)
            if other is not answer.owner:
                self.same_as_missing(other, "PUT", path, answer.id, json=body)

    @rule(which=PLACES, who=PEOPLE, way=st.sampled_from(["", "/events", "/cancel", "/regenerate"]))
    def try_someone_elses_answer(self, which: int, who: int, way: str) -> None:
        self.step()
        answer, other = self._answer(which), self.person(who)
        if answer is not None and other is not answer.owner:
            method = "POST" if way in ("/cancel", "/regenerate") else "GET"
            self.same_as_missing(other, method, f"{answer.path}{way}", answer.id)
            for rest in ("", "/messages"):
                path = f"{CONVERSATIONS}/{answer.conversation_id}{rest}"
                self.same_as_missing(other, "GET", path, answer.conversation_id)

    @rule(who=PEOPLE)
    def list_conversations(self, who: int) -> None:
        self.step()
        person = self.person(who)
        listed = self.call(person, "ask", 200, "GET", CONVERSATIONS, params={"limit": 200})
        if listed.status_code == 200:
            assert {item["id"] for item in listed.json()["items"]} == set(
                self.talks.get(person, [])
            )
            assert listed.json()["total"] == len(self.talks.get(person, []))

    def _conversation(self, person: Person, fresh: bool) -> str | None:
        known = self.talks.setdefault(person, [])
        if known and not fresh:
            return known[-1]
        made = self.call(person, "ask", 201, "POST", CONVERSATIONS, json={})
        if made.status_code != 201:
            return None
        known.append(made.json()["id"])
        return known[-1]

    def _answer(self, which: int) -> Answer | None:
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
