"""Which versions of the program may run on a schema, which may be newer than they are.

A migration that only adds (``EXPANDS = True`` in its module) leaves the programs of the revision
before it running: that is how an upgrade goes replica by replica, and back. What nothing reads any
more is dropped by a migration of a later version. An older program cannot know newer migrations, so
the newer one writes down for it on whose schemas' programs it has no effect.
"""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base


class CompatibleRevision(Base):
    """A revision whose programs may run on the schema as it is."""

    __tablename__ = "compatible_revisions"

    revision: Mapped[str] = mapped_column(primary_key=True)


def compatible_revisions(script: ScriptDirectory, revision: str) -> list[str]:
    """``revision`` and those before it from which every migration only adds."""
    found = []
    for each in script.walk_revisions("base", revision):
        found.append(each.revision)
        if not getattr(each.module, "EXPANDS", False):
            break
    return found


def write_compatible(connection: Connection, script: ScriptDirectory, revision: str | None) -> None:
    """Write down whose programs may run on the schema that was just migrated to."""
    if revision is None or not inspect(connection).has_table(CompatibleRevision.__tablename__):
        return
    connection.execute(delete(CompatibleRevision))
    rows = [{"revision": each} for each in compatible_revisions(script, revision)]
    connection.execute(insert(CompatibleRevision), rows)


def is_compatible(connection: Connection, revision: str) -> bool:
    """Whether a newer program wrote down that those of ``revision`` may run here."""
    if not inspect(connection).has_table(CompatibleRevision.__tablename__):
        return False
    query = select(CompatibleRevision).where(CompatibleRevision.revision == revision)
    return connection.execute(query).first() is not None
