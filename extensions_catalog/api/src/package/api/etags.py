"""ETags (RFC 9110): reads return 304 if nothing changed, and changes require `If-Match`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, jsonify, make_response, request
from marshmallow import Schema
from werkzeug.http import generate_etag

from ..errors import Problem
from .blueprint import Blueprint

MARK = "x-etag"  # marks an operation of the document until `document` removes it
CHANGES = frozenset({"DELETE", "PATCH", "PUT"})

View = TypeVar("View", bound=Callable[..., Any])


def etag(view: View) -> View:
    """Add an ETag to the responses of `view`, and require `If-Match` for changes.

    Place it above `@blueprint.arguments`. A view calls `check_if_match` before it changes
    anything. Raises a 428 `Problem` if a change has no `If-Match`.
    """

    @Blueprint.doc(**{MARK: True})
    @wraps(view)
    def tagged(*args: Any, **kwargs: Any) -> Response:
        if request.method in CHANGES and not request.if_match:
            raise Problem(428, "If-Match is missing. Send the ETag of the resource.")
        response = make_response(view(*args, **kwargs))
        if response.status_code != 204:
            response.add_etag()
        response.make_conditional(request)
        return response

    return cast(View, tagged)


def check_if_match(resource: Any, schema: type[Schema]) -> None:
    """Raise a 412 `Problem` unless `If-Match` has the ETag of `resource` dumped by `schema`."""
    current = jsonify(schema().dump(resource)).data
    if generate_etag(current) not in request.if_match:
        raise Problem(412, "The resource has changed. Read it again.")


def document(method: str, operation: dict[str, Any]) -> None:
    """Add the header and the responses of `etag` to `operation`."""
    if not operation.pop(MARK, False):
        return
    if method.upper() in CHANGES:
        operation.setdefault("parameters", []).append("IF_MATCH")
        operation["responses"] |= {"412": "PRECONDITION_FAILED", "428": "PRECONDITION_REQUIRED"}
    elif method.upper() == "GET":
        operation.setdefault("parameters", []).append("IF_NONE_MATCH")
        operation["responses"] |= {"304": "NOT_MODIFIED"}
