"""Count redeliveries, and keep sent tasks in the outbox until a worker starts them."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_0002"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    due_at = sa.Column(
        "due_at",
        sa.DateTime(timezone=True),
        server_default=sa.func.current_timestamp(),  # for processes that still run the old code
        nullable=False,
    )
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(due_at)
        batch.drop_index("ix_outbox_created_at")
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.create_table(
        "redeliveries",
        sa.Column("task_id", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name="pk_redeliveries"),
    )


def downgrade() -> None:
    op.drop_table("redeliveries")
    with op.batch_alter_table("outbox") as batch:
        batch.create_index("ix_outbox_created_at", ["created_at"])
        batch.drop_index("ix_outbox_due_at")
        batch.drop_column("due_at")
