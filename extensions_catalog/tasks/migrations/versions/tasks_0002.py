"""Tasks that were delivered again, counted."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_0002"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "redeliveries",
        sa.Column("task_id", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name="pk_redeliveries"),
    )


def downgrade() -> None:
    op.drop_table("redeliveries")
