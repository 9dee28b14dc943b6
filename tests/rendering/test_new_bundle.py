"""A folder added to the catalog is a bundle in every place; other services do not change."""

import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from flaskwright.catalog.reading import FOLDER, read
from flaskwright.catalog.validation import find_problems
from tests.template import copy_template, files, render

MANIFEST = """
id: postbox
title: "Postbox: letters on a server"
summary: letters that wait on a server
category: mail
status: active
links: {}
requires: [cache]
after: {metrics: letters are counted}
conflicts: {sentry: both print the same stamps}
dependencies: ["humanize>=4,<5"]
dev_dependencies: ["time-machine>=3,<4"]
unimported: []
untyped: []
settings:
  - name: POSTBOX_URL
    type: url
    default: ""
    compose: redis://redis:6379/3
    help: Where letters wait.
  - {name: POSTBOX_STAMPS, type: list, default: [red, blue], help: Which stamps are sold.}
  - {name: POSTBOX_OPEN, type: boolean, default: false, help: Whether letters are accepted.}
servers: {redis: }
processes:
  - {name: postman, command: "flask --app {package} deliver", summary: delivers letters}
holds_data: []
"""
PICKED = {"preset": "minimal", "extensions": ["postbox"]}


@pytest.fixture(scope="module")
def extended(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with the bundle `postbox`."""
    extended = copy_template(tmp_path_factory.mktemp("extended"), template)
    bundle = extended / FOLDER / "postbox"
    for name, text in {
        "extension.yml": MANIFEST,
        "GUIDE.md": "# Letters\n",
        "src/package/postbox.py": "from flask import Flask\n\n\ndef init_app(app: Flask) -> None:\n"
        '    """Wait."""\n    app.config["POSTBOX"] = "{{ package_name }}"\n',
        "tests/test_postbox.py": "from {{ package_name }} import postbox\n",
    }.items():
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        (bundle / name).write_text(text, "utf-8")
    return extended


@pytest.fixture(scope="module")
def service(extended: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with the bundle `postbox`."""
    return render(extended, tmp_path_factory.mktemp("service"), PICKED)


def test_the_catalog_has_it(extended: Path) -> None:
    assert find_problems(read(extended)) == []
    assert "postbox" in read(extended).pickable


def test_the_prompt_offers_it(extended: Path, tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect", reason="this platform has no pseudo-terminals")
    command = ["-m", "copier", "copy", str(extended), str(tmp_path / "service")]
    terminal = pexpect.spawn(sys.executable, command, encoding="utf-8", dimensions=(60, 120))
    try:
        for question in ("called", "package", "do,", "author", "e-mail", "license", "preset"):
            terminal.expect_exact(question)
            terminal.send("\r")
        terminal.expect_exact("postbox: Postbox: letters on a server")
    finally:
        terminal.close(force=True)


def test_a_service_contains_all_of_it(service: Path) -> None:
    tree = files(service)
    project = tomllib.loads(tree["pyproject.toml"].decode())
    compose = yaml.safe_load(tree["compose.yaml"])

    assert tree["src/my_service/postbox.py"].endswith(b'= "my_service"\n')
    assert tree["tests/test_postbox.py"] == b"from my_service import postbox\n"
    assert tree["docs/postbox.md"] == b"# Letters\n"
    assert tree["src/my_service/parts.py"].count(b"postbox") == 2
    assert b"# POSTBOX_URL=\n" in tree[".env.example"]
    assert b"# POSTBOX_STAMPS=red,blue\n" in tree[".env.example"]
    assert b"# POSTBOX_OPEN=false\n" in tree[".env.example"]
    assert b"| [`postbox`](docs/postbox.md) | letters that wait on a server |" in tree["README.md"]
    assert b"| postman | `flask --app my_service deliver` | delivers letters |" in tree["README.md"]
    assert "humanize>=4,<5" in project["project"]["dependencies"]
    assert "time-machine>=3,<4" in project["dependency-groups"]["dev"]
    assert {"web", "postman", "redis", "cache-redis"} == set(compose["services"])
    assert compose["services"]["web"]["environment"]["POSTBOX_URL"] == "redis://redis:6379/3"
    assert compose["services"]["postman"]["command"] == "flask --app my_service deliver"
    assert b"TEST_REDIS_URL" in tree[".github/workflows/ci.yml"]


def test_its_dependencies_are_added_and_start_first(
    service: Path, extended: Path, tmp_path: Path
) -> None:
    parts = (service / "src" / "my_service" / "parts.py").read_text("utf-8")
    measured = render(
        extended, tmp_path / "measured", PICKED | {"extensions": ["postbox", "metrics"]}
    )
    after = (measured / "src" / "my_service" / "parts.py").read_text("utf-8")

    assert parts.rindex("cache,") < parts.rindex("postbox,")
    assert after.rindex("metrics,") < after.rindex("postbox,")


def test_a_conflicting_bundle_is_refused_before_anything_is_written(
    extended: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="postbox and sentry conflict: both print the same stamps"):
        render(extended, tmp_path / "both", PICKED | {"extensions": ["postbox", "sentry"]})

    assert not (tmp_path / "both").exists()


@pytest.mark.parametrize("answers", [{"preset": "minimal"}, {"preset": "full"}], ids=str)
def test_services_without_it_do_not_change(
    answers: dict[str, str], extended: Path, template: Path, tmp_path: Path
) -> None:
    with_it = files(render(extended, tmp_path / "with", answers))
    without = files(render(template, tmp_path / "without", answers))

    for tree in (with_it, without):
        del tree[".copier-answers.yml"]  # it has the path of the template
    assert with_it == without


def test_a_service_without_it_does_not_mention_it(
    extended: Path, service: Path, tmp_path: Path
) -> None:
    answers = {"preset": "minimal", "extensions": ["cache"]}

    tree = files(render(extended, tmp_path / "tree", answers))

    assert not [
        name for name, text in tree.items() if b"postbox" in text.lower() or "postbox" in name
    ]
    assert set(tree) < set(files(service))
