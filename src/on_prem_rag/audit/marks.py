"""Reading and signing the marks: the chain's head and its checkpoint."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from on_prem_rag.audit.chain import Chain, Link
from on_prem_rag.audit.models import AuditMark
from on_prem_rag.errors import Conflict

MarkName = Literal["head", "checkpoint"]
UNSIGNED = ""
"""The signature of a head that was found broken: it stays so, that nobody overlooks it."""


def find_mark(
    session: Session, chain: Chain, name: MarkName, *, lock: bool = False
) -> tuple[Link | None, bool]:
    """A mark and whether its signature holds; with ``lock`` others wait until the commit."""
    query = select(AuditMark.number, AuditMark.hash, AuditMark.mac).where(AuditMark.name == name)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None, False
    link = Link(row.number, row.hash)
    return link, chain.signs(name, link, row.mac)


def get_head(session: Session, chain: Chain) -> Link:
    """The last event's number and hash. Raises Conflict when the head was touched."""
    head, signed = find_mark(session, chain, "head")
    if head is None or not signed:
        raise Conflict(
            "The head of the audit log was tampered with.", hint="Run: on-prem-rag audit verify"
        )
    return head


def put_mark(
    session: Session, chain: Chain, name: MarkName, link: Link, *, sign: bool = True
) -> None:
    """Move a mark; without ``sign`` it is left recognisably unsigned."""
    mac = chain.mark_mac(name, link) if sign else UNSIGNED
    # Never deleted and made anew: whoever waits for the row's lock would find it gone.
    moved = session.execute(
        update(AuditMark)
        .where(AuditMark.name == name)
        .values(number=link.number, hash=link.hash, mac=mac)
        .returning(AuditMark.name)
    )
    if moved.one_or_none() is None:
        values = {"name": name, "number": link.number, "hash": link.hash, "mac": mac}
        session.execute(insert(AuditMark).values(values))
