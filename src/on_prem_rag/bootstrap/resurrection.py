"""Deleting and revoking again, after a restore, what was gone when the data was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.access.models import Collection, Grant, Group, GroupMember
from on_prem_rag.access.private import replace_private_collection
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.receipts import ReceiptKind, Removal
from on_prem_rag.auth.models import ApiKey, User
from on_prem_rag.backup.tombstones import DELETIONS, Tombstone
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.conversations.erasure import take_away_conversations
from on_prem_rag.conversations.models import Conversation, ConversationShare
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.changes import append_change
from on_prem_rag.documents.models import Document
from on_prem_rag.errors import Conflict, NotFound

_RANK = {"reader": 1, "contributor": 2, "manager": 3}


class Burial:
    """Applies tombstones to a restored appliance that nobody uses yet."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._deleting: dict[str, Callable[[Session, str, Removal], ReceiptKind | None]] = {
            Event.DOCUMENT_DELETED: self._document,
            Event.COLLECTION_DELETED: self._collection,
            Event.CONVERSATION_DELETED: self._conversation,
        }
        self._revoking: dict[str, Callable[[Session, Tombstone], bool]] = {
            Event.GRANT_DELETED: _take_grant,
            Event.GRANT_PUT: _lower_grant,
            Event.GROUP_MEMBER_REMOVED: _take_member,
            Event.GROUP_DELETED: _take_group,
            Event.USER_DISABLED: _disable,
            Event.USER_ROLE: _lower_role,
            Event.API_KEY_REVOKED: _revoke_key,
            Event.CONVERSATION_UNSHARED: _unshare,
        }

    def apply(self, tombstones: Sequence[Tombstone]) -> dict[str, int]:
        """Do again what they tell, but for what was given back later; counts of what changed."""
        done: Counter[str] = Counter()
        for tombstone in _final(tombstones):
            if self._apply(tombstone):
                done[tombstone.event] += 1
        return dict(done)

    def _apply(self, tombstone: Tombstone) -> bool:
        if tombstone.event == Event.USER_DELETED:
            return self._person(tombstone)
        with self._appliance.database.write() as session:
            if tombstone.event not in DELETIONS:
                return self._revoking[tombstone.event](session, tombstone)
            removal = Removal()
            kind = self._deleting[tombstone.event](session, tombstone.target_id, removal)
            if kind is None:
                return False
            receipts = self._appliance.documents.receipts
            receipts.write(session, kind, tombstone.target_id, removal, actor=OPERATOR)
            return True

    def _document(self, session: Session, target: str, removal: Removal) -> ReceiptKind | None:
        document = session.get(Document, target)
        if document is None:
            return None
        collection_id = document.collection_id
        self._appliance.documents.take_away(session, [document], removal)
        removal.change = append_change(
            session,
            "remove",
            collection_id=collection_id,
            document_id=target,
            removed_chunk_ids=removal.chunks,
        )
        return "document"

    def _collection(self, session: Session, target: str, removal: Removal) -> ReceiptKind | None:
        collection = session.get(Collection, target)
        if collection is None:
            return None
        self._appliance.documents.take_away_collection(session, collection, removal)
        replace_private_collection(session, collection)
        return "collection"

    def _conversation(self, session: Session, target: str, removal: Removal) -> ReceiptKind | None:
        if session.get(Conversation, target) is None:
            return None
        take_away_conversations(session, Conversation.id == target, removal)
        return "conversation"

    def _person(self, tombstone: Tombstone) -> bool:
        """Delete a person; one whose heir is not there yet is only shut out."""
        kind: Any = tombstone.details.get("kind", "person")
        heir = tombstone.details.get("heir_id")
        try:
            self._appliance.user_removal.delete(tombstone.target_id, heir_id=heir, kind=kind)
        except (Conflict, NotFound):
            with self._appliance.database.write() as session:
                return _disable(session, tombstone)
        return True


def _final(tombstones: Sequence[Tombstone]) -> list[Tombstone]:
    """Without what a later event took back: enabled again, a member again, a grant put anew."""
    last: dict[tuple[str, ...], Tombstone] = {}
    for each in tombstones:
        subject = each.event.partition(":")[0]
        key: tuple[str, ...] = (subject, each.target_id)
        if subject in ("grant", "conversation"):
            key = (
                subject,
                str(each.details.get("grant_id") or each.details.get("share_id") or each.target_id),
            )
        if each.event in (Event.GROUP_MEMBER_ADDED, Event.GROUP_MEMBER_REMOVED):
            key = ("member", each.target_id, str(each.details.get("user_id")))
        if each.event == Event.USER_ROLE:
            key = ("role", each.target_id)
        last.pop(key, None)
        last[key] = each
    return [
        each
        for each in last.values()
        if each.event not in (Event.GROUP_MEMBER_ADDED, Event.USER_ENABLED)
    ]


def _take_grant(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(Grant, tombstone.details["grant_id"])
    if found is not None:
        session.delete(found)
    return found is not None


def _lower_grant(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(Grant, tombstone.details["grant_id"])
    level = str(tombstone.details["level"])
    if found is None or _RANK[found.level] <= _RANK[level]:
        return False
    found.level = level
    return True


def _take_member(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(GroupMember, (tombstone.target_id, tombstone.details["user_id"]))
    if found is not None:
        session.delete(found)
    return found is not None


def _take_group(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(Group, tombstone.target_id)
    if found is None:
        return False
    session.execute(delete(Grant).where(Grant.principal == tombstone.target_id))
    session.delete(found)
    return True


def _disable(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(User, tombstone.target_id)
    if found is None or found.disabled or _is_last_admin(session, found):
        return False
    found.disabled = True
    return True


def _lower_role(session: Session, tombstone: Tombstone) -> bool:
    """Take the role given since, unless it gives more."""
    found = session.get(User, tombstone.target_id)
    role = tombstone.details.get("after")
    if found is None or role in (None, "admin", found.role) or _is_last_admin(session, found):
        return False
    found.role = str(role)
    return True


def _revoke_key(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(ApiKey, tombstone.target_id)
    if found is None or found.revoked_at is not None:
        return False
    found.revoked_at = utc_now()
    return True


def _unshare(session: Session, tombstone: Tombstone) -> bool:
    found = session.get(ConversationShare, tombstone.details["share_id"])
    if found is not None:
        session.delete(found)
    return found is not None


def _is_last_admin(session: Session, user: User) -> bool:
    """Somebody must be left to administer what was restored."""
    others = select(User.id).where(
        User.role == "admin", User.disabled.is_(False), User.id != user.id
    )
    admin = user.role == "admin" and not user.disabled
    return admin and session.scalar(others.limit(1)) is None
