"""Commands that are killed at any instant and given again: as if nothing had been.

Real processes, struck at instants spread over the time that one takes; `test_journal_killed`
strikes the writing itself at every call.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.life.services import commit, different, fresh, git, put, run, tree
from tests.template import ROOT, copy_template, files

VERBS = ("new", "add", "remove", "update")
COMMAND = [sys.executable, "-m", "flaskwright"]

DYING = """
import os, signal, sys
from flaskwright.cli import main as cli
from flaskwright.apply import journal
from flaskwright.signals import SignalGuard
from tests.life.striking import Calls
apply = journal.apply
def dying(*arguments, **options):
    die = lambda: os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(Calls(6, die, {"replace"}))
    apply(*arguments, **options)
journal.apply = dying
os.chdir(sys.argv[1])
cli.run(sys.argv[2:], SignalGuard())
"""


@dataclass(frozen=True)
class Case:
    """A command, the directory it is given in, what is there afterwards, and how long it takes."""

    arguments: tuple[str, ...]
    place: Path
    after: Mapping[str, bytes]
    seconds: float


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Strike oftener for `make test-all`."""
    if "interrupted" not in metafunc.fixturenames:
        return
    metafunc.parametrize("kill", range(38 if metafunc.config.getoption("--all") else 8))
    metafunc.parametrize("interrupted", VERBS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def interrupted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A command, run once where nothing disturbs it."""
    folder = tmp_path_factory.mktemp(request.param)
    template = put(copy_template(folder / "template"), {})
    git(template, "tag", "v0.1.0")
    place = folder / "place"
    arguments: tuple[str, ...] = {
        "new": ("new", "made", "--defaults", "--preset", "api", "--template", str(template)),
        "add": ("add", "auth", "metrics"),
        "remove": ("remove", "api"),
        "update": ("update",),
    }[request.param]
    if request.param == "new":
        place.mkdir()
    else:
        put(place, fresh(template, "api", "cache"))
    makefile = template / "template" / "Makefile.jinja"
    makefile.write_text(f"{makefile.read_text()}\n# Of a newer version.\n")
    commit(template)
    git(template, "tag", "v0.2.0")
    whole = shutil.copytree(place, folder / "whole")
    began = time.monotonic()
    subprocess.run([*COMMAND, *arguments], cwd=whole, capture_output=True, check=True)
    return Case(arguments, place, tree(whole), time.monotonic() - began)


def test_a_killed_command_is_given_again(kill: int, interrupted: Case, tmp_path: Path) -> None:
    place = shutil.copytree(interrupted.place, tmp_path / "place")
    chance = Random(f"{interrupted.arguments[0]} {kill}")
    process = subprocess.Popen(
        [*COMMAND, *interrupted.arguments],
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(interrupted.seconds * chance.uniform(0.05, 1.05))
    if chance.random() < 0.5:
        process.kill()  # what it started goes on for a moment
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    was_done = process.returncode == 0 or tree(place) == interrupted.after

    again = subprocess.run(
        [*COMMAND, *interrupted.arguments], cwd=place, capture_output=True, text=True, check=False
    )

    assert again.returncode == 0 or was_done, again.stderr
    assert again.stderr.count("\n") <= 1
    assert different(tree(place), interrupted.after) == []
    state = place / ".git" / "flaskwright"
    left = {Path(path).name for path in files(state)} if state.exists() else set()
    assert left <= {"lock", "done.json"}
    assert list(place.rglob(".flaskwright-*")) == []


def test_a_command_killed_while_it_writes_is_finished_when_it_is_given_again(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = put(tmp_path / "service", fresh(repository, "api"))
    without, with_cache = fresh(repository, "api"), fresh(repository, "api", "cache")
    for command, before, after in (
        (("add", "cache", "--json"), without, with_cache),
        (("undo", "--json"), with_cache, without),
    ):
        killed = subprocess.run(
            [sys.executable, "-c", DYING, service, *command], cwd=ROOT, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert tree(service) not in (before, after)
        capsys.readouterr()

        assert run(service, *command) == 0

        told = capsys.readouterr()
        assert told.err == "flaskwright: finished what a killed run had begun.\n"
        assert json.loads(told.out)["command"] == command[0]
        assert different(tree(service), after) == []
