"""Store when the tasks of schedules were last sent."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_0003"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "sent_schedules",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sent_schedules"),
    )


def downgrade() -> None:
    op.drop_table("sent_schedules")
