"""Services use documented APIs of libraries only, except where the table here says why not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.matrix.conftest import ANSWERS, PACKAGE
from tests.matrix.environments import Service
from tests.matrix.rows import everything, presets
from tests.template import ROOT, render

READER = Path(__file__).with_name("private_apis.py")
ROWS = (*everything(), presets()[-1])  # the last one has gunicorn, which granian replaces

Use = tuple[str, int, str]  # file, line, what is wrong


class Permitted(NamedTuple):
    """A use of a private API that stays."""

    file: str  # in a service
    use: str  # how the uses begin
    reason: str
    guard: str  # file::test in this repository: it fails if the library changes


PERMITTED = (
    Permitted(
        "src/sample/api/docs.html",
        "names ",
        "flask-swagger-ui serves Swagger UI's files by their names, and no function returns these.",
        "extensions_catalog/api/tests/api/test_conventions.py"
        "::test_the_documentation_works_behind_a_prefix",
    ),
    Permitted(
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
        printed = service.run("python", str(READER), ".", PACKAGE, APP_ENV="testing")
        last = printed.splitlines()[-1]  # modules log while they are imported
        found |= {(file, line, use) for file, line, use in json.loads(last)}
    return sorted(found)


def covers(exception: Permitted, file: str, use: str) -> bool:
    """Tell whether a use is the one that an exception permits."""
    return file == exception.file and use.startswith(exception.use)


def test_services_use_documented_apis_only(uses: list[Use]) -> None:
    left = [
        f"{file}:{line}: {use}"
        for file, line, use in uses
        if not any(covers(exception, file, use) for exception in PERMITTED)
    ]

    assert left == [], "\n".join(left)


def test_exceptions_are_few_used_explained_and_guarded(
    uses: list[Use], services: list[Service]
) -> None:
    assert len(PERMITTED) <= 5
    for exception in PERMITTED:
        places = [line for file, line, use in uses if covers(exception, file, use)]
        assert places, f"{exception.file} does not use it any more: {exception.use}"
        path = next(
            service.path / exception.file
            for service in services
            if (service.path / exception.file).exists()
        )
        lines = path.read_text("utf-8").splitlines()
        before = "\n".join(lines[max(0, min(places) - 5) : min(places)])
        assert any(mark in before for mark in COMMENTS), f"{exception.file} does not say why"
        file, _, test = exception.guard.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), exception.guard


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
    "an own private method": "class Own:\n    def _own(self): self._own()",
    "an own module": "import sample\nsample._own",
    "a documented override": (
        "import click\nclass Own(click.Group):\n    def invoke(self, context): ..."
    ),
    "a documented attribute": "row._mapping",
    "an attribute that is there": (
        "import click\ndef change(command: click.Command):\n    command.help = 'Help.'"
    ),
    "a look at what is loaded": "import sys\nassert 'click' not in sys.modules",
}


def read(folder: Path, source: str) -> list[str]:
    """Return what is found in a service that has one file."""
    package = folder / "src" / "sample"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "own.py").write_text(source, "utf-8")
    command = (sys.executable, str(READER), str(folder), "sample")
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [use for _, _, use in json.loads(printed)]


@pytest.mark.parametrize("use", BAD)
def test_a_private_use_is_found(use: str, tmp_path: Path) -> None:
    assert use in read(tmp_path, BAD[use])


@pytest.mark.parametrize("name", GOOD)
def test_a_public_use_is_not(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, GOOD[name]) == []
