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
from functools import cached_property

CANARY = re.compile(rb"zqx[a-p]{12}")
RANK = {"reader": 1, "contributor": 2, "manager": 3}
EVERYONE = "everyone"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def _word(prefix: str, seed: str) -> str:
    return prefix + hashlib.sha256(seed.encode()).hexdigest()[:12].translate(_LETTERS)


@dataclass(eq=False)
class Person:
    """Someone who asks. ``scopes`` is what a service account's key opens, None for a person.

    ``by_cookie`` is for those who use the page.
    """

    name: str
    role: str = "member"
    scopes: tuple[str, ...] | None = None
    by_cookie: bool = False
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
    moved: bool = False

    def __repr__(self) -> str:
        return f"document {self.seed} of {self.shelf}"

    @cached_property
    def key(self) -> str:
        return _word("kw", self.seed)

    @cached_property
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
class Talk:
    """A conversation. ``shares`` holds people, names of groups, or EVERYONE.

    ``unfollowed`` says that it holds an answer whose sources nobody looked at.
    """

    owner: Person
    id: str
    shares: set[Person | str] = field(default_factory=set)
    unfollowed: bool = False

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"


@dataclass(eq=False)
class Answer:
    """A stored answer of a conversation with the documents it was written from."""

    talk: Talk
    id: str
    sources: frozenset[Paper]

    @property
    def owner(self) -> Person:
        return self.talk.owner

    @property
    def path(self) -> str:
        return f"{self.talk.path}/messages/{self.id}"


@dataclass
class Model:
    """The whole house as it should be at this moment."""

    people: list[Person]
    groups: dict[str, set[Person]]
    shelves: list[Shelf]
    papers: list[Paper]
    talks: list[Talk] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    jobs: dict[str, Paper] = field(default_factory=dict)
    """Ids of ingest jobs with the document that each works on."""
    receipts: dict[str, Person] = field(default_factory=dict)
    """Ids of receipts with who deleted."""

    def level(self, person: Person, shelf: Shelf) -> int:
        """3 manager, 2 contributor, 1 reader, 0 nothing."""
        if shelf.deleted or person.disabled or person.role == "auditor":
            return 0
        if shelf.owner is person:
            return 3
        if shelf.private:
            return 0
        held = [level for holder, level in shelf.grants.items() if self._belongs_to(person, holder)]
        return max((RANK[level] for level in held), default=0)

    def _belongs_to(self, person: Person, holder: Person | str) -> bool:
        if isinstance(holder, Person):
            return holder is person
        return holder == EVERYONE or person in self.groups.get(holder, ())

    def may_open(self, person: Person, talk: Talk) -> bool:
        """Whether the person may know of a conversation now, as its owner or as a reader."""
        if talk not in self.talks or person.disabled or person.role == "auditor":
            return False
        return talk.owner is person or any(self._belongs_to(person, each) for each in talk.shares)

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

    def lost(self, answer: Answer, reader: Person) -> bool:
        """Whether ``reader`` may not, or no longer, read a source of a stored answer."""
        return not all(self.may_read(reader, paper) for paper in answer.sources)

    def forget(self, talk: Talk) -> None:
        """The conversation was deleted."""
        self.talks.remove(talk)
        self.answers = [answer for answer in self.answers if answer.talk is not talk]

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
