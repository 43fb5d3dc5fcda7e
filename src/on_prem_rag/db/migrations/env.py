"""Alembic's entry point: runs the migrations on the connection ``db.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from on_prem_rag.db.base import Base

connection = context.config.attributes["connection"]
# SQLite alters a table by copying it ("batch"), which keeps constraints only by their names.
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
context.run_migrations()
