"""Who may read what, in plain Python: the yardstick of the walk.

Nothing of the application is used here, so that a fault there cannot hide itself. Every document
carries a canary, a word that stands in its text, its file name and its title and nowhere else, and
that nobody types; its ``key`` is the word by which people ask for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

CANARY = re.compile(rb"zqx[a-p]{12}")
RANK = {"reader": 1, "contributor": 2, "manager": 3}
EVERYONE = "everyone"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def _word(prefix: str, seed: str) -> str:
    return prefix + hashlib.sha256(seed.encode()).hexdigest()[:12].translate(_LETTERS)


@dataclass(eq=False)
class Person:
    """Someone who asks. ``scopes`` is what a service account's key opens, None for a person."""

    name: str
    role: str = "member"
    scopes: tuple[str, ...] | None = None
    id: str = ""
    disabled: bool = False

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Shelf:
    """A collection. ``grants`` maps a person, a group's name or EVERYONE to a level."""

    name: str
    owner: Person
    private: bool = False
    id: str = ""
    grants: dict[Person | str, str] = field(default_factory=dict)
    deleted: bool = False

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Paper:
    """A document; ``seed`` makes its words, ``drawn`` says that it has a page to look at."""

    seed: str
    shelf: Shelf
    drawn: bool = False
    id: str = ""
    creator: Person | None = None
    deleted: bool = False

    def __repr__(self) -> str:
        return f"document {self.seed} of {self.shelf}"

    @property
    def key(self) -> str:
        return _word("kw", self.seed)

    @property
    def canary(self) -> str:
        return _word("zqx", self.seed)

    @property
    def name(self) -> str:
        return f"{self.key}-{self.canary}.{'pdf' if self.drawn else 'txt'}"

    @property
    def text(self) -> str:
        """It shares all its words with every other one but the two."""
        return f"The common ledger under {self.key} keeps the secret word {self.canary}."


@dataclass(eq=False)
class Answer:
    """A stored answer of a conversation with the documents it was written from."""

    owner: Person
    conversation_id: str
    id: str
    sources: frozenset[Paper]

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.conversation_id}/messages/{self.id}"


@dataclass
class Model:
    """The whole house as it should be at this moment."""

    people: list[Person]
    groups: dict[str, set[Person]]
    shelves: list[Shelf]
    papers: list[Paper]
    answers: list[Answer] = field(default_factory=list)
    jobs: dict[str, Shelf] = field(default_factory=dict)
    """Ids of ingest jobs with the collection that each works on."""

    def level(self, person: Person, shelf: Shelf) -> int:
        """3 manager, 2 contributor, 1 reader, 0 nothing."""
        if shelf.deleted or person.disabled or person.role == "auditor":
            return 0
        if shelf.owner is person:
            return 3
        if shelf.private:
            return 0
        held = [
            level
            for holder, level in shelf.grants.items()
            if holder is person
            or holder == EVERYONE
            or (isinstance(holder, str) and person in self.groups.get(holder, ()))
        ]
        return max((RANK[level] for level in held), default=0)

    def may_read(self, person: Person, paper: Paper) -> bool:
        """Whether the canary of this document may reach this person now."""
        return not paper.deleted and self.level(person, paper.shelf) > 0

    def readable(self, person: Person, shelf: Shelf | None = None) -> list[Paper]:
        """Documents the person may read, of one collection or of all."""
        return [
            paper
            for paper in self.papers
            if (shelf is None or paper.shelf is shelf) and self.may_read(person, paper)
        ]

    def may_change(self, person: Person, paper: Paper) -> bool:
        """A contributor changes what they added, a manager everything."""
        level = self.level(person, paper.shelf)
        return level == 3 or (level == 2 and paper.creator is person)

    def lost(self, answer: Answer) -> bool:
        """Whether a source of a stored answer may no longer be read by its owner."""
        return not all(self.may_read(answer.owner, paper) for paper in answer.sources)

    def leaks(self, person: Person | None, sent: bytes) -> list[Paper | str]:
        """What stands in ``sent`` that the person (None: nobody) may not read; [] is good.

        A canary that no document has any more belongs to nobody.
        """
        found = {word.decode() for word in CANARY.findall(sent.lower())}
        if not found:
            return []
        allowed: Iterable[Paper] = () if person is None else self.readable(person)
        foreign = found - {paper.canary for paper in allowed}
        known = {paper.canary: paper for paper in self.papers}
        return [known.get(word, word) for word in sorted(foreign)]
