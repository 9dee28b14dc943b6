"""Views with schemas: what they read is validated, what they answer is documented."""

import re
from hashlib import sha1
from http import HTTPStatus
from typing import Any, NoReturn

import flask_smorest
from flask import Request, Response, jsonify, request
from flask_smorest.utils import get_appcontext
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from ..errors import Problem


class Parser(FlaskParser):
    """Arguments as the kernel reads them: strict JSON, and problem documents for refusals."""

    # With None the schema itself decides, and so refuses a misspelt query parameter.
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}

    def load_json(self, req: Request, _schema: Schema) -> Any:
        """Return the body as the strict parser reads it; anything but JSON answers 415."""
        return req.get_json()

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Answer what is wrong, by location and field."""
        raise Problem(
            self.DEFAULT_VALIDATION_STATUS, "The request is not valid.", errors=error.messages
        )


class Blueprint(flask_smorest.Blueprint):
    """A blueprint of the API: the name of a view, `create_item`, is its operation id."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._document_refusals)

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read arguments by `schema`, made once: the parser would make one for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)

    def _store_endpoint_docs(self, endpoint: str, *args: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, *args, **options)
        operation_id = re.sub("_([a-z0-9])", lambda match: match[1].upper(), endpoint)
        for method, documented in self._docs[endpoint].items():
            if method != "parameters":
                documented.setdefault("manual_doc", {}).setdefault("operationId", operation_id)

    @staticmethod
    def _document_refusals(doc: dict[str, Any], *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        if "requestBody" in doc:
            for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
                doc["responses"].setdefault(status.value, status.name)
        return doc

    def _check_not_modified(self, etag: str) -> None:
        """Leave 304 to Werkzeug, which keeps the ETag and compares weakly (RFC 9110, 13.1.2)."""

    def _is_etag_enabled(self) -> bool:
        return True

    @staticmethod
    def _generate_etag(etag_data: Any, _extra_data: Any = None) -> str:
        return _digest(jsonify(etag_data))

    def _set_etag_in_response(self, response: Response) -> None:
        """Tag what is sent: the library would serialize it once more, for the tag alone."""
        get_appcontext().setdefault("etag", {}).setdefault("etag", _digest(response))
        super()._set_etag_in_response(response)
        if request.if_none_match or request.if_match:
            response.make_conditional(request)


def _digest(response: Response) -> str:
    return sha1(response.get_data(), usedforsecurity=False).hexdigest()
