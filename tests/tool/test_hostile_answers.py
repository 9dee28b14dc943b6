"""Any text is refused before files are written, or is written so that parsers read it back.

`HOSTILE_EXAMPLES` is the number of random answers, by default 40.
"""

import ast
import json
import keyword
import os
import re
import string
import tomllib
from email.headerregistry import Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from flaskwright.errors import CommandError
from flaskwright.rendering.render import render
from flaskwright.service.project import ANSWERS_FILE
from tests.commands import rest_after
from tests.tool.catalogs import write_small_template

SENTENCES = ("project_name", "description", "author_name")
QUESTIONS = (*SENTENCES, "package_name", "author_email")
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "40"))

CORPUS = {
    "double quotes": 'the "best" service',
    "single quotes": "it's one",
    "only quotes": "\"'\"'",
    "triple double quotes": 'a """ b',
    "triple single quotes": "a ''' b",
    "backslash": r"C:\new\table",
    "trailing backslash": "ends in \\",
    "backslash and quote": '\\"',
    "newline": "one\ntwo",
    "carriage return": "one\rtwo",
    "both": "one\r\ntwo",
    "tab": "one\ttwo",
    "vertical tab": "one\x0btwo",
    "form feed": "one\x0ctwo",
    "yaml sequence": "- item",
    "yaml mapping": "? key",
    "yaml anchor": "&anchor",
    "yaml alias": "*alias",
    "yaml tag": "!!python/object:os.system",
    "yaml literal": "| text",
    "yaml folded": "> text",
    "yaml directive": "%YAML 1.2",
    "yaml reserved": "@at `tick",
    "yaml flow": "{a: [b, c]}",
    "yaml document": "--- # new",
    "yaml colon": "key: value",
    "yaml comment": "text # comment",
    "yaml null": "null",
    "yaml tilde": "~",
    "yaml boolean": "no",
    "yaml boolean word": "True",
    "yaml integer": "12345",
    "yaml octal": "0o14",
    "leading zeros": "007",
    "yaml float": "1e3",
    "yaml infinity": ".inf",
    "yaml date": "2026-11-21",
    "yaml sexagesimal": "12:30:45",
    "empty": "",
    "blank": "   ",
    "leading blank": " text",
    "trailing blank": "text ",
    "jinja expression": "{{ 7 * 7 }}",
    "jinja tag": "{% raw %}",
    "jinja comment": "{# gone #}",
    "emoji": "rocket 🚀",
    "joined emoji": "👩‍💻",
    "umlauts": "Größe über alles ß",
    "other scripts": "服务 сервис خدمة",
    "combining": "e\u0301a\u0300",
    "escape": "\x1b[31mred",
    "null": "a\x00b",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "c1 control": "a\x9bb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "direction override": "a\u202eb",
    "direction isolate": "a\u2066b",
    "byte order mark": "\ufeffa",
    "zero width": "a\u200bb",
    "no-break space": "a\u00a0b",
    "noncharacter": "a\uffffb",
    "private use": "a\ue000b",
    "lone surrogate": "a\ud800b",
    "html": "<script>alert(1)</script>",
    "html entity": "&lt;b&gt; &copy;",
    "markdown heading": "# heading",
    "markdown setext": "===",
    "markdown rule": "***",
    "markdown list": "1. one",
    "markdown list with bracket": "1) one",
    "markdown plus": "+ plus",
    "markdown link": "[x](https://example.com)",
    "markdown image": "![x](y)",
    "markdown code": "``` code",
    "markdown emphasis": "_a_ *b* ~~c~~",
    "markdown table": "a | b",
    "autolink": "<https://example.com>",
    "shell": "$(reboot); `reboot` && rm -rf / | cat",
    "variable": "${HOME} $PATH %PATH%",
    "printf": "%s %d %n %(x)s",
    "python format": "{0} {x!r}",
    "escape sequences": r"\n \t \x41 \u0041 \N{DASH}",
    "regular expression": r"\1 \g<0> (.*)+",
    "path": "../../etc/passwd",
    "address list": "a@example.com, b@example.com",
    "address with two dots": "a..b@example.com",
    "address with trailing dot": "a.@example.com",
    "address with empty label": "a@example..com",
    "address with hyphen": "a@-example-.com",
    "address with name": "A <a@example.com>",
    "good address": "first.last+tag@mail.example.co.uk",
    "keyword": "class",
    "standard library": "json",
    "dependency": "flask",
    "good package": "parcel_tracker2",
    "dashes": "parcel-tracker",
    "upper case": "Parcel",
    "one letter": "x",
    "digits first": "2fast",
    "trailing underscore": "parcel_",
    "package and newline": "parcel\n",
    "very long": "x" * 5000,
    "long words": "word " * 39 + "word",
}


@pytest.fixture(scope="module")
def answer_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template with only the files that contain text answers, which renders faster."""
    template = write_small_template(tmp_path_factory.mktemp("answers"))
    used = re.compile("|".join([*QUESTIONS, "_copier_", "license"]))
    for path in (template / "template").rglob("*.jinja"):
        if path.name != "__init__.py.jinja" and not used.search(path.read_text("utf-8")):
            path.unlink()
    for path in template.glob("extensions_catalog/[!s]*/extension.yml"):
        path.unlink()
    reserved = template / "extensions_catalog" / "reserved_names.yml"
    reserved.write_text(f"names: {[*keyword.kwlist, 'flask', 'json']}")
    return template


@pytest.mark.parametrize("text", rest_after(40, CORPUS.values()), ids=CORPUS)
def test_hostile_text_is_refused_or_reads_back(
    text: str, answer_template: Path, tmp_path: Path
) -> None:
    together = dict.fromkeys(SENTENCES, text)
    if is_refused(answer_template, tmp_path / "together", together):
        for question in SENTENCES:
            is_refused(answer_template, tmp_path / question, {question: text})
    for question in ("package_name", "author_email"):
        is_refused(answer_template, tmp_path / question, {question: text})


@given(
    question=st.sampled_from(QUESTIONS),
    text=st.one_of(
        st.text(max_size=90),
        st.text(string.printable, max_size=90),
        st.from_regex(r"[a-z][a-z0-9_]{0,60}"),
        st.emails(),
    ),
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_text_is_refused_or_reads_back(
    text: str, question: str, answer_template: Path
) -> None:
    with TemporaryDirectory() as scratch:
        is_refused(answer_template, Path(scratch, question), {question: text})


@pytest.mark.parametrize("text", [CORPUS["emoji"], CORPUS["escape sequences"], CORPUS["html"]])
def test_hostile_text_reads_back_in_a_complete_service(
    text: str, small_template: Path, tmp_path: Path
) -> None:
    assert not is_refused(small_template, tmp_path, dict.fromkeys(SENTENCES, text))


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("Parcel Tracker", "parcel_tracker"),
        ("R", "r_service"),
        ("Flask", "flask_service"),
        ("class", "class_service"),
        ("2 Fast 2 Be True!", "fast_2_be_true"),
        ("服务", "service"),
        ("x" * 60, "x" * 40),
    ],
)
def test_the_package_is_named_after_the_project(
    name: str, package: str, answer_template: Path, tmp_path: Path
) -> None:
    assert not is_refused(answer_template, tmp_path, {"project_name": name})
    assert (tmp_path / "tree" / "src" / package / "__init__.py").exists()


def is_refused(template: Path, scratch: Path, texts: dict[str, str]) -> bool:
    """Return whether the template refuses the answers.

    Asserts that a refusal names a question and writes nothing, or that all files read back.
    """
    scratch.mkdir(exist_ok=True)
    tree = scratch / "tree"
    data = {"preset": "minimal", "license": "MIT", **texts}
    try:
        render(template, tree, data, ask=False, scratch=scratch)
    except CommandError as error:
        message = str(error)
    else:
        check_tree(tree, texts)
        return False
    assert message.partition(":")[0] in texts
    assert message.isprintable()
    assert not tree.exists()
    return True


def check_tree(tree: Path, texts: dict[str, str]) -> None:
    """Assert that every file parses, and that parsers read the answers back."""
    parsed = {
        path.relative_to(tree).as_posix(): parse(path) for path in tree.rglob("*") if path.is_file()
    }
    answers = parsed[ANSWERS_FILE]
    project = parsed["pyproject.toml"]["project"]
    author = project["authors"][0]
    heading, description = parsed["README.md"][:2]

    assert answers.items() >= texts.items()
    assert answers["description"] == project["description"] == description
    assert answers["project_name"] == heading
    assert (answers["author_name"], answers["author_email"]) == (author["name"], author["email"])
    assert answers["package_name"].replace("_", "-") == project["name"]
    assert f"src/{answers['package_name']}/__init__.py" in parsed
    assert f"Copyright (c) {answers['author_name']}\n" in (tree / "LICENSE").read_text("utf-8")
    Address(display_name=author["name"], addr_spec=author["email"])  # raises as a build would


def parse(path: Path) -> Any:
    """Parse a file by its suffix; raise if it is invalid."""
    text = path.read_text("utf-8")
    match path.suffix:
        case ".py":
            return ast.parse(text)
        case ".toml":
            return tomllib.loads(text)
        case ".yml" | ".yaml":
            return yaml.safe_load(text)
        case ".json":
            return json.loads(text)
        case ".md":
            blocks = MarkdownIt().parse(text)
            return [plain(block) for block in blocks if block.type == "inline"]
    return text


def plain(block: Token) -> str:
    """Return the text of a paragraph or heading, with a tag in place of any markup."""
    return "".join(
        child.content if child.type in ("text", "text_special") else f"<{child.type}>"
        for child in block.children or []
    )
