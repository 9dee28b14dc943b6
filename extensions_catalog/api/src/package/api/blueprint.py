"""`Blueprint` validates requests and documents views. Every resource has one."""

from typing import Any, NoReturn

import flask_smorest
from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from ..errors import Problem


class Parser(FlaskParser):
    """Parses requests as strict JSON; errors become problem documents."""

    # webargs ignores unknown query parameters by default. With None, the schema rejects them.
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}

    def load_json(self, req: Request, _schema: Schema) -> Any:
        """Return the parsed body. Raises a 415 error if its media type is not JSON."""
        return req.get_json()

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise a 422 `Problem` with the error messages by location and field."""
        raise Problem(
            self.DEFAULT_VALIDATION_STATUS, "The request is not valid.", errors=error.messages
        )


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with the service's `Parser`."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[Schema] | Schema, **options: Any) -> Any:
        """Validate requests by `schema`. A class is instantiated once, not for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)
