"""How Alembic reaches the database: by the connection that `bot.state` hands over."""

from __future__ import annotations

from alembic import context

from bot.state import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
