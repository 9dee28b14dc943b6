"""The files of translations: extracted, translated, compiled, and read by pages."""

from pathlib import Path

import pytest
from babel.support import Translations
from flask import Flask
from flask.testing import FlaskClient

from sample import create_app, i18n
from sample.i18n import catalogs

PART = """
msgid "Next"
msgstr "Weiter"

msgctxt "month"
msgid "May"
msgstr "Mai"
"""
OWN = """
msgid "Next"
msgstr "Nächste"

msgid "Gone"
msgstr "Weg"

#, fuzzy
msgid "Doubtful"
msgstr "Zweifelhaft"

msgid "One parcel"
msgid_plural "%(count)s parcels"
msgstr[0] "Ein Paket"
msgstr[1] "%(count)s Pakete"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package with a template and two files of German translations."""
    (tmp_path / "templates").mkdir()
    template = "{{ _('Next') }} {{ _('New') }} {{ pgettext('month', 'May') }}"
    (tmp_path / "templates" / "page.html").write_text(template)
    folder = tmp_path / "translations" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "part.po").write_text(PART)
    (folder / "messages.po").write_text(OWN)
    monkeypatch.setattr(catalogs, "PACKAGE", tmp_path)
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path / "translations")
    return tmp_path


def run(app: Flask, *command: str) -> str:
    """Run `flask translations` with the arguments `command`, and return its output."""
    result = app.test_cli_runner(catch_exceptions=False).invoke(args=["translations", *command])
    return f"{result.exit_code} {result.output}"


def german(package: Path) -> Translations:
    """Return the compiled translations into German."""
    translations = Translations.load(str(package / "translations"), ["de"])
    assert isinstance(translations, Translations)
    return translations


def test_your_translations_replace_those_of_the_parts(app: Flask, package: Path) -> None:
    assert run(app, "compile").startswith("0 ")
    translations = german(package)
    assert translations.gettext("Next") == "Nächste"
    assert translations.pgettext("month", "May") == "Mai"
    assert translations.ngettext("One parcel", "%(count)s parcels", 2) == "%(count)s Pakete"
    assert translations.gettext("Doubtful") == "Doubtful"
    assert [path.name for path in catalogs.folder_of("de").glob("*.mo")] == ["messages.mo"]


def test_new_texts_are_added_and_old_ones_are_kept(app: Flask, package: Path) -> None:
    path = catalogs.folder_of("de") / "messages.po"
    assert run(app, "extract") == f"0 de: 1 texts to translate in {path}\n"
    text = path.read_text("utf-8")
    assert '#: templates/page.html\nmsgid "New"\nmsgstr ""\n' in text
    assert '#: templates/page.html\nmsgid "Next"\nmsgstr "Nächste"\n' in text
    assert '#~ msgid "Gone"\n#~ msgstr "Weg"\n' in text
    assert '"May"' not in text
    path.write_text(text.replace('msgid "New"\nmsgstr ""', 'msgid "New"\nmsgstr "Neu"'))
    assert run(app, "extract") == f"0 de: no texts to translate in {path}\n"
    translated = path.read_text("utf-8")
    run(app, "extract")
    assert path.read_text("utf-8") == translated


def test_without_texts_of_your_own_there_is_no_file_of_yours(app: Flask, package: Path) -> None:
    (package / "templates" / "page.html").write_text("{{ _('Next') }}")
    path = catalogs.folder_of("de") / "messages.po"
    path.unlink()
    assert run(app, "extract") == f"0 de: no texts to translate in {path}\n"
    assert not path.exists()


def test_a_language_is_added_with_all_texts(app: Flask, package: Path) -> None:
    path = catalogs.folder_of("pt-BR") / "messages.po"
    assert path.parts[-3] == "pt_BR"
    assert run(app, "add", "pt-BR") == f"0 pt-BR: 3 texts to translate in {path}\n"
    assert 'msgctxt "month"\nmsgid "May"\nmsgstr ""\n' in path.read_text("utf-8")
    assert "Try again" not in run(app, "add", "pt-BR")


@pytest.mark.parametrize("language", ["xx", "de_DE", "../de", ""])
def test_only_languages_are_added(app: Flask, package: Path, language: str) -> None:
    assert "is no language" in run(app, "add", language)
    assert [path.name for path in catalogs.FOLDER.iterdir()] == ["de"]


def test_changed_translations_are_compiled_when_a_service_starts(package: Path) -> None:
    create_app({"APP_ENV": "testing"})
    assert german(package).gettext("Next") == "Nächste"
    compiled = catalogs.compiled(catalogs.folder_of("de"))
    before = compiled.stat().st_mtime_ns
    create_app({"APP_ENV": "testing"})
    assert compiled.stat().st_mtime_ns == before
    (compiled.parent / "messages.po").write_text(OWN.replace("Nächste", "Folgende"))
    create_app({"APP_ENV": "testing"})
    assert german(package).gettext("Next") == "Folgende"


def test_production_does_not_write_files(package: Path) -> None:
    app = Flask("production")
    app.config.update(APP_ENV="production", LANGUAGES=["en", "de"])
    i18n.init_app(app)
    assert not catalogs.compiled(catalogs.folder_of("de")).exists()


def test_production_warns_about_translations_that_are_not_compiled(
    app: Flask, package: Path
) -> None:
    config = {"LANGUAGES": ["en", "de"]}
    assert ["flask translations compile" in check.hint for check in i18n.checks(config)] == [True]
    assert list(i18n.checks({"LANGUAGES": None})) == []
    run(app, "compile")
    assert list(i18n.checks(config)) == []


@pytest.fixture
def brazilian(package: Path) -> FlaskClient:
    """Return a client of a service in English and Brazilian Portuguese."""
    catalogs.folder_of("pt-BR").mkdir(parents=True)
    app = create_app({"APP_ENV": "testing"})
    app.config["LANGUAGES"] = ["en", "pt-BR"]
    return app.test_client()


def test_a_language_may_have_a_region(brazilian: FlaskClient) -> None:
    page = brazilian.get("/", headers={"Accept-Language": "pt-BR,pt;q=0.9"})
    assert page.headers["Content-Language"] == "pt-BR"
    assert '<html lang="pt-BR">' in page.text
