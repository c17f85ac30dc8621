"""Of a post that states a claim no vector is kept any more: nothing read it, and its wording could be guessed from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("sightings") as sightings:
        sightings.drop_column("vector")


def downgrade() -> None:
    with op.batch_alter_table("sightings") as sightings:
        sightings.add_column(sa.Column("vector", sa.LargeBinary(), nullable=False, server_default=""))
