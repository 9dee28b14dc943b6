"""Pages in the language of their reader. The files in translations/ have the texts."""

from collections.abc import Iterator, Mapping
from typing import Any

from babel import Locale
from environs import ValidationError
from flask import Flask, Response, request
from flask_babel import Babel, get_translations

from ..checks import CheckMessage, warning
from ..environment import Environment
from ..pages.security import is_api
from . import catalogs
from .cli import translations
from .languages import SOURCE, blueprint, current_language, select_locale

FOOTER_TEMPLATES = ("i18n/languages.html",)
PUBLIC_ROUTES = ("i18n.choose_language",)  # endpoints that need no login


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the languages of the pages."""
    return {"LANGUAGES": env.list("LANGUAGES", [SOURCE, "de"], validate=_require_translations)}


def _require_translations(languages: list[str]) -> None:
    if not languages:
        raise ValidationError("Name at least one language.")
    for language in languages:
        if language != SOURCE and not catalogs.folder_of(language).is_dir():
            raise ValidationError(
                f"There are no translations into {language}. Leave it out until you have run "
                f"`flask translations add {language}`."
            )


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn about languages whose translations are not compiled, so that pages show English."""
    for language in config["LANGUAGES"] or ():
        if language != SOURCE and not catalogs.compiled(catalogs.folder_of(language)).exists():
            message = f"The translations into {language} are not compiled."
            yield warning("i18n.not_compiled", message, "Run `flask translations compile`.")


def cache_key() -> str:
    """Return what else a page depends on: its language."""
    return "" if is_api(request.path) else current_language()


def add_headers(response: Response) -> Response:
    """Name the language of a page, and what it depends on."""
    if response.mimetype == "text/html" and not is_api(request.path):
        response.headers["Content-Language"] = current_language()
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def init_app(app: Flask) -> None:
    """Translate pages. In development and tests, compile translations that were changed."""
    if app.config["APP_ENV"] != "production":
        catalogs.compile_changed()
    Babel(app, default_locale=SOURCE, locale_selector=select_locale)
    # In the new style, the text of a variable is HTML: `_(message)` would not be escaped. The
    # translation of an empty text is the header of the catalog.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: text and get_translations().ugettext(text),
        ngettext=lambda one, more, number: get_translations().ungettext(one, more, number),
        pgettext=lambda context, text: get_translations().upgettext(context, text),
        npgettext=lambda *texts: get_translations().unpgettext(*texts),
        newstyle=False,
    )
    names = {
        code: Locale.parse(code, sep="-").get_display_name() for code in app.config["LANGUAGES"]
    }
    app.jinja_env.globals["languages"] = names
    app.context_processor(lambda: {"language": current_language()})
    app.register_blueprint(blueprint)
    app.after_request(add_headers)
    app.cli.add_command(translations)
