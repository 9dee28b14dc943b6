"""Create the table of webhook events."""

import sqlalchemy as sa
from alembic import op

revision = "webhooks_0001"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("content_type", sa.String(255), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(1000), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.UniqueConstraint("provider", "event_id", name="uq_webhook_events_provider_event_id"),
    )
    op.create_index("ix_webhook_events_state", "webhook_events", ["state"])
    has_payload = sa.text("payload IS NOT NULL")
    op.create_index(
        "ix_webhook_events_received_at",
        "webhook_events",
        ["received_at"],
        postgresql_where=has_payload,
        sqlite_where=has_payload,
    )


def downgrade() -> None:
    op.drop_table("webhook_events")
