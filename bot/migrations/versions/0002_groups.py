"""What the moderation of groups remembers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("groups", "sightings", "cases", "notices", "reports", "silenced", "actions")


def _number(name: str, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), **options)  # type: ignore[arg-type]


def upgrade() -> None:
    op.create_table(
        "groups",
        _number("chat_id", primary_key=True, autoincrement=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("left", sa.DateTime(), nullable=True),
        sa.Column("digested", sa.DateTime(), nullable=True),
        sa.Column("unread", sa.Integer(), nullable=False),
    )
    op.create_table(
        "sightings",
        _number("chat_id", primary_key=True, autoincrement=False),
        _number("message_id", primary_key=True, autoincrement=False),
        _number("topic", nullable=False),
        sa.Column("claim_id", sa.String(128), nullable=False, index=True),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(16), primary_key=True),
        _number("chat_id", nullable=False, index=True),
        _number("message_id", nullable=False),
        _number("topic", nullable=False),
        _number("author_id", nullable=True),
        sa.Column("sender", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("deletable", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("claim_id", sa.String(128), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=True),
        _number("decided_by", nullable=True),
        sa.Column("decided", sa.DateTime(), nullable=True),
        sa.UniqueConstraint("chat_id", "message_id"),
    )
    op.create_table(
        "notices",
        _number("chat_id", primary_key=True, autoincrement=False),
        _number("message_id", primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.String(16), nullable=False, index=True),
    )
    op.create_table(
        "reports",
        _number("chat_id", primary_key=True, autoincrement=False),
        _number("message_id", primary_key=True, autoincrement=False),
        _number("user_id", primary_key=True, autoincrement=False, index=True),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "silenced",
        _number("chat_id", primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(128), primary_key=True),
        sa.Column("until", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), primary_key=True),
        _number("chat_id", nullable=False, index=True),
        sa.Column("case_id", sa.String(16), nullable=False, index=True),
        _number("moderator_id", nullable=False),
        sa.Column("moderator", sa.String(255), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        _number("message_id", nullable=False),
        _number("author_id", nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        _number("sent", nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        _number("undone_by", nullable=True),
        sa.Column("undone", sa.DateTime(), nullable=True),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
