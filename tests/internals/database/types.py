"""Types of columns as an owner may write them."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Document(TypeDecorator[Any]):
    """A document, which only PostgreSQL can search."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class Searchable(TypeDecorator[Any]):
    """A document on PostgreSQL alone."""

    impl = JSONB
    cache_ok = True
