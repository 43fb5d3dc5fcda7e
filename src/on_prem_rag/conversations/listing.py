"""Conversations as they are listed, searched and kept in order by their owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.auth.models import User
from on_prem_rag.conversations.models import Conversation, Message
from on_prem_rag.conversations.rights import shared_conversation


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as its reader may see it; ``owner`` is a user name.

    ``pinned``, ``archived``, ``folder``, ``forked_from`` and ``edited`` are its owner's alone:
    for others they are as if unset.
    """

    id: str
    owner_id: str
    owner: str | None
    title: str
    pinned: bool
    archived: bool
    folder: str
    forked_from: str | None
    edited: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations are listed; None means either.

    ``search`` is a part of a title or, among one's own, of a question. ``folder`` is a name, or
    empty for those in none. ``shared`` lists those of others, where how their owners keep them does
    not count.
    """

    search: str = ""
    shared: bool = False
    pinned: bool | None = None
    archived: bool | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of conversations; ``total`` counts all of them."""

    items: tuple[ConversationView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's name, and how many conversations that are not archived lie in it."""

    name: str
    conversations: int


def list_conversations(
    session: Session, caller: Caller, wanted: ConversationFilter, limit: int, offset: int
) -> ConversationPage:
    """A page of the caller's own conversations, or those shared with them.

    Pinned ones come first, then those last used.
    """
    own = Conversation.owner_id == caller.id
    order = (Conversation.updated_at.desc(), Conversation.id)
    if wanted.shared:
        found = select(Conversation).where(shared_conversation(caller) & ~own).order_by(*order)
    else:
        found = select(Conversation).where(own, *_kept(wanted))
        found = found.order_by(Conversation.pinned.desc(), *order)
    if wanted.search:
        ids = _searched(session, caller, wanted, found)
        total, chosen = len(ids), ids[offset : offset + limit]
        rows = session.scalars(found.where(Conversation.id.in_(chosen))).all()
    else:
        counted = found.order_by(None).with_only_columns(func.count())
        total = session.scalar(counted) or 0
        rows = session.scalars(found.limit(limit).offset(offset)).all()
    return ConversationPage(items=tuple(view_conversations(session, caller, rows)), total=total)


def list_folders(session: Session, caller: Caller) -> list[Folder]:
    """The caller's folders by name. A folder is there as long as something lies in it."""
    rows = session.execute(
        select(Conversation.folder, func.count())
        .where(
            Conversation.owner_id == caller.id,
            Conversation.folder != "",
            Conversation.archived.is_(False),
        )
        .group_by(Conversation.folder)
    ).all()
    return [Folder(name, count) for name, count in sorted(rows, key=lambda row: row[0].casefold())]


def view_conversations(
    session: Session, caller: Caller, rows: Sequence[Conversation]
) -> list[ConversationView]:
    """Conversations the caller may open, as they may see them."""
    ids = {row.owner_id for row in rows}
    people = session.execute(select(User.id, User.username).where(User.id.in_(ids))).all()
    names = {person.id: person.username for person in people}
    return [_view(row, names.get(row.owner_id), is_own=row.owner_id == caller.id) for row in rows]


def _view(row: Conversation, owner: str | None, *, is_own: bool) -> ConversationView:
    return ConversationView(
        id=row.id,
        owner_id=row.owner_id,
        owner=owner,
        title=row.title,
        pinned=is_own and row.pinned,
        archived=is_own and row.archived,
        folder=row.folder if is_own else "",
        forked_from=row.forked_from if is_own else None,
        edited=is_own and row.edited,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _kept(wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.pinned is not None:
        conditions.append(Conversation.pinned.is_(wanted.pinned))
    if wanted.archived is not None:
        conditions.append(Conversation.archived.is_(wanted.archived))
    if wanted.folder is not None:
        conditions.append(Conversation.folder == wanted.folder)
    return conditions


def _searched(
    session: Session,
    caller: Caller,
    wanted: ConversationFilter,
    found: Select[Conversation],
) -> list[str]:
    """Ids of those found that the search fits, in their order."""
    # Titles are compared here: SQLite knows the upper and lower case of ASCII letters only.
    part = wanted.search.casefold()
    titles = session.execute(found.with_only_columns(Conversation.id, Conversation.title)).all()
    asked = set() if wanted.shared else _asked(session, caller, wanted.search)
    return [row.id for row in titles if row.id in asked or part in row.title.casefold()]


def _asked(session: Session, caller: Caller, search: str) -> set[str]:
    """The caller's own conversations in which they asked something with these words.

    Answers are never looked into: a match would tell what one withheld now says.
    """
    content = Message.content
    # LIKE on SQLite ignores the case of ASCII letters, and of no others; so each word is tried as
    # words are mostly written.
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    spellings = {search} if search.isascii() else {search, search.lower(), search.capitalize()}
    fits = [
        content.contains(each, autoescape=True)
        if on_sqlite
        else content.icontains(each, autoescape=True)
        for each in spellings
    ]
    rows = session.scalars(
        select(Message.conversation_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.owner_id == caller.id, Message.role == "user", or_(*fits))
    )
    return set(rows)
