"""The OpenAPI document and all of its conventions."""

import re
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response
from marshmallow import INCLUDE, Schema, fields
from werkzeug.exceptions import HTTPException

from .. import errors
from . import docs, etags

API_PREFIX = "/api/v1"


class ProblemSchema(Schema):
    """A problem document (RFC 9457), the format of every error."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True, allow_none=True)
    errors = fields.Dict(metadata={"description": "Error messages by location and field."})


class Conventions(MarshmallowPlugin):
    """Adds ids, errors and ETags to the operations of the document."""

    def response_helper(self, response: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Document errors with the media type of problem documents."""
        content = response.get("content", {})
        if content.get("application/json") == {"schema": ProblemSchema}:
            content[errors.MEDIA_TYPE] = content.pop("application/json")
        return super().response_helper(response, **kwargs)  # type: ignore[no-any-return, no-untyped-call]

    def operation_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Set operation ids from view names; document the errors of bodies and ETags."""
        view = kwargs["rule"].endpoint.rpartition(".")[2]
        for method, operation in (operations or {}).items():
            name = view if len(operations or {}) == 1 else f"{method}_{view}"
            operation.setdefault("operationId", camel_case(name))
            if "requestBody" in operation:
                operation["responses"].setdefault("400", "BAD_REQUEST")
                operation["responses"].setdefault("415", "UNSUPPORTED_MEDIA_TYPE")
            etags.document(method, operation)
        super().operation_helper(path, operations, **kwargs)


def camel_case(name: str) -> str:
    """Return a snake_case name in camelCase: `create_item` becomes `createItem`."""
    return re.sub("_([A-Za-z0-9])", lambda match: match[1].upper(), name)


def schema_name(schema: Any) -> str:
    """Return the name of `schema` in the document; a partial schema is named an update."""
    cls, partial = (schema, False) if isinstance(schema, type) else (type(schema), schema.partial)
    return cls.__name__.removesuffix("Schema") + ("Update" if partial else "")


class Api(flask_smorest.Api):
    """flask-smorest's API with problem documents as errors."""

    ERROR_SCHEMA = ProblemSchema

    def init_app(self, app: Flask, **_options: Any) -> None:
        """Create the document of `app` and serve it."""
        options = {
            "title": app.name.replace("_", " ").title(),
            "version": "v1",
            "openapi_version": "3.1.0",
            "marshmallow_plugin": Conventions(schema_name_resolver=schema_name),
        }
        super().init_app(app, spec_kwargs=options)
        docs.serve(app, self.spec)

    def register_blueprint(self, blp: flask_smorest.Blueprint, **options: Any) -> None:
        """Serve `blp` below `API_PREFIX`, and add its views to the document."""
        prefix = options.pop("url_prefix", blp.url_prefix) or ""
        super().register_blueprint(blp, url_prefix=API_PREFIX + prefix, **options)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Return the problem document. flask-smorest's own handler loses headers."""
        return errors.handle(error)
