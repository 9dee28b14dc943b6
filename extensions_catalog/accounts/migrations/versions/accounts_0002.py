"""Create the table of login attempts."""

import sqlalchemy as sa
from alembic import op

revision = "accounts_0002"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempts"),
    )
    for columns in (["made_at"], ["address", "made_at"], ["account", "made_at"]):
        op.create_index(f"ix_login_attempts_{'_'.join(columns)}", "login_attempts", columns)


def downgrade() -> None:
    op.drop_table("login_attempts")
