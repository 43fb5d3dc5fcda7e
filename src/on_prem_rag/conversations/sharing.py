"""Sharing a conversation, which its owner alone may do; to read is all that is ever shared.

What a reader sees of it is decided answer by answer, see conversations/rights.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Group
from on_prem_rag.access.principals import PrincipalKind, find_principal
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth.models import User
from on_prem_rag.conversations.models import ConversationShare
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.errors import NotFound, UserNotFound


@dataclass(frozen=True, slots=True)
class ShareView:
    """A share with its holder: ``username`` for a user, ``group`` for a group, else both None."""

    id: str
    principal: str
    kind: PrincipalKind
    username: str | None
    group: str | None
    created_at: datetime


def list_shares(session: Session, caller: Caller, conversation_id: str) -> list[ShareView]:
    """With whom a conversation is shared, oldest first. Raises ConversationNotFound, Forbidden."""
    ConversationRepository(session, caller).get_own(conversation_id)
    rows = session.execute(
        select(ConversationShare, User.username, Group.name)
        .outerjoin(User, User.id == ConversationShare.user_id)
        .outerjoin(Group, Group.id == ConversationShare.group_id)
        .where(ConversationShare.conversation_id == conversation_id)
        .order_by(ConversationShare.created_at, ConversationShare.id)
    )
    return [_view(share, username, group) for share, username, group in rows]


def put_share(
    session: Session,
    caller: Caller,
    conversation_id: str,
    principal: str,
    *,
    kind: PrincipalKind | None = None,
) -> ShareView:
    """Let ``principal`` (a name, or ``everyone``) read; sharing twice is sharing once.

    Raises ConversationNotFound, Forbidden, GroupNotFound, and UserNotFound for a disabled user too.
    """
    # Locked, so that two who share at once make one share.
    ConversationRepository(session, caller).get_own(conversation_id, lock=True)
    holder = find_principal(session, principal, kind)
    if holder.disabled:
        raise UserNotFound("There is no user of this name.")
    user_id = holder.id if holder.kind == "user" else None
    group_id = holder.id if holder.kind == "group" else None
    share = session.scalar(
        select(ConversationShare).where(
            ConversationShare.conversation_id == conversation_id,
            ConversationShare.user_id.is_not_distinct_from(user_id),
            ConversationShare.group_id.is_not_distinct_from(group_id),
        )
    )
    if share is None:
        share = ConversationShare(
            conversation_id=conversation_id, user_id=user_id, group_id=group_id
        )
        session.add(share)
        session.flush()
        record(
            session,
            Event.CONVERSATION_SHARED,
            target=("conversation", conversation_id),
            share_id=share.id,
            principal=holder.id,
        )
    return _view(share, holder.username, holder.group)


def delete_share(session: Session, caller: Caller, conversation_id: str, share_id: str) -> None:
    """Stop sharing. Raises ConversationNotFound, Forbidden, NotFound."""
    ConversationRepository(session, caller).get_own(conversation_id)
    share = session.get(ConversationShare, share_id)
    if share is None or share.conversation_id != conversation_id:
        raise NotFound("There is no such share.")
    session.delete(share)
    record(
        session,
        Event.CONVERSATION_UNSHARED,
        target=("conversation", conversation_id),
        share_id=share_id,
        principal=_principal(share),
    )


def _principal(share: ConversationShare) -> str:
    return share.user_id or share.group_id or EVERYONE


def _view(share: ConversationShare, username: str | None, group: str | None) -> ShareView:
    kind: PrincipalKind = "everyone"
    if share.user_id is not None:
        kind = "user"
    elif share.group_id is not None:
        kind = "group"
    return ShareView(share.id, _principal(share), kind, username, group, share.created_at)
