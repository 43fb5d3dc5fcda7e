"""Whether an index follows the database that is there now.

After a restore the log of changes counts on from an earlier number, and an index that followed the
log before could not tell. So each slot keeps the name of the history it followed, which is the hash
of the last restore's event, and begins anew when that is another.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.db.session import Database
from on_prem_rag.index.owner import IndexSlot

_FILE = "history"


def follow_history(database: Database, slot: IndexSlot, chroma_directory: Path | None) -> None:
    """Empty the slot if its indexes followed another history than this database's."""
    with database.read() as session:
        query = (
            select(AuditEvent.hash)
            .where(
                AuditEvent.subject == Event.RESTORED.subject,
                AuditEvent.action == Event.RESTORED.action,
            )
            .order_by(AuditEvent.number.desc())
            .limit(1)
        )
        current = session.scalar(query) or ""
    path = slot.directory / _FILE
    followed = path.read_text() if path.exists() else ""
    if followed != current:
        for folder in (slot.directory / "lexical", chroma_directory or slot.directory / "chroma"):
            shutil.rmtree(folder, ignore_errors=True)
        path.write_text(current)
