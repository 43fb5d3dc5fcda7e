"""Conversations that are pinned, archived, put into folders, and copied from others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLE = "conversations"
_INDEX = f"ix_{_TABLE}_forked_from"


def upgrade() -> None:
    """Apply."""
    for name in ("pinned", "archived", "edited"):
        _add(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    _add(sa.Column("folder", sa.String(length=80), nullable=False, server_default=""))
    _add(sa.Column("forked_from", sa.String(length=36), nullable=True))
    op.create_index(op.f(_INDEX), _TABLE, ["forked_from"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f(_INDEX), table_name=_TABLE)
    for name in ("forked_from", "folder", "edited", "archived", "pinned"):
        op.drop_column(_TABLE, name)


def _add(column: sa.Column[object]) -> None:
    op.add_column(_TABLE, column)
