"""Create the table of feature flags."""

import sqlalchemy as sa
from alembic import op

revision = "feature_flags_0001"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "feature_flags",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feature_flags"),
    )


def downgrade() -> None:
    op.drop_table("feature_flags")
