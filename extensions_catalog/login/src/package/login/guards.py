"""Decorators that decide who sees a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, redirect, request, session, url_for

from ..accounts import current_user
from ..accounts.roles import permits
from ..errors import Problem
from ..pages.security import is_api
from .sessions import current_login

View = TypeVar("View", bound=Callable[..., Any])


def login_required(view: View) -> View:
    """Require a login, which is then `g.login`. Other browsers get the login page first."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if current_login():
            return view(*args, **kwargs)
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("login.show_login", next=target))

    return cast(View, guarded)


def permissions_required(*permissions: str) -> Callable[[View], View]:
    """Require a user whose role has all of `permissions`. Other users get 403."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if permits(current_user.role, *permissions):
                return view(*args, **kwargs)
            raise Problem(403, "Your role does not allow this.")

        return cast(View, guarded)

    return decorate


def forbid_storing(response: Response) -> Response:
    """Forbid browsers to store pages with a session: after logout, nobody can go back to them."""
    if response.mimetype == "text/html" and not is_api(request.path) and session:
        response.cache_control.no_store = True
    return response
