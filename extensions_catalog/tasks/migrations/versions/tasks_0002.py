"""What was delivered again, counted, and what was sent, kept until it is begun."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_0002"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "redeliveries",
        sa.Column("task_id", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name="pk_redeliveries"),
    )


def downgrade() -> None:
    op.drop_table("redeliveries")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("sent_at")
