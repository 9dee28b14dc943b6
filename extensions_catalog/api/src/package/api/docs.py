"""Routes for the OpenAPI document at `/openapi.json` and for Swagger UI at `/docs`."""

from pathlib import Path
from typing import Any

from apispec import APISpec
from flask import Blueprint, Flask, Response, request, send_file
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.utils import redirect

HERE = Path(__file__).parent

# Swagger UI needs nothing else. Its style sheet contains icons as data: URLs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def serve(app: Flask, spec: APISpec) -> None:
    """Add the routes for `spec` to `app`. In development `/` redirects to `/docs` if it is free."""
    docs = Blueprint("docs", __name__)

    @docs.get("/openapi.json")
    def document() -> dict[str, Any]:
        return spec.to_dict() | {"servers": [{"url": request.root_path or "/"}]}

    @docs.get("/docs")
    def page() -> Response:
        response = send_file(HERE / "docs.html")
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    @docs.get("/docs/start.js")
    def script() -> Response:
        return send_file(HERE / "docs.js")

    is_free = all(rule.rule != "/" for rule in app.url_map.iter_rules())
    if is_free and app.config["APP_ENV"] == "development":
        docs.add_url_rule("/", "home", lambda: redirect("docs"))
    app.register_blueprint(docs)
    app.register_blueprint(get_swaggerui_blueprint("/docs/swagger-ui", "/openapi.json"))
