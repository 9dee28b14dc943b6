"""Create the tables of the outbox, of redeliveries and of sent schedules."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_0003"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task", sa.String(255), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.current_timestamp(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.create_table(
        "redeliveries",
        sa.Column("task_id", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name="pk_redeliveries"),
    )
    op.create_table(
        "sent_schedules",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sent_schedules"),
    )


def downgrade() -> None:
    op.drop_table("sent_schedules")
    op.drop_table("redeliveries")
    op.drop_table("outbox")
