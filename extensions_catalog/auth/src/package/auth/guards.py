"""Who asks, and whether they may: decorators that guard a view and say so in the document.

They belong right below `@blueprint.route`, so that nothing of a request is read before.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, request
from werkzeug.local import LocalProxy

from ..api import Blueprint
from ..errors import Problem
from .roles import permits
from .tokens import Account, account_of

View = TypeVar("View", bound=Callable[..., Any])

current_user = cast(Account, LocalProxy(lambda: g.account))


def login_required(view: View) -> View:
    """Let users in; without a valid access token a request answers 401."""
    return _guard(lambda: True)(view)


def roles_required(*roles: str) -> Callable[[View], View]:
    """Let users in who have one of `roles`; others answer 403."""
    return _guard(lambda: current_user.role in roles, **{"x-roles": roles})


def permissions_required(*permissions: str) -> Callable[[View], View]:
    """Let users in whose role has all of `permissions`; others answer 403."""
    return _guard(
        lambda: all(permits(current_user.role, permission) for permission in permissions),
        **{"x-permissions": permissions},
    )


def _guard(allowed: Callable[[], bool], **document: Any) -> Callable[[View], View]:
    responses = {"401": "UNAUTHORIZED"} | ({"403": "FORBIDDEN"} if document else {})

    def decorate(view: View) -> View:
        @Blueprint.doc(security=[{"bearerAuth": []}], responses=responses, **document)
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            credentials = request.authorization  # the scheme in lower case, however it came
            if credentials is None or credentials.type != "bearer":
                raise Problem(401, "Send an access token.", {"WWW-Authenticate": "Bearer"})
            g.account = account_of(credentials.token or "")
            if not allowed():
                challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
                raise Problem(403, "Your role does not allow this.", challenge)
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate
