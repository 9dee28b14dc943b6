"""Add an index in the default order of lists of items."""

from alembic import op

revision = "example_items_0002"
down_revision = {{ file.down_revision }}


def upgrade() -> None:
    with op.batch_alter_table("items") as batch:
        batch.create_index("ix_items_owner_id_created_at_id", ["owner_id", "created_at", "id"])
        batch.drop_index("ix_items_owner_id")


def downgrade() -> None:
    with op.batch_alter_table("items") as batch:
        batch.create_index("ix_items_owner_id", ["owner_id"])
        batch.drop_index("ix_items_owner_id_created_at_id")
