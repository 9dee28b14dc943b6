"""`Blueprint`, the base of every resource: it validates requests and documents its views."""

from typing import Any, NoReturn

import flask_smorest
from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from ..errors import Problem


class Parser(FlaskParser):
    """Parses requests with the service's strict JSON, and answers with problem documents."""

    # By default webargs ignores unknown query parameters. None lets the schema refuse them.
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}

    def load_json(self, req: Request, _schema: Schema) -> Any:
        """Return the parsed body. Other media types than JSON raise a 415 error."""
        return req.get_json()

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise a 422 `Problem` with the messages by location and field."""
        raise Problem(
            self.DEFAULT_VALIDATION_STATUS, "The request is not valid.", errors=error.messages
        )


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with the parser above."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[Schema] | Schema, **options: Any) -> Any:
        """Validate requests by `schema`, which is instantiated once and not for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)
