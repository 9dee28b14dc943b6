"""The OpenAPI 3.1 document of all blueprints; every error in it is a problem document."""

from http import HTTPStatus
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from flask import Flask
from marshmallow import INCLUDE, Schema, fields

from .. import errors
from . import docs

PREFIX = "/api/v1"


class ProblemSchema(Schema):
    """The problem document (RFC 9457) that every error answers with."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True, allow_none=True)
    errors = fields.Dict(metadata={"description": "What is wrong, by location and field."})


def schema_name(given: Any) -> str:
    """Name a schema after its class; one whose fields are all optional describes an update."""
    schema = resolve_schema_instance(given)
    name = type(schema).__name__.removesuffix("Schema")
    return f"{name}Update" if schema.partial else name


class Api(flask_smorest.Api):
    """flask-smorest, with errors left to the kernel and pages served from local files."""

    ERROR_SCHEMA = ProblemSchema

    def init_app(self, app: Flask) -> None:
        """Begin the document of `app` and serve it."""
        options = {
            "title": app.name.replace("_", " ").title(),
            "version": "v1",
            "openapi_version": "3.1.0",
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name),
        }
        super().init_app(app, spec_kwargs=options)

    def register_blueprint(self, blueprint: flask_smorest.Blueprint) -> None:
        """Mount `blueprint` under the version's prefix and document its views."""
        super().register_blueprint(blueprint, url_prefix=PREFIX + blueprint.url_prefix)

    def _register_doc_blueprint(self) -> None:
        self._app.register_blueprint(docs.blueprint(self.spec))

    def _register_error_handlers(self) -> None:
        """Register none: flask-smorest's would drop `Allow` and `WWW-Authenticate`."""

    def _register_responses(self) -> None:
        problem = {"content": {errors.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}}}
        register = self.spec.components.response
        for status in HTTPStatus:
            response = {"description": status.phrase} | (problem if status >= 400 else {})
            register(status.name, response, lazy=True)
        default = {"description": "Any other error"} | problem
        register(self.DEFAULT_ERROR_RESPONSE_NAME, default, lazy=True)
