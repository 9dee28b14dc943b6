"""Which columns the panel shows, and how."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from textwrap import shorten
from typing import Any, ClassVar
from uuid import UUID

from flask_admin.babel import gettext
from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts
from flask_admin.model.typefmt import empty_formatter
from sqlalchemy import inspect

from ..database import Model

SECRET = re.compile("password|secret|token|digest|hash", re.IGNORECASE)


def shown_columns(model: type[Model]) -> Mapping[str, type]:
    """Return the Python types of the columns of `model` by name, without secrets and files.

    A column is a secret if its name says so, or if it has `info={"secret": True}`.
    """
    return {
        attribute.key: column.type.python_type
        for attribute in inspect(model).column_attrs
        for column in attribute.columns
        if not (SECRET.search(attribute.key) or column.info.get("secret"))
        and column.type.python_type is not bytes
    }


def format_bool(_view: Any, value: bool, _name: str) -> str:
    """Return a word for `value` in the language of the page."""
    return str(gettext("Yes") if value else gettext("No"))


def export_bool(_view: Any, value: bool, _name: str) -> str:
    """Return a word for `value` that is the same in every language."""
    return "yes" if value else "no"


def format_time(_view: Any, value: datetime, _name: str) -> str:
    """Return a time in UTC, to the second."""
    return f"{value:%Y-%m-%d %H:%M:%S}"


def format_start(_view: Any, value: str, _name: str) -> str:
    """Return the start of a text."""
    return shorten(value, 80, placeholder="…")


FORMATTERS: Mapping[type, Any] = {
    bool: format_bool,
    datetime: format_time,
    type(None): empty_formatter,
}
EXPORT_FORMATTERS: Mapping[type, Any] = {**FORMATTERS, bool: export_bool}


class FormConverter(AdminModelConverter):
    """Chooses the fields of forms. Flask-Admin takes each `Text` for a long one, by its name."""

    @converts("Text")
    def conv_Text(self, column: Any, field_args: Any, **extra: Any) -> Any:  # noqa: N802
        """Return a field of one line for a text of at most 255 characters."""
        long = getattr(column.type, "length", None) or 256
        convert = super().conv_Text if long > 255 else self.conv_String
        return convert(column=column, field_args=field_args, **extra)


class ColumnFilter(BaseSQLAFilter):
    """Keeps rows whose column has a value, contains a text or is on a day in UTC.

    An empty value keeps all rows.
    """

    OPERATIONS: ClassVar = {
        str: "contains",
        int: "equals",
        bool: "equals",
        UUID: "equals",
        datetime: "on",
    }

    def operation(self) -> str:
        """Return the word between the column and the value."""
        return self.OPERATIONS[self.column.type.python_type]

    def clean(self, value: str) -> Any:
        """Return the value of a text. Raises `ValueError` if the column cannot have it."""
        kind = self.column.type.python_type
        if kind is datetime:
            return value and date.fromisoformat(value)
        if kind is bool:
            return value and value == "1"
        return value and kind(value)

    def apply(self, query: Any, value: Any, alias: Any = None) -> Any:
        """Return the query with the condition."""
        column = self.get_column(alias)
        if value == "":
            return query
        if isinstance(value, str):
            return query.filter(column.icontains(value, autoescape=True))
        if isinstance(value, date):
            start = datetime(value.year, value.month, value.day, tzinfo=UTC)
            return query.filter(column >= start, column < start + timedelta(days=1))
        return query.filter(column == value)
