"""The document at `/openapi.json`, and Swagger UI for it at `/docs`, from local files alone."""

from pathlib import Path

from apispec import APISpec
from flask import Blueprint, Response, json, send_file

HERE = Path(__file__).parent

# Swagger UI needs nothing else, but for the icons that its style sheet holds as data: URLs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def blueprint(spec: APISpec) -> Blueprint:
    """Return the routes that show `spec`."""
    docs = Blueprint(
        "docs", "flask_swagger_ui", static_folder="dist", static_url_path="/docs/swagger-ui"
    )

    @docs.get("/openapi.json")
    def document() -> Response:
        return Response(json.dumps(spec.to_dict(), sort_keys=False), mimetype="application/json")

    @docs.get("/docs")
    def page() -> Response:
        response = send_file(HERE / "docs.html")
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    @docs.get("/docs/start.js")
    def script() -> Response:
        return send_file(HERE / "docs.js")

    return docs
