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
    use: str
    reason: str
    guard: str  # file::test in this repository: it fails if the library changes


PERMITTED: tuple[Permitted, ...] = ()


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
        found |= {(file, line, use) for file, line, use in json.loads(printed)}
    return sorted(found)


def test_services_use_documented_apis_only(uses: list[Use]) -> None:
    permitted = {(exception.file, exception.use) for exception in PERMITTED}

    left = [f"{file}:{line}: {use}" for file, line, use in uses if (file, use) not in permitted]

    assert left == [], "\n".join(left)


def test_exceptions_are_few_used_explained_and_guarded(
    uses: list[Use], services: list[Service]
) -> None:
    assert len(PERMITTED) <= 5
    for exception in PERMITTED:
        places = [line for file, line, use in uses if (file, use) == exception[:2]]
        assert places, f"{exception.file} does not use it any more: {exception.use}"
        path = next(
            service.path / exception.file
            for service in services
            if (service.path / exception.file).exists()
        )
        lines = path.read_text("utf-8").splitlines()
        for line in places:
            assert any("#" in text for text in lines[max(0, line - 3) : line]), exception
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
