"""One step after another in a World; every response is held against the Model.

A walk is a state machine of hypothesis: a failure is reported as the shortest list of steps that
still shows it. All walks share one house, which ``World.restore`` puts back before each.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from typing import Any, ClassVar, NoReturn

import httpx
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from tests.api.house import events
from tests.security.isolation.model import Model, Paper, Person, Shelf, Talk
from tests.security.isolation.world import World

PEOPLE = st.integers(0, 24)
PLACES = st.integers(0, 999)
"""Picks one of however many there are, the same one again when a walk is repeated."""
_COUNTING = ("date", "ratelimit")
"""Headers that differ between any two answers."""


class Leak(AssertionError):
    """Someone was shown what they may not read."""


class Found(BaseException):
    """A leak that was planted; hypothesis would repeat a walk that ends by an Exception."""

    told: ClassVar[list[str]] = []
    """What was found, as hypothesis may have something to say of how a walk ended."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told.append(told)


class Step(RuleBasedStateMachine):
    """What every kind of step needs."""

    finds: ClassVar[type[BaseException]] = Leak

    world: ClassVar[World]
    steps: ClassVar[int] = 0
    """Steps of all walks so far; a class of its own counts its own."""

    @initialize()
    def begin(self) -> None:
        self.model: Model = self.world.restore()
        names = {person.name: person for person in self.model.people}
        self.root, self.vera = names["root"], names["vera"]
        self.left: list[tuple[Talk, str]] = []
        """Answers nobody followed: the conversation, and the address of the answer's events."""

    def person(self, place: int) -> Person:
        return self.model.people[place]

    def paper(self, place: int) -> Paper:
        return self.model.papers[place % len(self.model.papers)]

    def shelf(self, place: int) -> Shelf:
        return self.model.shelves[place % len(self.model.shelves)]

    def send(self, person: Person, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the API as this person and look through every byte that comes back."""
        self.world.requests += 1
        response = self.world.client(person).request(method, path, **options)
        seen = self.model.leaks(person, everything_in(response))
        if seen:
            note(response.text)
            self.leak(f"{person} was shown {seen} by {method} {path}")
        assert response.status_code < 500, response.text
        return response

    def call(
        self,
        person: Person,
        scope: str | None,
        expected: int | Collection[int],
        method: str,
        path: str,
        **options: Any,
    ) -> httpx.Response:
        """As ``send``; the status must be ``expected``, unless the person may not even ask."""
        response = self.send(person, method, path, **options)
        if (refused := refusal(person, scope)) is not None:
            expected = refused
        wanted = (expected,) if isinstance(expected, int) else expected
        if response.status_code not in wanted:
            self.leak(
                f"{person}: {method} {path} gave {response.status_code}, not {wanted}: "
                f"{response.text[:300]}"
            )
        return response

    def same_as_missing(
        self, person: Person, method: str, path: str, thing: str, **options: Any
    ) -> None:
        """Ask for ``thing``, which the person may not see, and for something that is nowhere."""
        nothing = str(uuid.uuid4())
        answers = []
        for each in (thing, nothing):
            told = json.loads(json.dumps(options.get("json")).replace(thing, each))
            given = {**options, "json": told} if told is not None else options
            named = {"X-Request-ID": "the-same-request"}
            asked = path.replace(thing, each)
            response = self.send(person, method, asked, headers=named, **given)
            headers = {k: v for k, v in response.headers.items() if k not in _COUNTING}
            answers.append((response.status_code, headers, response.text.replace(each, "<id>")))
        if answers[0] != answers[1]:
            self.leak(f"{person} can tell that {method} {path} exists: {answers}")

    def see_collections(self, person: Person) -> None:
        """The list of collections, with how many documents each holds."""
        response = self.call(person, "read", 200, "GET", "/api/v1/collections")
        if response.status_code == 200:
            items = response.json()["items"]
            # Everyone has a private collection from the start, which lies empty here.
            listed = {i["id"]: i["document_count"] for i in items if i["name"] != "Private"}
            assert all(i["owner_id"] == person.id for i in items if i["name"] == "Private")
            expected = {
                shelf.id: len(self.model.readable(person, shelf))
                for shelf in self.model.shelves
                if self.model.level(person, shelf)
            }
            self.told(person, "collections", listed, expected)

    def told(self, person: Person, what: str, told: object, expected: object) -> None:
        if told != expected:
            self.leak(f"{person} was told of {what}: {told}, but may know of {expected}")

    def teardown(self) -> None:
        type(self).steps += getattr(self, "_taken", 0)

    def leak(self, told: str) -> NoReturn:
        """End the walk."""
        raise type(self).finds(told)

    def step(self) -> None:
        """Count a step that was really taken."""
        self._taken = getattr(self, "_taken", 0) + 1


def refusal(person: Person, scope: str | None) -> int | None:
    """The status for someone who is out, or whose role or key does not open such routes at all."""
    if person.disabled:
        return 401
    if person.role == "auditor" or (person.scopes is not None and scope not in person.scopes):
        return 403
    return None


def everything_in(response: httpx.Response) -> bytes:
    """Headers and body, and a stream's pieces of text put together."""
    sent = b"\n".join(name + b": " + value for name, value in response.headers.raw)
    sent += b"\n" + response.content
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        sent += b"\n" + "".join(_pieces(response)).encode()
    return sent


def _pieces(response: httpx.Response) -> list[str]:
    pieces = []
    for _, _, data in events(response):
        body = json.loads(data) if data.startswith("{") else {}
        pieces.append(str(body.get("text", "")))
        for choice in body.get("choices", []):
            pieces.append(choice["delta"].get("content") or "")
    return pieces
