"""ETags (RFC 9110): a read may answer 304, and a change names the version it is based on."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, jsonify, make_response, request
from marshmallow import Schema
from werkzeug.http import generate_etag

from ..errors import Problem
from .blueprint import Blueprint

MARK = "x-etag"  # in an operation of the document, until `document` replaces it
CHANGES = frozenset({"DELETE", "PATCH", "PUT"})

View = TypeVar("View", bound=Callable[..., Any])


def etag(view: View) -> View:
    """Add an ETag to what `view` returns, and require `If-Match` of changes.

    Place it above `@blueprint.arguments`. A view that changes something calls
    `check_if_match` before it does. Raises a 428 `Problem` if a change has no `If-Match`.
    """

    @Blueprint.doc(**{MARK: True})
    @wraps(view)
    def tagged(*args: Any, **kwargs: Any) -> Response:
        if request.method in CHANGES and not request.if_match:
            raise Problem(428, "Send the ETag that you read as If-Match.")
        response = make_response(view(*args, **kwargs))
        if response.status_code != 204:
            response.add_etag()
        response.make_conditional(request)
        return response

    return cast(View, tagged)


def check_if_match(resource: Any, schema: type[Schema]) -> None:
    """Raise a 412 `Problem` unless `If-Match` names `resource` as `schema` represents it."""
    current = jsonify(schema().dump(resource)).data
    if generate_etag(current) not in request.if_match:
        raise Problem(412, "It was changed meanwhile. Read it again.")


def document(method: str, operation: dict[str, Any]) -> None:
    """Document the header and the responses that `etag` adds to an operation."""
    if not operation.pop(MARK, False):
        return
    if method.upper() in CHANGES:
        operation.setdefault("parameters", []).append("IF_MATCH")
        operation["responses"] |= {"412": "PRECONDITION_FAILED", "428": "PRECONDITION_REQUIRED"}
    elif method.upper() == "GET":
        operation.setdefault("parameters", []).append("IF_NONE_MATCH")
        operation["responses"] |= {"304": "NOT_MODIFIED"}
