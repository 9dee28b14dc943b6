"""The commands find the texts of templates and code, and compile their translations."""

import shutil
from pathlib import Path

import pytest
from babel.support import Translations
from flask import Flask

from {{ package_name }}.i18n import catalogs

CODE = """
from flask import flash
from wtforms import StringField

SAVED = "The parcel was saved."
label = StringField("Label", description="A name.")
flash(SAVED, "success")
raise Problem(409, "There is a parcel with this label.", errors={"label": ["It is taken."]})


def navigation():
    return {"parcels.list_parcels": "Parcels"}
"""
TEXTS = [
    "A name.",
    "Home",
    "It is taken.",
    "Label",
    "Next page",
    "Parcels",
    "The parcel was saved.",
    "There is a parcel with this label.",
]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package with a template and code."""
    shutil.copytree(Path(__file__).parent / "templates", tmp_path / "templates")
    (tmp_path / "parcels.py").write_text(CODE)
    monkeypatch.setattr(catalogs, "PACKAGE", tmp_path)
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path / "translations")
    return tmp_path


def run(app: Flask, *command: str) -> str:
    """Run `flask translations` with the arguments `command`, and return its output."""
    result = app.test_cli_runner().invoke(args=["translations", *command])
    assert result.exit_code == 0, result.output
    return result.output


def test_new_texts_are_found_and_their_translations_compiled(app: Flask, package: Path) -> None:
    assert f"fr: {len(TEXTS)} texts to translate" in run(app, "add", "fr")
    path = package / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    found = path.read_text("utf-8")
    assert [text for text in TEXTS if f'msgid "{text}"\n' not in found] == []
    path.write_text(found.replace('"Home"\nmsgstr ""', '"Home"\nmsgstr "Accueil"'), "utf-8")
    assert f"fr: {len(TEXTS) - 1} texts to translate" in run(app, "extract")
    run(app, "compile")
    assert Translations.load(str(package / "translations"), ["fr"]).gettext("Home") == "Accueil"
