"""The schemas of items in requests and responses."""

from ..api.list_schemas import ListQuerySchema, Sort
from ..api.schemas import Integer, Schema, Text, UTCDateTime


class ItemSchema(Schema):
    """An item. Clients cannot set the `dump_only` fields."""

    id = Integer(dump_only=True)
    title = Text(200, min_length=1, required=True)
    description = Text(10_000, load_default="")
    word_count = Integer(
        dump_only=True,
        allow_none=True,
        metadata={"description": "Words of the description. Null until a task counts them."},
    )
    created_at = UTCDateTime(dump_only=True)
    updated_at = UTCDateTime(dump_only=True)


class ItemQuerySchema(ListQuerySchema):
    """The query parameters that sort and filter items."""

    sort = Sort("title", "created_at", "updated_at", default="-created_at")
    title = Text(200)
