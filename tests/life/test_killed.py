"""Commands that are killed at any instant and given again: as if nothing had been.

Real processes, struck at instants spread over the time that one takes; `test_journal_killed`
strikes the writing itself at every call.
"""

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

from tests.life.services import commit, different, fresh, git, put, tree
from tests.template import copy_template, files

VERBS = ("new", "add", "remove", "update")
COMMAND = [sys.executable, "-m", "flaskwright"]


@dataclass(frozen=True)
class Case:
    """A command, the directory it is given in, what is there afterwards, and how long it takes."""

    arguments: tuple[str, ...]
    place: Path
    after: Mapping[str, bytes]
    seconds: float


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Strike oftener for `make test-all`."""
    metafunc.parametrize("kill", range(38 if metafunc.config.getoption("--all") else 8))
    metafunc.parametrize("case", VERBS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
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


def test_a_killed_command_is_given_again(kill: int, case: Case, tmp_path: Path) -> None:
    place = shutil.copytree(case.place, tmp_path / "place")
    chance = Random(f"{case.arguments[0]} {kill}")
    process = subprocess.Popen(
        [*COMMAND, *case.arguments],
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(case.seconds * chance.uniform(0.05, 1.05))
    if chance.random() < 0.5:
        process.kill()  # what it started goes on for a moment
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    was_done = process.returncode == 0 or tree(place) == case.after

    again = subprocess.run(
        [*COMMAND, *case.arguments], cwd=place, capture_output=True, text=True, check=False
    )

    assert again.returncode == 0 or was_done, again.stderr
    assert again.stderr.count("\n") <= 1
    assert different(tree(place), case.after) == []
    state = place / ".git" / "flaskwright"
    left = {Path(path).name for path in files(state)} if state.exists() else set()
    assert left <= {"lock", "done.json"}
    assert list(place.rglob(".flaskwright-*")) == []
