"""A command that is killed at any time and run again has the result of an undisturbed one.

These tests kill real processes at times spread over the whole run; `test_journal_killed` kills at
every call that writes.
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

from tests.commands import rest_after
from tests.life.services import (
    commit_all,
    commit_tree,
    differing_paths,
    generate,
    git,
    run,
    service_files,
)
from tests.template import ROOT, copy_template, files

COMMANDS = ("new", "add", "remove", "update")
FLASKWRIGHT = [sys.executable, "-m", "flaskwright"]

KILL_WHILE_WRITING = """
import os, signal, sys
from flaskwright.cli import main as cli
from flaskwright.apply import journal
from flaskwright.signals import SignalGuard
from tests.life.kill_points import CallCounter
apply = journal.apply
def killed_apply(*arguments, **options):
    kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(CallCounter(6, kill, {"replace"}))
    apply(*arguments, **options)
journal.apply = killed_apply
os.chdir(sys.argv[1])
cli.run(sys.argv[2:], SignalGuard())
"""


@dataclass(frozen=True)
class Undisturbed:
    """A command, the directory to run it in, the files it leaves, and how long it takes."""

    arguments: tuple[str, ...]
    directory: Path
    after: Mapping[str, bytes]
    seconds: float


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Kill more often for the slower commands."""
    if "undisturbed" not in metafunc.fixturenames:
        return
    kills = 38 if metafunc.config.getoption("--all") else 8
    metafunc.parametrize("kill", rest_after(1, range(kills)))
    metafunc.parametrize("undisturbed", COMMANDS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    """A command that was run once without a kill."""
    folder = tmp_path_factory.mktemp(request.param)
    template = commit_tree(copy_template(folder / "template"), {})
    git(template, "tag", "v0.1.0")
    directory = folder / "directory"
    arguments: tuple[str, ...] = {
        "new": ("new", "service", "--defaults", "--preset", "api", "--template", str(template)),
        "add": ("add", "auth", "metrics"),
        "remove": ("remove", "api"),
        "update": ("update",),
    }[request.param]
    if request.param == "new":
        directory.mkdir()
    else:
        commit_tree(directory, generate(template, "api", "cache"))
    makefile = template / "template" / "Makefile.jinja"
    makefile.write_text(f"{makefile.read_text()}\n# Newer.\n")
    commit_all(template)
    git(template, "tag", "v0.2.0")
    copy = shutil.copytree(directory, folder / "copy")
    start = time.monotonic()
    subprocess.run([*FLASKWRIGHT, *arguments], cwd=copy, capture_output=True, check=True)
    return Undisturbed(arguments, directory, service_files(copy), time.monotonic() - start)


def test_a_killed_command_can_be_run_again(
    kill: int, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    directory = shutil.copytree(undisturbed.directory, tmp_path / "directory")
    random = Random(f"{undisturbed.arguments[0]} {kill}")
    process = subprocess.Popen(
        [*FLASKWRIGHT, *undisturbed.arguments],
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(undisturbed.seconds * random.uniform(0.05, 1.05))
    if random.random() < 0.5:
        process.kill()  # its child processes run on for a moment
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = service_files(directory)
    written = {path: left[path] for path in left if not path.startswith(".flaskwright-")}
    was_complete = process.returncode == 0 or written == undisturbed.after

    second = subprocess.run(
        [*FLASKWRIGHT, *undisturbed.arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 0 or was_complete, second.stderr
    assert second.stderr.count("\n") <= 1
    assert differing_paths(service_files(directory), undisturbed.after) == []
    state = directory / ".git" / "flaskwright"
    kept = {Path(path).name for path in files(state)} if state.exists() else set()
    assert kept <= {"lock", "done.json"}
    assert list(directory.rglob(".flaskwright-*")) == []


def test_a_command_killed_while_it_writes_is_finished_by_the_next(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = commit_tree(tmp_path / "service", generate(repository, "api"))
    without, with_cache = generate(repository, "api"), generate(repository, "api", "cache")
    for command, before, after in (
        (("add", "cache", "--json"), without, with_cache),
        (("undo", "--json"), with_cache, without),
    ):
        killed = subprocess.run(
            [sys.executable, "-c", KILL_WHILE_WRITING, service, *command], cwd=ROOT, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert service_files(service) not in (before, after)
        capsys.readouterr()

        assert run(service, *command) == 0

        output = capsys.readouterr()
        assert output.err == "flaskwright: finished the change of a killed command.\n"
        assert json.loads(output.out)["command"] == command[0]
        assert differing_paths(service_files(service), after) == []
