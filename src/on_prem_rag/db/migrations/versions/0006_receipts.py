"""Receipts of deletions, where their bytes are gone, and the index slots that report it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from on_prem_rag.db.base import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("actor_name", sa.String(length=128), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=False),
        sa.Column("change", sa.Integer(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("documents", sa.LargeBinary(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("chunks", sa.LargeBinary(), nullable=False),
        sa.Column("conversations", sa.LargeBinary(), nullable=False),
        sa.Column("originals", sa.LargeBinary(), nullable=False),
        sa.Column("backups_clear_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    for column in ("actor_id", "created_at", "target_id"):
        op.create_index(op.f(f"ix_receipts_{column}"), "receipts", [column], unique=False)
    op.create_table(
        "erasures",
        sa.Column("receipt_id", sa.String(length=36), nullable=False),
        sa.Column("store", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=36), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["receipts.id"],
            name=op.f("fk_erasures_receipt_id_receipts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("receipt_id", "store", "place", name=op.f("pk_erasures")),
    )
    op.create_table(
        "index_places",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("first_change", sa.Integer(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_places")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("index_places")
    op.drop_table("erasures")
    for column in ("target_id", "created_at", "actor_id"):
        op.drop_index(op.f(f"ix_receipts_{column}"), table_name="receipts")
    op.drop_table("receipts")
