"""Which versions of the program may run on this schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
EXPANDS = True


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "compatible_revisions",
        sa.Column("revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_compatible_revisions")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("compatible_revisions")
