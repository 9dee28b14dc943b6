"""Services use documented APIs of libraries only, except for those listed in `PERMITTED`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS, PACKAGE, everything, presets
from tests.template import ROOT, render

PRIVATE_APIS = Path(__file__).with_name("private_apis.py")
ROWS = (*everything(), presets()[-1])  # the preset has gunicorn, which granian replaces

Use = tuple[str, int, str]  # file, line, description


class PermittedUse(NamedTuple):
    """A use of a private API that has a reason and a test."""

    file: str  # in a service
    use: str  # the start of the description
    reason: str
    guard: str  # file::test in this repository: it fails if the library changes


PERMITTED = (
    PermittedUse(
        "src/sample/api/docs.html",
        "names ",
        "flask-swagger-ui serves Swagger UI's files by their names, and no function returns them.",
        "extensions_catalog/api/tests/api/test_conventions.py"
        "::test_the_documentation_works_behind_a_prefix",
    ),
    PermittedUse(
        "src/sample/web_server.py",
        "changes sys.modules",
        "Neither server reloads modules that its main process has imported.",
        "tests/internals/kernel/test_gunicorn.py"
        "::test_a_reload_keeps_serving_and_readiness_fails_before_the_server_stops",
    ),
)
COMMENTS = ("#", '"""', "<!--")


@pytest.fixture(scope="module")
def services(
    template: Path, tmp_path_factory: pytest.TempPathFactory, every_package: Path
) -> list[Service]:
    """Services that together have every file of every bundle."""
    folder = tmp_path_factory.mktemp("services")
    return [
        Service(render(template, folder / row.name, ANSWERS | row.data), every_package)
        for row in ROWS
    ]


@pytest.fixture(scope="module")
def uses(services: list[Service]) -> list[Use]:
    """Every use of a private API in these services."""
    found: set[Use] = set()
    for service in services:
        output = service.run("python", str(PRIVATE_APIS), ".", PACKAGE, APP_ENV="testing")
        last = output.splitlines()[-1]  # modules log while they are imported
        found |= {(file, line, use) for file, line, use in json.loads(last)}
    return sorted(found)


def permits(permitted: PermittedUse, file: str, use: str) -> bool:
    """Return whether `permitted` includes this use in this file."""
    return file == permitted.file and use.startswith(permitted.use)


def test_services_use_documented_apis_only(uses: list[Use]) -> None:
    undocumented = [
        f"{file}:{line}: {use}"
        for file, line, use in uses
        if not any(permits(permitted, file, use) for permitted in PERMITTED)
    ]

    assert undocumented == [], "\n".join(undocumented)


def test_permitted_uses_exist_and_have_a_comment_and_a_test(
    uses: list[Use], services: list[Service]
) -> None:
    assert len(PERMITTED) <= 5
    for permitted in PERMITTED:
        lines = [line for file, line, use in uses if permits(permitted, file, use)]
        assert lines, f"{permitted.file} no longer {permitted.use}: remove it from PERMITTED"
        path = next(
            service.path / permitted.file
            for service in services
            if (service.path / permitted.file).exists()
        )
        source = path.read_text("utf-8").splitlines()
        before = "\n".join(source[max(0, min(lines) - 5) : min(lines)])
        assert any(mark in before for mark in COMMENTS), f"{permitted.file}: no comment before it"
        file, _, test = permitted.guard.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), permitted.guard


BAD = {
    "uses click.Command._main": "import click\nclick.Command._main",
    "uses context._meta": "def show(context):\n    return context._meta",
    "uses _meta by its name": "getattr(None, '_meta')",
    "imports the private click._compat get_text_stderr": (
        "from click._compat import get_text_stderr"
    ),
    "overrides click.core.Command._main_shell_completion": (
        "import click\nclass Own(click.Command):\n    def _main_shell_completion(self): ..."
    ),
    "uses Command._main_shell_completion": (
        "import click\nclass Own(click.Command):\n    def own(self): self._main_shell_completion()"
    ),
    "overrides click.core.Command.make_parser": (
        "import click\nclass Own(click.Command):\n    def make_parser(self): ..."
    ),
    "sets __module__": "import click\nclass Own(click.Command):\n    __module__ = 'other'",
    "replaces click.echo": "import click\nclick.echo = print",
    "replaces command.make_parser, a method of Command": (
        "import click\ndef change(command: click.Command):\n    command.make_parser = None"
    ),
    "adds command.color, which Command does not have": (
        "import click\ndef change(command: click.Command):\n    command.color = 1"
    ),
    "replaces session.commit by a function": (
        "def fail(): ...\ndef change(session):\n    session.commit = fail"
    ),
    "changes sys.modules": "import sys\nsys.modules.pop('click')",
    "uses click.__file__": "import click\nclick.__file__",
}
GOOD = {
    "a private method of the same class": "class Own:\n    def _own(self): self._own()",
    "a module of the service": "import sample\nsample._own",
    "a documented override": (
        "import click\nclass Own(click.Group):\n    def invoke(self, context): ..."
    ),
    "a documented attribute": "row._mapping",
    "an existing attribute": (
        "import click\ndef change(command: click.Command):\n    command.help = 'Help.'"
    ),
    "a test whether a module is imported": "import sys\nassert 'click' not in sys.modules",
}


def uses_in(folder: Path, source: str) -> list[str]:
    """Return the descriptions of the private APIs in a service with one module."""
    package = folder / "src" / "sample"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "own.py").write_text(source, "utf-8")
    command = (sys.executable, str(PRIVATE_APIS), str(folder), "sample")
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [use for _, _, use in json.loads(output)]


@pytest.mark.parametrize("use", BAD)
def test_a_use_of_a_private_api_is_reported(use: str, tmp_path: Path) -> None:
    assert use in uses_in(tmp_path, BAD[use])


@pytest.mark.parametrize("name", GOOD)
def test_a_use_of_a_public_api_is_not_reported(name: str, tmp_path: Path) -> None:
    assert uses_in(tmp_path, GOOD[name]) == []
