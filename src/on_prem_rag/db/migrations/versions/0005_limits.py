"""Counters that every replica shares, and limits of people, groups and API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from on_prem_rag.db.base import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_HOLDERS = {"user_id": "users", "group_id": "groups", "api_key_id": "api_keys"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "counters",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("slices", sa.JSON(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counters")),
    )
    op.create_index(op.f("ix_counters_expires_at"), "counters", ["expires_at"], unique=False)
    op.create_table(
        "limit_sets",
        sa.Column("id", sa.String(length=36), nullable=False),
        *(sa.Column(name, sa.String(length=36), nullable=True) for name in _HOLDERS),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("queries_per_minute", sa.Integer(), nullable=True),
        sa.Column("queries_per_day", sa.Integer(), nullable=True),
        sa.Column("upload_bytes_per_day", sa.BigInteger(), nullable=True),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_sets")),
        *(
            sa.ForeignKeyConstraint(
                [name],
                [f"{table}.id"],
                name=op.f(f"fk_limit_sets_{name}_{table}"),
                ondelete="CASCADE",
            )
            for name, table in _HOLDERS.items()
        ),
        *(sa.UniqueConstraint(name, name=op.f(f"uq_limit_sets_{name}")) for name in _HOLDERS),
    )
    op.create_index(
        "ix_document_versions_created_by_size",
        "document_versions",
        ["created_by", "size_bytes"],
        unique=False,
    )


def downgrade() -> None:
    """Undo; limits that were set are lost."""
    op.drop_index("ix_document_versions_created_by_size", table_name="document_versions")
    op.drop_table("limit_sets")
    op.drop_index(op.f("ix_counters_expires_at"), table_name="counters")
    op.drop_table("counters")
