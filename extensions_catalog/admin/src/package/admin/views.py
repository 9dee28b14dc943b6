"""The views of the panel. Their attributes are those of Flask-Admin's `ModelView`."""

from typing import Any, ClassVar

from flask import flash, request
from flask_admin import BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.tools import iterdecode
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ..database import Model, db
from .changes import log_change
from .columns import (
    EXPORT_FORMATTERS,
    FORMATTERS,
    ColumnFilter,
    FormConverter,
    format_start,
    shown_columns,
)

CHANGED = "This row was changed after you opened it. Save again to replace that change with yours."
REFUSED = "Another row has the same value, or needs this row."
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets run a text that starts with these


class Index(BaseView):
    """The start page, with links to all views."""

    def __init__(self) -> None:
        super().__init__(name="Admin", endpoint="admin", url="/admin")

    @expose()
    def index(self) -> str:
        """Show the links."""
        return str(self.render("admin/index.html"))


class AdminView(ModelView):
    """A list of the rows of a model, to search, filter, sort and export.

    To make it editable, subclass it, and set `form_columns` and `can_edit`, `can_create` or
    `can_delete`.
    """

    can_create = can_edit = can_delete = False
    can_view_details = can_export = True
    export_max_rows = 100_000
    action_disallowed_list: ClassVar = ["delete"]  # of many rows at once
    column_display_pk = True
    model_form_converter = FormConverter
    column_type_formatters: ClassVar = {**FORMATTERS, str: format_start}
    column_type_formatters_detail: ClassVar = FORMATTERS
    column_type_formatters_export: ClassVar = EXPORT_FORMATTERS
    list_template = "admin/list.html"
    details_template = "admin/details.html"
    create_template = edit_template = "admin/form.html"

    def __init__(self, model: type[Model]) -> None:
        types = shown_columns(model)
        columns = list(types)
        self.column_list = self.column_details_list = self.column_export_list = columns
        self.column_searchable_list = [name for name in columns if types[name] is str]
        self.column_filters = [
            ColumnFilter(getattr(model, name), name)
            for name in columns
            if types[name] in ColumnFilter.OPERATIONS
        ]
        table = model.__tablename__
        name = table.replace("_", " ").capitalize()
        super().__init__(model, db, name=name, endpoint=f"admin_{table}", url=table)

    def get_list(self, page: int, *args: Any, **kwargs: Any) -> Any:
        """Return the number of rows and a page, also for page numbers that databases refuse."""
        return super().get_list(min(max(page, 0), 1_000_000), *args, **kwargs)

    def get_one(self, key: Any) -> Any:
        """Return the row with a primary key. Raises `NotFound` if there is none."""
        columns = inspect(self.model).primary_key
        try:
            values = [c.type.python_type(v) for c, v in zip(columns, iterdecode(key), strict=True)]
        except (TypeError, ValueError):
            raise NotFound from None
        return db.get_or_404(self.model, tuple(values))

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Response:
        """Return all rows at once: after the request, its session cannot load them."""
        response: Response = super().export(export_type)
        response.make_sequence()
        return response

    def get_export_value(self, model: Any, name: str) -> Any:
        """Return a value for a CSV file. A text that a spreadsheet could run starts with '."""
        value = super().get_export_value(model, name)
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

    def update_model(self, form: Any, model: Any) -> bool:
        """Save a change of the version that the user saw."""
        if request.form.get("version", "") != str(getattr(model, "version", "")):
            flash(CHANGED, "error")
            return False
        return bool(super().update_model(form, model))

    def on_model_change(self, _form: Any, model: Any, is_created: bool) -> None:
        """Log the change."""
        log_change(model, "created" if is_created else "changed")

    def on_model_delete(self, model: Any) -> None:
        """Log the row."""
        log_change(model, "deleted")

    def handle_view_exception(self, exc: Exception) -> bool:
        """Show what the database refused. Other errors are those of all pages."""
        if isinstance(exc, IntegrityError):
            flash(REFUSED, "error")
            return True
        if super().handle_view_exception(exc):
            return True
        raise exc
