"""The admin panel: lists of all models. Everything below /admin/ requires a permission."""

from collections.abc import Iterator
from itertools import chain

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView

from .. import parts
from ..accounts import current_user
from ..accounts.roles import permits
from ..database import Model
from ..errors import Problem
from ..login import permissions_required
from .users import UserView
from .views import AdminView as AdminView
from .views import Index

PERMISSION = "admin:use"


def navigation() -> dict[str, str]:
    """Return the link to the panel, if the user may use it."""
    allowed = current_user and permits(current_user.role, PERMISSION)
    return {"admin.index": "Admin"} if allowed else {}


def admin_views() -> list[BaseView]:
    """Return the view of users."""
    return [UserView()]


@permissions_required(PERMISSION)
def require_permission() -> ResponseReturnValue | None:
    """Refuse users without the permission."""
    return None


def guard() -> ResponseReturnValue | None:
    """Require the permission for each route of the panel, including those you add below /admin/."""
    if request.url_rule is None or not request.url_rule.rule.startswith("/admin/"):
        return None
    # Flask-Admin passes the parameters of an address on to `url_for`.
    if any(name == "endpoint" or name.startswith("_") for name in request.args):
        raise Problem(400, "The address has a parameter that no page of the panel has.")
    return require_permission()


def all_views() -> Iterator[BaseView]:
    """Yield the views of all parts, then read-only views of the models without one.

    Models with a bind key have none: the log could not be committed together with a change.
    """
    views = list(chain.from_iterable(parts.run_hooks("admin_views")))
    yield from views
    seen = {view.model for view in views if isinstance(view, AdminView)}
    for mapper in sorted(Model.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        if mapper.class_ not in seen and mapper.class_.metadata is Model.metadata:
            yield AdminView(mapper.class_)


def init_app(app: Flask) -> None:
    """Add the panel with the views of all parts."""
    app.before_request(guard)
    admin = Admin(app, index_view=Index())
    admin.add_views(*all_views())
