"""The texts of a Collection's passages in order, to count equal ones without reading the rows."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLE = "chunks"
_OLD, _NEW = "ix_chunks_collection_id", "ix_chunks_collection_text"


def upgrade() -> None:
    """Apply."""
    op.create_index(op.f(_NEW), _TABLE, ["collection_id", "content_sha256"], unique=False)
    op.drop_index(op.f(_OLD), table_name=_TABLE)


def downgrade() -> None:
    """Undo."""
    op.create_index(op.f(_OLD), _TABLE, ["collection_id"], unique=False)
    op.drop_index(op.f(_NEW), table_name=_TABLE)
