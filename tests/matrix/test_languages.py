"""Every text that the pages of the bundles show is marked, and translated into German."""

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS, CATALOG, everything
from tests.template import ROOT, render

WORD = re.compile(r"[^\W\d_]{2,}")
SHOWN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
JINJA = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
TEMPLATES = sorted((ROOT / "extensions_catalog").glob("*/src/package/templates/**/*.html"))

# The texts of the service by file, the translated ones by part, and those of libraries.
READ = """
import ast, inspect, json
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask_wtf import csrf
from marshmallow.fields import Email
from werkzeug.exceptions import default_exceptions
from sample.i18n import catalogs

texts, translated, libraries = {}, {}, [*Email.default_error_messages.values()]
for path, _, text, *_ in extract_from_dir(catalogs.PACKAGE, catalogs.EXTRACTION_METHODS):
    texts.setdefault(path, []).append(text)
for path in catalogs.folder_of("de").glob("*.po"):
    with path.open("rb") as file:
        messages = read_po(file, locale="de")
    translated[path.stem] = [m.id for m in messages if catalogs.is_translated(m)]
for error in default_exceptions.values():
    libraries += [error().name, error.description]
for node in ast.walk(ast.parse(inspect.getsource(csrf))):
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValidationError":
        libraries.append(node.args[0].value)
print(json.dumps([texts, translated, libraries]))
"""

VISIT = """
import json
from sample import create_app
from sample.accounts import open_account
from sample.cache import cached

app = create_app({"APP_ENV": "testing"})

@app.get("/prices")
@cached(60)
def prices():
    return app.jinja_env.from_string("{{ language }}: {{ _('Home') }}").render(language="")

browser = app.test_client()
accept = {"Accept": "text/html", "Accept-Language": "de"}
with app.app_context():
    app.extensions["sqlalchemy"].create_all()
    open_account("ada@example.com", "correct horse", "admin")
login = {"email": "ada@example.com", "password": "correct horse"}
pages = {"cached": [
    app.test_client(use_cookies=False).get("/prices", headers={"Accept-Language": language}).text
    for language in ("de", "en", "de")
]}
new = {"email": "ada", "password": "short", "repeated": "other"}
pages["register"] = browser.post("/register", data=new, headers=accept).text
pages["wrong"] = browser.post("/login", data=login | {"password": "wrong"}, headers=accept).text
browser.post("/login", data=login, headers=accept)
edit = "/admin/users/edit/?id=1"
for path in ("/account", "/items", "/items/new", "/admin/", "/admin/users/", edit):
    pages[path] = browser.get(path, headers=accept).text
change = {"role": "user", "version": "1"}
pages["lockout"] = browser.post(edit, data=change, headers=accept).text
print(json.dumps(pages))
"""


@pytest.fixture(scope="module")
def service(
    template: Path, every_package: Path, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    """A service with every bundle."""
    path = tmp_path_factory.mktemp("languages") / "service"
    render(template, path, ANSWERS | everything()[0].data)
    return Service(path, every_package, {"PYTHONPATH": str(path / "src")})


@pytest.fixture(scope="module")
def texts(service: Service) -> Any:
    """The texts of the service by bundle, the translated ones by bundle, and those of libraries."""
    by_file, translated, libraries = json.loads(service.run("python", "-c", READ).splitlines()[-1])
    bundle_of = {file: bundle.id for bundle in CATALOG.bundles for file in bundle.files}
    by_bundle: dict[str, set[str]] = {bundle.id: set() for bundle in CATALOG.bundles}
    for file, found in by_file.items():
        by_bundle[bundle_of.get(f"src/package/{file}", "i18n")] |= _keys(found)
    return by_bundle, {name: _keys(ids) for name, ids in translated.items()}, _keys(libraries)


def _keys(texts: Iterable[str | list[str]]) -> set[str]:
    return {json.dumps(text) for text in texts}  # plural forms are a list


def test_each_bundle_translates_its_texts(texts: Any) -> None:
    by_bundle, translated, _ = texts
    assert {
        name: missing
        for name, found in by_bundle.items()
        if (missing := found.difference(translated.get(name, set())))
    } == {}


def test_texts_of_libraries_are_translated(texts: Any) -> None:
    _, translated, libraries = texts
    assert libraries - set().union(*translated.values()) == set()


def test_no_translation_is_left_over(texts: Any) -> None:
    by_bundle, translated, libraries = texts
    sources = {
        bundle.id: "".join(
            (CATALOG.folder(bundle.id) / file).read_text("utf-8")
            for file in bundle.files
            if file.endswith(".py")
        )
        for bundle in CATALOG.bundles
    }
    assert {
        name: unused
        for name, ids in translated.items()
        if (
            unused := {id_ for id_ in ids - by_bundle[name] - libraries if id_ not in sources[name]}
        )
    } == {}


def test_extraction_finds_nothing_to_translate(service: Service) -> None:
    assert "de: no texts to translate" in service.run("flask", "translations", "extract")
    assert not list(service.path.glob("src/sample/translations/*/LC_MESSAGES/messages.po"))


def test_pages_of_all_bundles_are_in_german(service: Service) -> None:
    pages = json.loads(service.run("python", "-c", VISIT).splitlines()[-1])

    assert pages["cached"] == [": Startseite", ": Home", ": Startseite"]
    assert "<h1>Registrieren</h1>" in pages["register"]
    assert "Mindestens 8 Zeichen." in pages["register"]
    assert re.findall("<li>(.*)</li>", pages["register"]) == [
        "Feld muss zwischen 8 und 256 Zeichen beinhalten.",
        "Die Passwörter stimmen nicht überein.",
    ]
    assert "Die E-Mail-Adresse oder das Passwort ist falsch." in pages["wrong"]
    assert '<button class="danger">Auf allen Geräten abmelden</button>' in pages["/account"]
    assert "Hier gibt es noch nichts." in pages["/items"]
    assert '<label for="description">Beschreibung</label>' in pages["/items/new"]
    assert ">Verwaltung</a>" in pages["/admin/"]
    assert "1 Zeile</caption>" in pages["/admin/users/"]
    assert re.search(r"<td>\s+Ja\s+</td>", pages["/admin/users/"])
    assert "<button>Speichern</button>" in pages["/admin/users/edit/?id=1"]
    assert "Ihr eigenes Konto können Sie hier nicht ändern." in pages["lockout"]


class _Texts(HTMLParser):
    """Collects what a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.shown += [value or "" for name, value in attributes if name in SHOWN_ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        self.shown.append(data.strip())


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=[path.relative_to(ROOT).as_posix() for path in TEMPLATES]
)
def test_every_text_of_a_template_is_marked(path: Path) -> None:
    source = path.read_text("utf-8").removeprefix("{% raw -%}\n").removesuffix("{% endraw %}\n")

    assert [*_unmarked(source)] == []


def test_a_text_that_is_not_marked_is_found() -> None:
    source = """
    <p title="One {{ 1 }}">Two {{ _("no") }}</p>{{ f("Three") }}{% trans %}No{% endtrans %}
    {% set columns = {"title": "Four"} %}{{ "five or six" if x else _("no") }}
    """
    assert [*_unmarked(source)] == ["One", "Two", "Three", "Four", "five or six"]


def _unmarked(source: str) -> Iterator[str]:
    """Yield the words that a template shows without `_` and `trans`."""
    html = re.sub(r"{% trans.*?{% endtrans %}|{%.*?%}|{{.*?}}|{#.*?#}", "", source, flags=re.DOTALL)
    parser = _Texts()
    parser.feed(html)
    for text in parser.shown:
        yield from WORD.findall(text)
    tree = JINJA.parse(source)
    marked = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext")
        for constant in call.find_all(nodes.Const)
    }
    for constant in tree.find_all(nodes.Const):
        text = constant.value if isinstance(constant.value, str) else ""
        shown = WORD.search(text) and (text.istitle() or " " in text.strip())
        if shown and id(constant) not in marked:
            yield text
