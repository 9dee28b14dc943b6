"""Column types that an owner could write."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Document(TypeDecorator[Any]):
    """JSONB on PostgreSQL, JSON on other engines."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class Searchable(TypeDecorator[Any]):
    """JSONB, on PostgreSQL only."""

    impl = JSONB
    cache_ok = True
