"""Details of translated pages: functions of templates, and places without a request."""

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from sample import create_app, i18n
from sample.settings import ConfigurationError


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ _(text) }}", "&lt;b&gt;"),
        ("{{ _('') }}", ""),
        ("{{ _('Home') }}", "Startseite"),
        ("{{ pgettext('page', text) }}", "&lt;b&gt;"),
        ("{{ npgettext('page', text, 'more', 1) }}", "&lt;b&gt;"),
        ("{% trans %}Welcome to {{ text }}.{% endtrans %}", "Welcome to &lt;b&gt;."),
        ("{% trans name=text %}Welcome to {{ name }}.{% endtrans %}", "Willkommen bei &lt;b&gt;."),
        (
            "{% trans count=8 %}At least {{ count }} character.{% pluralize %}"
            "At least {{ count }} characters.{% endtrans %}",
            "Mindestens 8 Zeichen.",
        ),
        ("{{ language }}", "de"),
        ("{{ 1234.5 | decimalformat }}", "1.234,5"),
    ],
)
def test_templates_are_translated_outside_of_requests(app: Flask, template: str, text: str) -> None:
    with app.app_context(), force_locale("de"):
        assert render_template_string(template, text="<b>") == text


def test_the_first_language_is_that_of_other_places(app: Flask) -> None:
    with app.app_context():
        assert render_template_string("{{ language }}") == "en"


def test_the_key_of_cached_pages_has_their_language(app: Flask) -> None:
    for path, language in (("/", "de"), ("/livez", "")):
        with app.test_request_context(path, headers={"Accept-Language": "de"}):
            assert i18n.cache_key() == language


def test_the_first_language_is_for_browsers_that_accept_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANGUAGES", "de,en")
    page = create_app({"APP_ENV": "testing"}).test_client().get("/")
    assert '<html lang="de">' in page.text


@pytest.mark.parametrize(
    ("languages", "error"),
    [("", "at least one language"), ("en,xx", "flask translations add xx")],
)
def test_languages_need_translations(
    monkeypatch: pytest.MonkeyPatch, languages: str, error: str
) -> None:
    monkeypatch.setenv("LANGUAGES", languages)
    with pytest.raises(ConfigurationError, match=error):
        create_app({"APP_ENV": "testing"})
