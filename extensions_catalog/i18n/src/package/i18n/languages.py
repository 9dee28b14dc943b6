"""Chooses the language of a page: the reader's choice, otherwise the best for the browser."""

from datetime import timedelta

from babel import negotiate_locale
from flask import Blueprint, current_app, has_request_context, redirect, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from ..pages.security import own_path

SOURCE = "en"  # the language of the texts in the code
COOKIE = "language"

blueprint = Blueprint("i18n", __name__)


def select_locale() -> str:
    """Return the locale of a request, or that of the first language outside of requests."""
    languages: list[str] = current_app.config["LANGUAGES"]
    language = languages[0]
    if has_request_context():
        chosen = request.cookies.get(COOKIE, "")
        accepted = [tag for tag, quality in request.accept_languages if quality]
        best = negotiate_locale(accepted, languages, sep="-") or language
        language = chosen if chosen in languages else best
    return language.replace("-", "_")


def current_language() -> str:
    """Return the language of the current page, such as `de` or `pt-BR`."""
    return str(get_locale()).replace("_", "-")


@blueprint.get("/language")
def choose_language() -> Response:
    """Store the reader's choice for a year, and return to the page.

    The form sends a GET, because a page with a token is neither compressed nor stored.
    """
    response = redirect(own_path(request.args.get("next", "")))
    language = request.args.get("language", "")
    if language in current_app.config["LANGUAGES"]:
        response.set_cookie(
            COOKIE,
            language,
            max_age=timedelta(days=365),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response
